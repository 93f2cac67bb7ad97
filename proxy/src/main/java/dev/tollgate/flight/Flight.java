package dev.tollgate.flight;

import java.lang.invoke.VarHandle;
import java.util.UUID;

/**
 * One request under way. Every method writes to memory at once and never waits, so that a process that is killed leaves
 * the last word behind. Owned by the event loop of its {@link FlightLane}.
 */
public final class Flight {
    static final int NO_SLOT = -1;

    private final FlightLane lane;
    private final UUID requestId;
    private int slot;
    private FlightTrace.Stage stage = FlightTrace.Stage.WAITING;
    private long deltas;
    private long textBytes;

    Flight(FlightLane lane, int slot, UUID requestId) {
        this.lane = lane;
        this.slot = slot;
        this.requestId = requestId;
    }

    /** To be called before the first byte goes to a provider. */
    public void sending() {
        reach(FlightTrace.Stage.SENT);
        VarHandle.releaseFence();
    }

    /** So much of a stream has come. */
    public void progressed(long deltasSoFar, long textBytesSoFar) {
        deltas = deltasSoFar;
        textBytes = textBytesSoFar;
        reach(FlightTrace.Stage.ANSWERING);
    }

    /** Nothing will be billed for it. */
    public void unbilled() {
        reach(FlightTrace.Stage.UNBILLED);
    }

    private void reach(FlightTrace.Stage reached) {
        stage = reached.compareTo(stage) > 0 ? reached : stage;
        if (slot != NO_SLOT) {
            lane.write(slot, requestId, stage, deltas, textBytes);
        }
    }

    /** The request is over. Harmless when repeated. */
    public void end() {
        if (slot != NO_SLOT) {
            lane.giveBack(slot);
            slot = NO_SLOT;
        }
    }
}
