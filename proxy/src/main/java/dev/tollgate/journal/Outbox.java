package dev.tollgate.journal;

import java.util.List;
import java.util.Optional;

/** What Dodo still has to be told. Safe on every thread that may wait; sees only durable facts. */
public interface Outbox {

    /** How Dodo is told. */
    enum Way {
        /** A usage event, which a meter deducts. */
        EVENT,
        /** An entry in Dodo's ledger that takes credits, where no meter does. */
        DEBIT,
        /** An entry in Dodo's ledger that gives credits back. */
        CREDIT
    }

    /**
     * One thing that Dodo is to be told, once.
     *
     * @param id the event id, or the idempotency key of a ledger entry
     * @param usage what it is about; its units are the amount
     * @param sinceMillis since when it waits
     */
    record Delivery(String id, Way way, Fact.Settled usage, long sinceMillis) {

        /** A request's usage under the request's own id, the one way that was chosen with its hold. */
        public static Delivery of(Fact.Settled settled) {
            Way way = settled.debited() ? Way.DEBIT : Way.EVENT;
            return new Delivery(settled.requestId(), way, settled, settled.atMillis());
        }

        /** What a correction leads to, under an id of its own. */
        static Optional<Delivery> of(Fact.Corrected corrected) {
            Optional<Way> way = switch (corrected.remedy()) {
                case REPLACED, NOTHING -> Optional.empty();
                case EVENT -> Optional.of(Way.EVENT);
                case DEBIT -> Optional.of(Way.DEBIT);
                case CREDIT -> Optional.of(Way.CREDIT);
            };
            String id = Fact.Corrected.deliveryId(corrected.requestId());
            return way.map(each -> new Delivery(id, each, corrected.remedyUsage(), corrected.atMillis()));
        }

        /** Whether it goes in a call of its own. */
        public boolean isEntry() {
            return way != Way.EVENT;
        }

        public Account account() {
            return usage.account();
        }

        /** The same with the truth instead of an estimate. */
        public Delivery with(long trueUnits) {
            Fact.Settled truth = new Fact.Settled(
                    usage.requestId(),
                    usage.account(),
                    usage.keyId(),
                    usage.modelAsked(),
                    usage.modelAnswered(),
                    trueUnits,
                    usage.tokens(),
                    false,
                    usage.weights(),
                    usage.debited(),
                    usage.atMillis());
            return new Delivery(id, way, truth, sinceMillis);
        }
    }

    /** One delivery with its place in the journal; places grow with time and are never reused. */
    record Pending(long sequence, Delivery delivery) {}

    /**
     * The oldest pending deliveries after {@code afterSequence}, in journal order: at most so many usage events, and so many
     * ledger entries.
     */
    List<Pending> pending(long afterSequence, int events, int entries) throws JournalException;

    /** How many deliveries wait, those set aside in quarantine excluded. */
    long pendingCount() throws JournalException;
}
