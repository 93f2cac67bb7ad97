package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HeapWatchTest {
    private static final long MIB = 1L << 20;

    private long used;
    private long left;
    private long nowNanos = Long.MAX_VALUE - 5;
    private int collections;
    private final HeapWatch watch = new HeapWatch(() -> used, () -> left, () -> collections++, () -> nowNanos);

    /** Long after whatever was before. */
    private int collectionsWith(long leftMib, long usedMib) {
        nowNanos += TimeUnit.HOURS.toNanos(1);
        return collectionsAtOnceWith(leftMib, usedMib);
    }

    private int collectionsAtOnceWith(long leftMib, long usedMib) {
        collections = 0;
        left = leftMib * MIB;
        used = usedMib * MIB;
        watch.check();
        return collections;
    }

    @Test
    void aSmallHeapIsCollectedWhenTwentyFourMebibytesHaveCome() {
        assertThat(collectionsAtOnceWith(0, 25)).isOne();
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

    @Test
    void soonAfterACollectionMoreHasToHaveCome() {
        assertThat(collectionsWith(0, 25)).isOne();
        nowNanos += TimeUnit.SECONDS.toNanos(20) - 1;
        assertThat(collectionsAtOnceWith(0, 96)).isZero();
        assertThat(collectionsAtOnceWith(0, 97)).isOne();
        nowNanos += TimeUnit.SECONDS.toNanos(20);
        assertThat(collectionsAtOnceWith(0, 25)).isOne();
    }

    /** The tests run with the serial collector, as the service does. */
    @Test
    void whatAFullCollectionLeavesIsSeen() {
        HeapWatch own = HeapWatch.ofSerialCollector().orElseThrow();

        System.gc();

        assertThat(own.leftBytes()).isPositive();
    }
}
