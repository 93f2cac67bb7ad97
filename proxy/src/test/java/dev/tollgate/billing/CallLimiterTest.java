package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallLimiterTest {
    private final CallLimiter limiter = new CallLimiter(new BillingSettings.RateLimit(40, 240));

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void noSecondAndNoMinuteHoldsMoreCallsThanAllowed(long seed) {
        Random random = new Random(seed);
        List<Long> calls = new ArrayList<>();
        long nowMillis = 0;
        for (int i = 0; i < 3_000; i++) {
            long waitMillis = limiter.take(1, nowMillis);
            if (waitMillis == 0) {
                calls.add(nowMillis);
            }
            nowMillis += random.nextInt(4) == 0 ? waitMillis + random.nextInt(300) : 0;
        }
        assertThat(calls).hasSizeGreaterThan(500);
        for (int i = 0; i < calls.size(); i++) {
            if (i >= 40) {
                assertThat(calls.get(i) - calls.get(i - 40)).isGreaterThanOrEqualTo(1_000);
            }
            if (i >= 240) {
                assertThat(calls.get(i) - calls.get(i - 240)).isGreaterThanOrEqualTo(60_000);
            }
        }
    }

    @Test
    void theWaitItNamesIsLongEnoughAndNotLonger() {
        for (int i = 0; i < 40; i++) {
            assertThat(limiter.take(1, 5_000)).isZero();
        }
        assertThat(limiter.take(1, 5_400)).isEqualTo(600);
        assertThat(limiter.take(1, 5_999)).isEqualTo(1);
        assertThat(limiter.take(1, 6_000)).isZero();
    }

    @Test
    void severalCallsAreTakenTogetherOrNotAtAll() {
        assertThat(limiter.take(38, 0)).isZero();
        assertThat(limiter.take(3, 0)).isEqualTo(1_000);
        assertThat(limiter.take(2, 0)).isZero();
    }

    @Test
    void aClockThatIsSetBackHoldsNobodyUp() {
        limiter.take(40, 10_000_000);
        assertThat(limiter.take(1, 6_400_000)).isEqualTo(1_000);
        assertThat(limiter.take(1, 6_401_000)).isZero();
    }

    @Test
    void nothingPassesWhileItIsClosed() {
        limiter.closeFor(7_000, 0);
        assertThat(limiter.take(1, 1_000)).isEqualTo(6_000);
        assertThat(limiter.take(1, 7_000)).isZero();
    }

    @Test
    void aLongerClosingIsNotCutShortByAnother() {
        limiter.closeFor(7_000, 0);
        limiter.closeFor(1_000, 2_000);
        assertThat(limiter.take(1, 3_000)).isEqualTo(4_000);
    }

    @Test
    void whatOthersSpendIsMissingHere() {
        assertThat(limiter.take(39, 0)).isZero();
        limiter.spend(500);
        assertThat(limiter.take(1, 500)).isEqualTo(500);
        assertThat(limiter.take(39, 1_000)).isZero();
        assertThat(limiter.take(1, 1_000)).isEqualTo(500);
    }

    @Test
    void theMinuteCountsFromItsOldestCall() {
        for (int second = 0; second < 6; second++) {
            assertThat(limiter.take(40, second * 1_000L)).isZero();
        }
        assertThat(limiter.take(1, 6_000)).isEqualTo(54_000);
        assertThat(limiter.take(40, 60_000)).isZero();
        assertThat(limiter.take(1, 60_999)).isEqualTo(1);
    }
}
