package dev.tollgate.ledger;

import java.util.function.BooleanSupplier;

/** Drives a ledger without its thread, on the one thread that there is. */
public final class SteppedLedger {
    private final LedgerThread ledger;
    private boolean deciding;

    /**
     * @param atOnce whether a command is decided at once; else {@code later} is told, and {@link #decide} is to follow
     */
    public SteppedLedger(LedgerThread ledger, BooleanSupplier atOnce, Runnable later) {
        this.ledger = ledger;
        ledger.startWithoutThread(() -> {
            if (atOnce.getAsBoolean()) {
                decide();
            } else {
                later.run();
            }
        });
    }

    /** Decides all that has queued up as one group, and then what its answers have led to. */
    public void decide() {
        if (deciding) {
            return;
        }
        deciding = true;
        try {
            while (ledger.queued() > 0) {
                ledger.decideQueued();
            }
        } finally {
            deciding = false;
        }
    }
}
