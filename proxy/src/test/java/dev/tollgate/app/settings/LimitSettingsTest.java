package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Loading.SMALLEST;
import static dev.tollgate.app.settings.Loading.problems;
import static dev.tollgate.app.settings.Loading.settings;
import static dev.tollgate.app.settings.Loading.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.limits.Restrictions;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Limits and expiry, as an operator writes them. */
class LimitSettingsTest {
    @Test
    void aPlanAndAKeyMayBothHaveLimits() {
        Settings settings = settings(SMALLEST + """
                    limits: { requests_per_minute: 60, models: ["gpt-4o*", o3] }
                    expires: 2027-01-31
                plans:
                  default:
                    limits:
                      tokens_per_minute: 200_000
                      requests_at_once: 5
                      budget: { units: 1_000, per: week }
                """);

        Settings.Key key = settings.keys().getFirst();
        assertThat(key.limits()).isEqualTo(new Restrictions(60, 0, 0, List.of("gpt-4o*", "o3"), null));
        assertThat(Instant.ofEpochMilli(key.expiresMillis())).isEqualTo(Instant.parse("2027-02-01T00:00:00Z"));
        assertThat(Objects.requireNonNull(settings.plans().get("default")).limits())
                .isEqualTo(new Restrictions(
                        0, 200_000, 5, List.of(), new Restrictions.Budget(1_000, Restrictions.Period.WEEK)));
    }

    @Test
    void withoutAWordNothingIsLimited() {
        Settings settings = settings(SMALLEST);

        assertThat(settings.keys().getFirst().limits()).isEqualTo(Restrictions.NONE);
        assertThat(settings.keys().getFirst().expiresMillis()).isEqualTo(Long.MAX_VALUE);
        assertThat(Objects.requireNonNull(settings.plans().get("default")).limits())
                .isEqualTo(Restrictions.NONE);
    }

    @Test
    void whatIsWrongWithALimitIsSaid() {
        assertThat(problems(SMALLEST + "    expires: 2027-02-30\n    limits: { models: [], requests_at_once: 0 }\n"))
                .hasSize(3);
        assertThat(problems(SMALLEST + "    limits: { models: [\"a*b\"], request_per_minute: 3 }\n"))
                .anySatisfy(problem -> assertThat(problem).contains("did you mean `requests_per_minute`?"))
                .hasSize(2);
        assertThat(warnings(SMALLEST + "    limits: { budget: { per: day } }\n"))
                .anySatisfy(warning -> assertThat(warning).contains("has no effect without `units`"));
    }
}
