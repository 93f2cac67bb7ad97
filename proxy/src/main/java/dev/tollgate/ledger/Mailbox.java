package dev.tollgate.ledger;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue of many senders and one receiver. {@link #offer} never waits and takes no lock, so event loops may
 * call it; only the receiver waits, in {@link #take}.
 */
final class Mailbox<T> {
    private final ConcurrentLinkedQueue<T> letters = new ConcurrentLinkedQueue<>();

    /** Letters sent and not yet taken, those that a sender is about to add included; senders and receiver meet here. */
    private final AtomicInteger size = new AtomicInteger();

    /**
     * The receiver while it waits, or is about to. A sender adds first and looks here second, the receiver writes first
     * and looks for letters second, so at least one of the two sees the other.
     */
    private volatile @Nullable Thread waiting;

    /** Adds a letter unless {@code limit} of them are waiting. */
    boolean offer(T letter, int limit) {
        if (size.incrementAndGet() > limit) {
            size.decrementAndGet();
            return false;
        }
        letters.add(letter);
        @Nullable Thread receiver = waiting;
        if (receiver != null) {
            LockSupport.unpark(receiver);
        }
        return true;
    }

    /** Moves letters into {@code taken}, waiting for the first; at most {@code most} of them. For one thread only. */
    void take(List<T> taken, int most) {
        while (drain(taken, most) == 0) {
            waiting = Thread.currentThread();
            if (letters.isEmpty()) {
                LockSupport.park(this);
            }
            waiting = null;
        }
    }

    /** The same without waiting. */
    int drain(List<T> taken, int most) {
        int count = 0;
        while (count < most) {
            @Nullable T letter = letters.poll();
            if (letter == null) {
                break;
            }
            taken.add(letter);
            count++;
        }
        size.addAndGet(-count);
        return count;
    }

    int size() {
        return size.get();
    }
}
