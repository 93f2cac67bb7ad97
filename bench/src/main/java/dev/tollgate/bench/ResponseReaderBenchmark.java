package dev.tollgate.bench;

import dev.tollgate.openai.ResponseReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one chunk of a stream costs on its way to the client: a reader of its own for an answer of {@value #CHUNKS} chunks
 * with text, the usage chunk and {@code [DONE]} included in their price, each event in a network buffer of its own.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ResponseReaderBenchmark {
    private static final int CHUNKS = 50;
    private static final String CHUNK_OPENING =
            "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1795000001,"
                    + "\"model\":\"gpt-4o-mini-2024-07-18\",\"service_tier\":\"default\","
                    + "\"system_fingerprint\":\"fp_44af\",\"choices\":[";
    private static final String TEXT_ENDING =
            "\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null," + "\"obfuscation\":\"9fQkT2\"}\n\n";
    private static final String USAGE_ENDING =
            "],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":50,\"total_tokens\":69,"
                    + "\"prompt_tokens_details\":{\"cached_tokens\":4,\"audio_tokens\":0},"
                    + "\"completion_tokens_details\":{\"reasoning_tokens\":6,\"audio_tokens\":0}}}\n\n";

    @Param({"OBSERVE", "EDIT"})
    ResponseReader.Mode mode = ResponseReader.Mode.OBSERVE;

    private final List<ByteBuf> events = events();
    private long forwardedBytes;

    private static List<ByteBuf> events() {
        List<ByteBuf> events = new ArrayList<>();
        for (int i = 0; i < CHUNKS; i++) {
            String text = "{\"index\":0,\"delta\":{\"content\":\" word" + i;
            events.add(buffer(CHUNK_OPENING + text + TEXT_ENDING));
        }
        events.add(buffer(CHUNK_OPENING + USAGE_ENDING));
        events.add(buffer("data: [DONE]\n\n"));
        return events;
    }

    private static ByteBuf buffer(String text) {
        return ByteBufUtil.writeUtf8(PooledByteBufAllocator.DEFAULT, text);
    }

    @Benchmark
    @OperationsPerInvocation(CHUNKS)
    public long chunk() {
        try (ResponseReader reader = ResponseReader.ofStream(mode)) {
            for (ByteBuf event : events) {
                reader.feed(event.retainedDuplicate(), this::forward);
            }
            reader.finish(this::forward);
            reader.takeHeld().release();
            return forwardedBytes + reader.usage().orElseThrow().hashCode();
        }
    }

    private void forward(ByteBuf bytes) {
        forwardedBytes += bytes.readableBytes();
        bytes.release();
    }
}
