package dev.tollgate.bench;

import dev.tollgate.openai.ModelRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a streamed chat request of 1 KiB costs before it is forwarded: one scan, then the members that are spliced in. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChatRequestBenchmark {
    private static final int BODY_BYTES = 1024;
    private static final ModelRequest.ScanLimits LIMITS = new ModelRequest.ScanLimits(128);
    private static final ModelRequest.Rewrite REWRITE =
            new ModelRequest.Rewrite(true, 4096L, ModelRequest.CapMember.MAX_COMPLETION_TOKENS);
    private static final String OPENING =
            "{\"model\":\"gpt-4o-mini\",\"stream\":true,\"temperature\":0.7,\"messages\":["
                    + "{\"role\":\"system\",\"content\":\"You are a helpful assistant. Answer briefly.\"},"
                    + "{\"role\":\"user\",\"content\":\"";
    private static final String SENTENCE = "Tell me why the toll of a bridge is paid at the gate.\\n";
    private static final String ENDING = "\"}]}";

    private final ByteBuf body = ByteBufUtil.writeUtf8(PooledByteBufAllocator.DEFAULT, body());

    private static String body() {
        int promptBytes = BODY_BYTES - OPENING.length() - ENDING.length();
        int sentences = promptBytes / SENTENCE.length();
        int fillBytes = promptBytes - sentences * SENTENCE.length();
        String body = OPENING + SENTENCE.repeat(sentences) + "x".repeat(fillBytes) + ENDING;
        if (body.getBytes(StandardCharsets.UTF_8).length != BODY_BYTES) {
            throw new IllegalStateException("the body has not " + BODY_BYTES + " bytes");
        }
        return body;
    }

    @Benchmark
    public ModelRequest scan() {
        return scanned();
    }

    @Benchmark
    public int scanAndRewrite() {
        ByteBuf rewritten = scanned().rewrite(body, REWRITE);
        int length = rewritten.readableBytes();
        rewritten.release();
        return length;
    }

    private ModelRequest scanned() {
        return switch (ModelRequest.scan(ModelRequest.Kind.CHAT, body, LIMITS)) {
            case ModelRequest.ScanResult.Scanned scanned -> scanned.request();
            case ModelRequest.ScanResult.Rejected rejected ->
                throw new IllegalStateException("rejected: " + rejected.error());
        };
    }
}
