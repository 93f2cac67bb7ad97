package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeliveriesTest {
    private static final Account ALICE = new Account("cus_alice", "cde_1");

    private final Deliveries deliveries = new Deliveries();
    private final Fact.Settled first = settled("r1");
    private final Fact.Settled second = settled("r2");

    @BeforeEach
    void settle() {
        deliveries.settled("r1");
        deliveries.settled("r2");
    }

    private static Fact.Settled settled(String id) {
        return new Fact.Settled(id, ALICE, "key_1", "gpt-5", null, 7, Fact.Tokens.NONE, false, 0);
    }

    private void apply(List<Fact> facts) {
        for (Fact fact : facts) {
            if (fact instanceof Fact.Quarantined one) {
                deliveries.quarantined(one);
            } else if (fact instanceof Fact.Requeued one) {
                deliveries.requeued(one);
            } else if (fact instanceof Fact.Ingested one) {
                deliveries.ingested(one);
            }
        }
    }

    private List<Fact> setAside(Fact.Settled settled) {
        List<Fact> facts = deliveries
                .setAside(new Command.SetAside(Outbox.Delivery.of(settled), "no", 5))
                .facts();
        apply(facts);
        return facts;
    }

    private Decision<Command.PutBackAnswer> putBack(boolean all, String... ids) {
        Decision<Command.PutBackAnswer> decision = deliveries.putBack(new Command.PutBack(all, List.of(ids), 9));
        apply(decision.facts());
        return decision;
    }

    @Test
    void anEventIsSetAsideOnce() {
        assertThat(setAside(first)).containsExactly(new Fact.Quarantined("r1", ALICE, "no", 5));
        assertThat(setAside(first)).isEmpty();
    }

    @Test
    void anAcknowledgedEventIsNotSetAside() {
        apply(deliveries
                .acknowledge(new Command.Acknowledge(List.of(Outbox.Delivery.of(first)), 3))
                .facts());
        assertThat(setAside(first)).isEmpty();
    }

    @Test
    void whatWasPutBackMayBeSetAsideAgain() {
        setAside(first);
        assertThat(putBack(true).facts()).containsExactly(new Fact.Requeued("r1", ALICE, 9));
        assertThat(putBack(true).answer()).isEqualTo(new Command.PutBackAnswer(0, List.of()));
        assertThat(setAside(first)).hasSize(1);
    }

    @Test
    void allThatIsNamedIsPutBackOrNothing() {
        setAside(first);
        setAside(second);
        assertThat(putBack(false, "r1", "r9").answer()).isEqualTo(new Command.PutBackAnswer(0, List.of("r9")));
        assertThat(putBack(false, "r2", "r2").answer()).isEqualTo(new Command.PutBackAnswer(1, List.of()));
        assertThat(putBack(true).facts()).containsExactly(new Fact.Requeued("r1", ALICE, 9));
    }
}
