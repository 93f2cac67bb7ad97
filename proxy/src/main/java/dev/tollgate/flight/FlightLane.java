package dev.tollgate.flight;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * One event loop's share of a {@link FlightLog}. Owned by that loop, with every {@link Flight} that it begins.
 *
 * <p>A slot that was let go keeps what it says until all others have been used, since the end of its request may not be
 * durable yet. When no slot is free, a flight leaves no trace.
 */
public final class FlightLane {
    private final Slots slots;

    /** A ring of free slots, the one that has been free longest first. */
    private final int[] free;

    private int first;
    private int freeCount;

    FlightLane(Slots slots) {
        this.slots = slots;
        this.free = new int[slots.count()];
        for (int slot = 0; slot < free.length; slot++) {
            giveBack(slot);
        }
    }

    /** A lane in which nothing leaves a trace. */
    public static FlightLane none() {
        return new FlightLane(new Slots(ByteBuffer.allocate(0), 0));
    }

    /** Begins to trace a request of which nothing has been sent. */
    public Flight begin(UUID requestId) {
        if (freeCount == 0) {
            return new Flight(this, Flight.NO_SLOT, requestId);
        }
        int slot = free[first];
        first = (first + 1) % free.length;
        freeCount--;
        write(slot, requestId, FlightTrace.Stage.WAITING, 0);
        return new Flight(this, slot, requestId);
    }

    void write(int slot, UUID requestId, FlightTrace.Stage stage, long units) {
        slots.write(slot, requestId, stage, units);
    }

    void giveBack(int slot) {
        free[(first + freeCount) % free.length] = slot;
        freeCount++;
    }
}
