package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GuardLimitsTest {

    @Test
    void theDefaultsOutlastTheConnectionPoolsOfClients() {
        assertThat(GuardLimits.defaults().idleTimeoutMillis()).isGreaterThan(300_000);
    }

    @Test
    void aSectionSmallerThanOneFieldIsRefused() {
        assertThatThrownBy(
                        () -> new GuardLimits(100, 200, 199, 8, 1000, 1000, 64, 500, 1_000, 60_000, 10, 5_000, 2_000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("fieldSectionBytes must be 200 to");
    }

    @Test
    void negativeLimitsAreRefused() {
        assertThatThrownBy(() -> new GuardLimits(100, 200, 400, 8, -1, 1000, 64, 500, 1_000, 60_000, 10, 5_000, 2_000))
                .hasMessageContaining("bodyBytes");
        assertThatThrownBy(() -> new GuardLimits(100, 200, 400, 8, 1000, 1000, 64, 500, 0, 60_000, 10, 5_000, 2_000))
                .hasMessageContaining("headTimeoutMillis");
        assertThatThrownBy(() -> new GuardLimits(100, 200, 400, 8, 1000, 1000, 64, 500, 1_000, 60_000, 10, 5_000, -1))
                .hasMessageContaining("lingerMillis");
    }
}
