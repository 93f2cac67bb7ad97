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
 * long as a remembered answer would so fill a quarter of the machine with garbage in time. For one thread.
 *
 * @param usedBytes of the old generation
 * @param leftBytes what the last full collection left there; 0 before the first one
 * @param collect makes a full collection and returns after it
 */
record HeapWatch(LongSupplier usedBytes, LongSupplier leftBytes, Runnable collect) {
    /** A collection takes as long as what is left is large, so that much more has to have come. */
    private static final int LEFT_PARTS = 4;

    private static final long GARBAGE_BYTES_LEAST = 24L << 20;

    /** Nothing where another collector was chosen: those look after themselves. */
    static Optional<HeapWatch> ofSerialCollector() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().equals("Tenured Gen"))
                .findFirst()
                .map(HeapWatch::of);
    }

    private static HeapWatch of(MemoryPoolMXBean pool) {
        return new HeapWatch(() -> used(pool.getUsage()), () -> used(pool.getCollectionUsage()), System::gc);
    }

    private static long used(@Nullable MemoryUsage usage) {
        return usage == null ? 0 : usage.getUsed();
    }

    void check() {
        long left = leftBytes.getAsLong();
        if (usedBytes.getAsLong() - left > Math.max(GARBAGE_BYTES_LEAST, left / LEFT_PARTS)) {
            collect.run();
        }
    }
}
