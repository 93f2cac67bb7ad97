package dev.tollgate.journal;

import java.util.List;

/** Settled usage that still has to reach Dodo. Safe on every thread that may wait; sees only durable facts. */
public interface Outbox {

    /** One settlement with its place in the journal; places grow with time and are never reused. */
    record Pending(long sequence, Fact.Settled settled) {}

    /** The oldest pending settlements after {@code afterSequence}, at most {@code limit}, in journal order. */
    List<Pending> pending(long afterSequence, int limit) throws JournalException;

    /** How many settlements wait, those set aside in quarantine excluded. */
    long pendingCount() throws JournalException;
}
