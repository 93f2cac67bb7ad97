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
    private long units;

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

    /** A stream has come so far that about so much has been used. */
    public void progressed(long unitsSoFar) {
        units = unitsSoFar;
        reach(FlightTrace.Stage.ANSWERING);
    }

    /** Nothing will be billed for it. */
    public void unbilled() {
        reach(FlightTrace.Stage.UNBILLED);
    }

    private void reach(FlightTrace.Stage reached) {
        stage = reached.compareTo(stage) > 0 ? reached : stage;
        if (slot != NO_SLOT) {
            lane.write(slot, requestId, stage, units);
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
