package dev.tollgate.billing;

import dev.tollgate.journal.Account;

/** Hears what billing does, for meters and alarms. Called on billing's own threads; must be brief and never throw. */
public interface BillingObserver {
    /** Hears and does nothing. */
    BillingObserver SILENT = new BillingObserver() {};

    /** How one call that carried events ended. */
    enum BatchOutcome {
        /** Dodo took it. */
        ACCEPTED,
        /** Dodo asks for patience. */
        LIMITED,
        /** No answer, or a failure on Dodo's side: Dodo may have it or not. */
        AMBIGUOUS,
        /** Dodo will take nothing until somebody changes a setting. */
        BLOCKED,
        /** Dodo objects to something in it. */
        REFUSED
    }

    /** What became of a webhook. */
    enum WebhookOutcome {
        /** It changed the ledger. */
        APPLIED,
        /** The ledger had it before, or cannot know it before the account is read. */
        NOTHING_NEW,
        /** It led to a new reading of the account, or to a warning. */
        REFRESHED,
        /** Understood, and of no concern here. */
        IGNORED,
        /** Authentic, but not of the form that its type should have. */
        MALFORMED,
        /** Not authentic. */
        UNVERIFIED,
        /** Larger than any webhook may be. */
        TOO_LARGE,
        /** Could not be made durable; Dodo is asked to deliver it again. */
        UNAVAILABLE
    }

    /** How a reading of one account at Dodo ended. */
    enum ReadOutcome {
        /** The ledger has it. */
        FRESH,
        /** Dodo gave no usable answer. */
        UNREACHABLE,
        /** The ledger would not take it. */
        NOT_RECORDED
    }

    /** How a customer's credits may not fit the meter. */
    enum Mismatch {
        /** There are credits, and no live subscription deducts usage from them. */
        NOT_DEDUCTED,
        /** More than one live subscription deducts usage from the same credits. */
        DEDUCTED_TWICE
    }

    /** So many usage events are acknowledged by Dodo, and that is durable. */
    default void eventsShipped(int events) {}

    default void batchEnded(BatchOutcome outcome) {}

    /** An event was set aside, which somebody should look at. */
    default void eventQuarantined(Account account) {}

    /** Whether shipping stands still until somebody changes a setting; told on every change. */
    default void shippingBlocked(boolean blocked) {}

    /**
     * A webhook was answered.
     *
     * @param type Dodo's event type, {@code other} for one that is not known here, {@code none} before it is known
     */
    default void webhookEnded(String type, WebhookOutcome outcome) {}

    /** A webhook came with an id that came before. */
    default void webhookRepeated(String type) {}

    /** The ledger's sums were off by so many units from what Dodo shows, and were put right. */
    default void balanceDrifted(Account account, long driftUnits) {}

    /** Dodo deducted so many units of usage that nobody here settled: somebody else sends usage of the same credits. */
    default void foreignUsageDeducted(Account account, long units) {}

    /** A customer's subscriptions were found not to fit the meter; told once for each customer. */
    default void termsMismatched(Mismatch mismatch) {}

    /** Dodo warns that only so much of a customer's credits is left. May wait for the disk. */
    default void balanceLow(Account account, long availableUnits) {}

    default void balanceRead(ReadOutcome outcome) {}
}
