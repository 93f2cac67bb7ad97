package dev.tollgate.exchange;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which answers are remembered, or still coming, for whom. Safe on every thread, and never waits. Bounded by time and by
 * bytes: an answer that needs room takes that of the oldest ones, and where there is none to take, it is not remembered.
 *
 * <p>An SDK's retry says only how often it has tried before. So every attempt leaves a trace here, a failed one too, and
 * each trace is taken up by one retry at most: of ten equal requests that failed, ten are tried again.
 */
final class Replays {
    /** What an entry costs beside its answer, generously. */
    static final int ENTRY_BYTES = 1024;

    private static final int ENTRIES_PER_NAME_MAX = 64;

    private final long windowNanos;
    private final long memoryBytes;
    private final LongSupplier nanoTime;
    /** The lists are read and changed only while the map holds their name. */
    private final Map<Retry.Name, List<Recording>> entries = new ConcurrentHashMap<>();

    /** Those that have come to their end, the oldest first. */
    private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();

    private final AtomicLong takenBytes = new AtomicLong();

    private record Ended(Recording recording, long atNanos) {}

    /** What becomes of a request. */
    sealed interface Claim {
        /** It is a new one, and is remembered from now on. */
        record Fresh() implements Claim {}

        /** It is a retry of this one. */
        record Known(Recording recording) implements Claim {}

        /** Its name belongs to another request. */
        record Unlike() implements Claim {}

        /** It is a new one, and there is no room to remember it. */
        record Full() implements Claim {}
    }

    Replays(long windowNanos, long memoryBytes, LongSupplier nanoTime) {
        this.windowNanos = windowNanos;
        this.memoryBytes = memoryBytes;
        this.nanoTime = nanoTime;
    }

    /** Decides about a request, and remembers {@code fresh} where it is a new one. */
    Claim claim(Retry retry, Recording fresh) {
        forgetExpired();
        boolean room = take(ENTRY_BYTES);
        Claim[] claim = new Claim[1];
        entries.compute(retry.name(), (any, known) -> {
            List<Recording> left = known == null ? new ArrayList<>(1) : known;
            claim[0] = claim(retry, fresh, left, room);
            return left.isEmpty() ? null : left;
        });
        if (room && !(claim[0] instanceof Claim.Fresh)) {
            giveBack(ENTRY_BYTES);
        }
        return claim[0];
    }

    private Claim claim(Retry retry, Recording fresh, List<Recording> left, boolean room) {
        @Nullable Recording earlier = earlier(retry, left);
        if (earlier != null) {
            if (earlier.state() != Recording.State.FAILED) {
                boolean same = earlier.retry().digest().equals(retry.digest());
                earlier.attempted(retry.attempt());
                return same ? new Claim.Known(earlier) : new Claim.Unlike();
            }
            left.remove(earlier);
            giveBack(earlier.bytes());
        }
        if (!room || left.size() >= ENTRIES_PER_NAME_MAX) {
            return new Claim.Full();
        }
        left.add(fresh);
        return new Claim.Fresh();
    }

    /** What it is a retry of; null where it is a first try. */
    private static @Nullable Recording earlier(Retry retry, List<Recording> entries) {
        if (retry.named()) {
            return entries.isEmpty() ? null : entries.getFirst();
        }
        @Nullable Recording best = null;
        for (int i = 0; retry.attempt() > 0 && i < entries.size(); i++) {
            Recording entry = entries.get(i);
            boolean before = entry.attempt() == retry.attempt() - 1;
            if (before && (best == null || rank(entry) < rank(best))) {
                best = entry;
            }
        }
        return best;
    }

    /** Whose client left wants it again for certain; then those that failed; an answer that went out whole comes last. */
    private static int rank(Recording recording) {
        if (recording.state() == Recording.State.FAILED) {
            return 1;
        }
        return recording.abandoned() ? 0 : 2;
    }

    /** It has come to its end, and is remembered for a while: its answer, or else that it failed. */
    void ended(Recording recording) {
        if (recording.retry().named() && recording.state() == Recording.State.FAILED) {
            forget(recording);
        } else {
            ended.add(new Ended(recording, nanoTime.getAsLong()));
        }
    }

    /** Makes room for a part of an answer, or says that there is none. */
    boolean take(long bytes) {
        while (true) {
            long before = takenBytes.get();
            if (before + bytes <= memoryBytes) {
                if (takenBytes.compareAndSet(before, before + bytes)) {
                    return true;
                }
            } else if (!forgetOldest()) {
                return false;
            }
        }
    }

    void giveBack(long bytes) {
        takenBytes.addAndGet(-bytes);
    }

    /** What all answers take that are remembered or still coming. */
    long takenBytes() {
        return takenBytes.get();
    }

    private boolean forgetOldest() {
        Ended oldest = ended.poll();
        if (oldest == null) {
            return false;
        }
        forget(oldest.recording());
        return true;
    }

    private void forgetExpired() {
        long now = nanoTime.getAsLong();
        for (Ended oldest = ended.peek();
                oldest != null && now - oldest.atNanos() > windowNanos;
                oldest = ended.peek()) {
            if (ended.remove(oldest)) {
                forget(oldest.recording());
            }
        }
    }

    /** Leaves no trace of it. */
    void forget(Recording recording) {
        entries.computeIfPresent(recording.retry().name(), (any, left) -> {
            if (left.remove(recording)) {
                giveBack(recording.bytes());
            }
            return left.isEmpty() ? null : left;
        });
    }
}
