package dev.tollgate.admission;

import dev.tollgate.ledger.Balances;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Says who a caller is and whether a request of theirs may go on. Called on event loops; it never waits, and answers
 * through the executor that the caller names.
 */
public final class Gate {
    private static final String SCHEME = "bearer ";

    private final KeyRing keys;
    private final LedgerThread ledger;
    private final Balances balances;
    private final InstantSource clock;

    /** Written when the settings are reloaded, read by event loops. */
    private volatile GateSettings settings;

    /** Who is calling. */
    public sealed interface Identity {
        record Known(Caller caller) implements Identity {}

        record Refused(ApiError error) implements Identity {}
    }

    /** May it go on? */
    public sealed interface Verdict {
        /**
         * Its credits are held, durably.
         *
         * @param overshootUnits what the answer may come to beyond the hold; 0 unless the caller's plan holds estimates
         * @param capTokens the output cap that the request must be given, per choice
         * @param clamped whether that takes the place of a higher one that the caller set
         * @param savedTokens by how much the prompt was found to be shorter than demanded
         * @param availableUnits what is left for further requests, {@link Long#MAX_VALUE} for no limit
         */
        record Admitted(
                long promptUnits,
                long outputUnits,
                long overshootUnits,
                OptionalLong capTokens,
                boolean clamped,
                long savedTokens,
                long availableUnits)
                implements Verdict {
            public long heldUnits() {
                return Math.addExact(promptUnits, outputUnits);
            }
        }

        record Refused(ApiError error) implements Verdict {}
    }

    public Gate(KeyRing keys, LedgerThread ledger, Balances balances, GateSettings settings, InstantSource clock) {
        this.keys = keys;
        this.ledger = ledger;
        this.balances = balances;
        this.settings = settings;
        this.clock = clock;
    }

    public void reconfigure(GateSettings changed) {
        settings = changed;
    }

    /** Reads an Authorization header. */
    public Identity identify(@Nullable String authorization) {
        if (authorization == null || authorization.isBlank()) {
            return new Identity.Refused(ApiErrors.missingKey());
        }
        boolean bearer = authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        @Nullable
        Caller caller = bearer
                ? keys.find(
                        KeyHash.ofKey(authorization.substring(SCHEME.length()).trim()))
                : null;
        if (caller == null) {
            return new Identity.Refused(ApiErrors.invalidKey());
        }
        if (caller.revoked()) {
            return new Identity.Refused(ApiErrors.revokedKey());
        }
        if (clock.millis() >= caller.expiresMillis()) {
            return new Identity.Refused(ApiErrors.expiredKey());
        }
        return new Identity.Known(caller);
    }

    /**
     * Holds credits for a request. {@code reply} hears of it once, through {@code replies}. The prompt is counted only if
     * the credits do not cover the demand as it is, and would cover one without any prompt.
     */
    public void admit(
            Caller caller,
            String requestId,
            Demand demand,
            Demand.PromptCount promptCount,
            ScheduledExecutorService replies,
            Consumer<Verdict> reply) {
        Ask ask = new Ask(caller, requestId, demand, promptCount, replies, reply);
        new Reservation(ledger, balances, settings, clock, ask).attempt();
    }

    /** A call of {@link #admit}. */
    record Ask(
            Caller caller,
            String requestId,
            Demand demand,
            Demand.PromptCount promptCount,
            ScheduledExecutorService replies,
            Consumer<Verdict> reply) {}
}
