package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.sandbox.openai.Script;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A provider that has said {@code [DONE]} has delivered everything, whatever becomes of its connection then. */
class BrokenAfterDoneTest {
    @TempDir
    Path folder;

    @Test
    void aConnectionThatBreaksAfterDoneHasDeliveredEverything() throws Exception {
        try (Stand stand = Stand.start(folder, 10_000)) {
            String events = """
                    data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hi"}}],"usage":null}

                    data: {"id":"c","model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}

                    data: [DONE]

                    """;
            stand.sandbox
                    .openai()
                    .script(Script.raw(("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                                    + "transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
                                    + Integer.toHexString(events.length()) + "\r\n" + events + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII)));

            RawAnswer answer = stand.ask(stand.streamedChat("Hi tokens=1", 50));

            assertThat(answer.complete()).isTrue();
            assertThat(answer.body()).endsWith("data: [DONE]\n\n").doesNotContain("error");
            assertThat(stand.lastSettled().units()).isEqualTo(4);
            assertThat(stand.lastSettled().estimated()).isFalse();
        }
    }
}
