package dev.tollgate.bench;

import dev.tollgate.admission.KeyHash;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to tell who calls: the SHA-256 of their key, and finding that among a thousand. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class KeyHashBenchmark {
    private static final int KEYS = 1000;

    private final String key = key(KEYS / 2);
    private final Map<KeyHash, Integer> callers = IntStream.range(0, KEYS)
            .boxed()
            .collect(Collectors.toUnmodifiableMap(i -> KeyHash.ofKey(key(i)), Function.identity()));

    private static String key(int number) {
        return "tg_live_%038d".formatted(number);
    }

    @Benchmark
    public KeyHash hash() {
        return KeyHash.ofKey(key);
    }

    @Benchmark
    public Integer hashAndFind() {
        return Objects.requireNonNull(callers.get(KeyHash.ofKey(key)));
    }
}
