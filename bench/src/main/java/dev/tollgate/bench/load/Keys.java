package dev.tollgate.bench.load;

import java.util.List;
import java.util.stream.IntStream;

/** The API keys that Tollgate knows in a run. */
final class Keys {
    /** So few that all of them can be read at Dodo within its calls a minute. */
    static final int CUSTOMERS = 10;

    private Keys() {}

    static List<String> make(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "sk-bench-%08d-0123456789abcdefghijklmnopqrstuv".formatted(i))
                .toList();
    }
}
