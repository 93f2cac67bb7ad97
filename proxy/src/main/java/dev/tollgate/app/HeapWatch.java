package dev.tollgate.app;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Has the old generation collected when enough of it may be garbage. The serial collector, which needs the least memory and
 * processor time where there are few processors, lets that generation grow to its maximum before it looks at it; what lives as
 * long as a remembered answer would so fill a quarter of the machine with garbage in time. Everything stands still meanwhile,
 * for two to three milliseconds for each MiB that is left, so it is not done often. For one thread.
 */
final class HeapWatch {
    /** A collection takes as long as what is left is large, so that much more has to have come. */
    private static final int LEFT_PARTS = 4;

    private static final long GARBAGE_BYTES_LEAST = 24L << 20;

    /** Beyond so much garbage memory matters more than pauses. */
    private static final long GARBAGE_BYTES_MOST = 96L << 20;

    private static final long APART_NANOS = 20_000_000_000L;

    private final LongSupplier usedBytes;
    private final LongSupplier leftBytes;
    private final Runnable collect;
    private final LongSupplier nanoTime;
    private long collectedNanos;

    /**
     * @param usedBytes of the old generation
     * @param leftBytes what the last full collection left there; 0 before the first one
     * @param collect makes a full collection and returns after it
     */
    HeapWatch(LongSupplier usedBytes, LongSupplier leftBytes, Runnable collect, LongSupplier nanoTime) {
        this.usedBytes = usedBytes;
        this.leftBytes = leftBytes;
        this.collect = collect;
        this.nanoTime = nanoTime;
        this.collectedNanos = nanoTime.getAsLong() - APART_NANOS;
    }

    /** Nothing where another collector was chosen: those look after themselves. */
    static Optional<HeapWatch> ofSerialCollector() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().equals("Tenured Gen"))
                .findFirst()
                .map(HeapWatch::of);
    }

    private static HeapWatch of(MemoryPoolMXBean pool) {
        return new HeapWatch(
                () -> used(pool.getUsage()), () -> used(pool.getCollectionUsage()), System::gc, System::nanoTime);
    }

    private static long used(@Nullable MemoryUsage usage) {
        return usage == null ? 0 : usage.getUsed();
    }

    long leftBytes() {
        return leftBytes.getAsLong();
    }

    void check() {
        long left = leftBytes();
        long garbage = usedBytes.getAsLong() - left;
        boolean due = nanoTime.getAsLong() - collectedNanos >= APART_NANOS;
        if (garbage > Math.max(left / LEFT_PARTS, due ? GARBAGE_BYTES_LEAST : GARBAGE_BYTES_MOST)) {
            collect.run();
            collectedNanos = nanoTime.getAsLong();
        }
    }
}
