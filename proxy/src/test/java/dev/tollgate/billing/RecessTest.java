package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.ExpectedErrors;
import dev.tollgate.billing.DodoClient.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecessTest {
    @RegisterExtension
    final ExpectedErrors errors = new ExpectedErrors();

    private final MovableClock clock = new MovableClock();
    private final List<Boolean> blocked = new ArrayList<>();
    private final Recess recess = new Recess(clock, new Random(1), new BillingObserver() {
        @Override
        public void shippingBlocked(boolean now) {
            blocked.add(now);
        }
    });

    private static Result<Integer> refused(int status, String code, long retryAfterMillis) {
        return new Result.Refused<>(status, code, "no", retryAfterMillis);
    }

    @Test
    void itEndsWhenItsTimeIsOver() {
        assertThat(recess.after(refused(429, "", 5_000))).isFalse();
        assertThat(recess.leftMillis()).isEqualTo(5_000);
        clock.advance(4_999);
        assertThat(recess.leftMillis()).isEqualTo(1);
        clock.advance(1);
        assertThat(recess.leftMillis()).isZero();
        clock.advance(1);
        assertThat(recess.leftMillis()).isZero();
    }

    @Test
    void aClockThatIsSetBackEndsIt() {
        recess.failed("no answer");
        clock.advance(-1);
        assertThat(recess.leftMillis()).isZero();
    }

    @Test
    void aTimeThatDodoNamesIsNoFailureInARow() {
        for (int i = 0; i < 10; i++) {
            recess.after(refused(429, "", 1_000));
        }
        assertThat(recess.after(refused(429, "", 0))).as("no time named").isFalse();
        assertThat(recess.leftMillis()).isBetween(250L, 500L);
        recess.over();
        recess.after(refused(429, "", 1_000));
        assertThat(recess.problem()).isEqualTo("429  no");
        recess.after(new Result.Unreachable<Integer>("no answer"));
        assertThat(recess.leftMillis()).isBetween(250L, 500L);
        assertThat(recess.problem()).isEqualTo("no answer");
    }

    @Test
    void aSuccessEndsItAndBeginsTheCountAnew() {
        for (int i = 0; i < 8; i++) {
            assertThat(recess.failed("no answer")).isFalse();
        }
        assertThat(recess.leftMillis()).isBetween(30_000L, 60_000L);
        recess.over();
        assertThat(recess.leftMillis()).isZero();
        assertThat(recess.problem()).isNull();
        recess.failed("no answer");
        assertThat(recess.leftMillis()).isBetween(250L, 500L);
    }

    @Test
    void aBlockIsToldOnceAndSoIsItsEnd() {
        recess.over();
        assertThat(blocked).as("there was none").isEmpty();
        assertThat(recess.after(refused(401, "", 0))).isFalse();
        assertThat(recess.after(refused(401, "", 0))).isFalse();
        errors.said("Dodo takes none: 401  no");
        assertThat(recess.blocked()).isTrue();
        assertThat(recess.leftMillis()).isEqualTo(60_000);
        recess.over();
        recess.over();
        assertThat(recess.blocked()).isFalse();
        assertThat(blocked).containsExactly(true, false);
    }

    @Test
    void thereIsNoneAfterASuccess() {
        assertThatThrownBy(() -> recess.after(new Result.Ok<>(1))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pausesDoubleUpToAMinuteAndAreSpread() {
        Backoff backoff = new Backoff(new Random(1));
        for (int failures = 0; failures < 20; failures++) {
            long fullMillis = Math.min(60_000, 500L << Math.min(failures, 7));
            int count = failures;
            List<Long> pauses = IntStream.range(0, 50)
                    .mapToObj(ignored -> backoff.millis(count))
                    .toList();
            assertThat(pauses).allMatch(millis -> fullMillis / 2 < millis && millis <= fullMillis);
            assertThat(pauses).doesNotContainSequence(pauses.getFirst(), pauses.getFirst(), pauses.getFirst());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "400, '', REFUSED, REFUSED",
        "409, '', REFUSED, ACCEPTED",
        "413, '', REFUSED, REFUSED",
        "422, '', REFUSED, REFUSED",
        "400, UNAUTHORIZED, BLOCKED, BLOCKED",
        "422, MERCHANT_NOT_LIVE, BLOCKED, BLOCKED",
        "401, '', BLOCKED, BLOCKED",
        "403, '', BLOCKED, BLOCKED",
        "404, '', BLOCKED, REFUSED",
        "302, '', BLOCKED, BLOCKED",
        "408, '', AMBIGUOUS, AMBIGUOUS",
        "429, '', LIMITED, LIMITED",
        "499, '', BLOCKED, BLOCKED",
        "500, '', AMBIGUOUS, AMBIGUOUS",
        "503, UNAUTHORIZED, AMBIGUOUS, AMBIGUOUS"
    })
    void aStatusSaysWhatBecameOfEventsAndOfAnEntry(int status, String code, IngestVerdict events, IngestVerdict entry) {
        assertThat(IngestVerdict.of(refused(status, code, 0))).isEqualTo(events);
        assertThat(IngestVerdict.ofEntry(refused(status, code, 0))).isEqualTo(entry);
    }

    @Test
    void anAnswerThatNeverCameSaysNothing() {
        assertThat(IngestVerdict.of(new Result.Unreachable<Integer>("no"))).isEqualTo(IngestVerdict.AMBIGUOUS);
        assertThat(IngestVerdict.ofEntry(new Result.Unreachable<Integer>("no"))).isEqualTo(IngestVerdict.AMBIGUOUS);
        assertThat(IngestVerdict.ofEntry(new Result.Ok<>(true))).isEqualTo(IngestVerdict.ACCEPTED);
    }
}
