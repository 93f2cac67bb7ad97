package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which estimates the truth has superseded. Owned by its {@link Ledger}. */
final class Corrections {
    private final Map<String, Long> trueUnits = new HashMap<>();

    Map<String, Long> trueUnits() {
        return new HashMap<>(trueUnits);
    }

    void restore(Map<String, Long> snapshot) {
        trueUnits.putAll(snapshot);
    }

    void corrected(Fact.Corrected corrected) {
        if (trueUnits.put(corrected.requestId(), corrected.units()) != null) {
            throw new IllegalStateException("request " + corrected.requestId() + " is corrected twice");
        }
    }

    /**
     * Once, and only an estimate, within what the request could use.
     *
     * @param unsent whether Dodo certainly does not have the request's event
     */
    Decision<Command.CorrectAnswer> correct(Command.Correct command, AccountState state, boolean unsent) {
        Fact.Settled settled = command.settled();
        @Nullable Long before = trueUnits.get(settled.requestId());
        if (before != null) {
            return Decision.of(new Command.CorrectAnswer.Known(before));
        }
        if (!settled.estimated()) {
            return Decision.of(new Command.CorrectAnswer.NotEstimated(settled.units()));
        }
        if (command.units() > command.mostUnits()) {
            return Decision.of(new Command.CorrectAnswer.BeyondHold(command.mostUnits()));
        }
        long changeUnits = Math.subtractExact(command.units(), settled.units());
        if (unsent && -changeUnits <= state.deductibleUnits()) {
            return decided(command, Fact.Remedy.REPLACED, 0);
        }
        if (changeUnits > 0) {
            return decided(command, settled.debited() ? Fact.Remedy.DEBIT : Fact.Remedy.EVENT, changeUnits);
        }
        long droppedUnits = Math.min(-changeUnits, state.writtenOffUnits(settled.atMillis()));
        long creditUnits = -changeUnits - droppedUnits;
        return decided(command, creditUnits > 0 ? Fact.Remedy.CREDIT : Fact.Remedy.NOTHING, creditUnits);
    }

    private static Decision<Command.CorrectAnswer> decided(
            Command.Correct command, Fact.Remedy remedy, long remedyUnits) {
        Fact.Settled settled = command.settled();
        Fact.Corrected fact = new Fact.Corrected(
                settled.requestId(),
                settled.account(),
                settled.keyId(),
                settled.modelAsked(),
                settled.atMillis(),
                settled.units(),
                command.units(),
                remedy,
                remedyUnits,
                command.reason(),
                command.nowMillis());
        return Decision.of(fact, new Command.CorrectAnswer.Corrected(fact));
    }
}
