package dev.tollgate.bench;

import dev.tollgate.openai.ResponseReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What looking for events costs for each kibibyte of a stream: {@value #KIBIBYTES} of them in network buffers of the size
 * that a fast provider fills, so that events lie side by side and across their ends.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SseScanBenchmark {
    private static final int KIBIBYTES = 64;

    /** Characters of text in an event: a token, or what a provider that gathers tokens sends. */
    @Param({"6", "600"})
    int text = 6;

    private ByteBuf stream = PooledByteBufAllocator.DEFAULT.buffer();
    private long forwardedBytes;

    @Setup
    public void fill() {
        String event = """
                data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1795000001,\
                "model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_44af",\
                "choices":[{"index":0,"delta":{"content":"%s"},"logprobs":null,"finish_reason":null}],"usage":null}

                """.formatted("t".repeat(text));
        String events = event.repeat(KIBIBYTES * 1024 / event.length() + 1);
        stream = ByteBufUtil.writeUtf8(PooledByteBufAllocator.DEFAULT, events);
    }

    @Benchmark
    @OperationsPerInvocation(KIBIBYTES)
    public long kibibyte() {
        try (ResponseReader reader = ResponseReader.ofStream(ResponseReader.Mode.OBSERVE)) {
            for (int at = 0; at < KIBIBYTES; at += 4) {
                reader.feed(stream.retainedSlice(at * 1024, 4 * 1024), this::forward);
            }
            reader.finish(this::forward);
            reader.takeHeld().release();
            return forwardedBytes;
        }
    }

    private void forward(ByteBuf bytes) {
        forwardedBytes += bytes.readableBytes();
        bytes.release();
    }
}
