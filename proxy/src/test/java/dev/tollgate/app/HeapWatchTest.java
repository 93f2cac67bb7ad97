package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapWatchTest {
    private static final long MIB = 1L << 20;

    private long used;
    private long left;
    private int collections;
    private final HeapWatch watch = new HeapWatch(() -> used, () -> left, () -> collections++);

    private int collectionsWith(long leftMib, long usedMib) {
        collections = 0;
        left = leftMib * MIB;
        used = usedMib * MIB;
        watch.check();
        return collections;
    }

    @Test
    void aSmallHeapIsCollectedWhenTwentyFourMebibytesHaveCome() {
        assertThat(collectionsWith(0, 24)).isZero();
        assertThat(collectionsWith(0, 25)).isOne();
        assertThat(collectionsWith(50, 74)).isZero();
        assertThat(collectionsWith(50, 75)).isOne();
    }

    @Test
    void aLargeHeapIsCollectedWhenAQuarterHasCome() {
        assertThat(collectionsWith(400, 500)).isZero();
        assertThat(collectionsWith(400, 501)).isOne();
    }

    /** The tests run with the serial collector, as the service does. */
    @Test
    void whatAFullCollectionLeavesIsSeen() {
        HeapWatch own = HeapWatch.ofSerialCollector().orElseThrow();

        System.gc();

        assertThat(own.leftBytes().getAsLong()).isPositive();
        assertThat(own.usedBytes().getAsLong())
                .isGreaterThanOrEqualTo(own.leftBytes().getAsLong());
    }
}
