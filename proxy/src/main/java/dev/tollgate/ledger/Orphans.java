package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Ends what an earlier process left open, by what is known of each request. Pure. */
final class Orphans {
    private Orphans() {}

    static Decision<Integer> close(Collection<Fact.Reserved> open, Command.CloseOrphans command) {
        List<Fact> facts = new ArrayList<>();
        for (Fact.Reserved reserved : open) {
            facts.add(
                    switch (command.ends().apply(reserved)) {
                        case Command.OrphanEnd.Unknown ignored ->
                            estimate(reserved, reserved.heldUnits(), command.nowMillis());
                        case Command.OrphanEnd.Estimated estimated ->
                            estimate(reserved, Math.min(estimated.units(), reserved.heldUnits()), command.nowMillis());
                        case Command.OrphanEnd.Unbilled unbilled ->
                            new Fact.Voided(
                                    reserved.requestId(), reserved.account(), unbilled.reason(), command.nowMillis());
                    });
        }
        return new Decision<>(facts, facts.size());
    }

    private static Fact estimate(Fact.Reserved reserved, long units, long nowMillis) {
        return new Fact.Settled(
                reserved.requestId(),
                reserved.account(),
                reserved.keyId(),
                reserved.model(),
                null,
                units,
                Fact.Tokens.NONE,
                true,
                nowMillis);
    }
}
