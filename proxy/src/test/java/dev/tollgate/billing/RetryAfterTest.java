package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
    private static final long NOW_MILLIS = 1_800_000_000_000L;

    private static HttpHeaders headers(String retryAfter, String remaining, String reset) {
        Map<String, List<String>> lines = new HashMap<>();
        put(lines, "Retry-After", retryAfter);
        put(lines, "X-RateLimit-Remaining", remaining);
        put(lines, "X-RateLimit-Reset", reset);
        return HttpHeaders.of(lines, (name, value) -> true);
    }

    private static void put(Map<String, List<String>> lines, String name, String value) {
        if (value != null) {
            lines.put(name, List.of(value));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "7,,, true, 7000",
        "' 7 ',,, false, 7000",
        "300,,, true, 300000",
        "301,,, true, 300000",
        "9999999999,,, true, 300000",
        "-5,,, true, 0",
        "soon,,, true, 0",
        "'Tue, 01 Dec 2026 12:00:00 GMT',,, true, 0",
        ",,, true, 0",
        ",, 5, true, 5000",
        ",, 5, false, 0",
        ", 0, 5, false, 5000",
        ", 1, 5, false, 0",
        ",, 1800000009, true, 9000",
        ",, 1799999000, true, 0",
        ",, 999999999, true, 300000",
        ",, 1000000000, true, 0",
        "3, 0, 5, true, 3000"
    })
    void headersSayHowLongDodoWantsToBeLeftAlone(
            String retryAfter, String remaining, String reset, boolean limited, long millis) {
        assertThat(RetryAfter.millis(headers(retryAfter, remaining, reset), limited, NOW_MILLIS))
                .isEqualTo(millis);
    }
}
