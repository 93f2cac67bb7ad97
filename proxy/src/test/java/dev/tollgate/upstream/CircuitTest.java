package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.upstream.Circuit.Entry;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CircuitTest {
    private final AtomicLong nanos = new AtomicLong(-5);
    private final Circuit circuit = new Circuit("test", 3, 1_000, nanos::get);

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            circuit.failed();
        }
    }

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void opensAfterSoManyFailuresInARow() {
        fail(2);
        circuit.succeeded();
        fail(2);
        assertThat(circuit.enter()).isEqualTo(Entry.USUAL);

        circuit.failed();

        assertThat(circuit.enter()).isEqualTo(Entry.BARRED);
        assertThat(circuit.closed()).isFalse();
    }

    @Test
    void letsOneCallTryOnceItsTimeIsUp() {
        fail(3);
        pass(999);
        assertThat(circuit.enter()).isEqualTo(Entry.BARRED);

        pass(1);

        assertThat(circuit.enter()).isEqualTo(Entry.PROBE);
        assertThat(circuit.enter()).isEqualTo(Entry.BARRED);
        pass(60_000);
        assertThat(circuit.enter()).isEqualTo(Entry.BARRED);
    }

    @Test
    void aProbeThatSucceedsClosesIt() {
        fail(3);
        pass(1_000);
        assertThat(circuit.enter()).isEqualTo(Entry.PROBE);

        circuit.succeeded();

        assertThat(circuit.enter()).isEqualTo(Entry.USUAL);
        fail(2);
        assertThat(circuit.closed()).isTrue();
    }

    @Test
    void aProbeThatFailsOpensItForAsLongAgain() {
        fail(3);
        pass(1_000);
        assertThat(circuit.enter()).isEqualTo(Entry.PROBE);

        circuit.failed();

        pass(999);
        assertThat(circuit.enter()).isEqualTo(Entry.BARRED);
        pass(1);
        assertThat(circuit.enter()).isEqualTo(Entry.PROBE);
    }

    @Test
    void aProbeThatTellsNothingLeavesTheNextCallToTry() {
        fail(3);
        pass(1_000);
        assertThat(circuit.enter()).isEqualTo(Entry.PROBE);

        circuit.probeAbandoned();

        assertThat(circuit.enter()).isEqualTo(Entry.PROBE);
    }

    @Test
    void lateFailuresDoNotKeepItOpenForLonger() {
        fail(3);
        pass(500);
        fail(10);
        pass(500);

        assertThat(circuit.enter()).isEqualTo(Entry.PROBE);
    }
}
