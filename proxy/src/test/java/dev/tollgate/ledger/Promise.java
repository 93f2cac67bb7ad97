package dev.tollgate.ledger;

import java.util.EnumSet;
import java.util.Set;

/** What a {@link History} holds a gate to, after every step. */
enum Promise {
    /**
     * Used and held never exceed what was known to be granted and not taken again when the last hold was granted, but for
     * what estimates may go beyond their holds together.
     */
    NO_OVERSHOOT,
    /** A hold that the known facts allow is granted. */
    NO_PHANTOM_REFUSAL,
    /** Dodo deducts each request once, and what was settled. */
    BILLED_ONCE,
    /** Every answer carries the right amounts and the right reason. */
    RIGHT_ANSWER,
    /** What is written off was dropped by Dodo; what was dropped is written off once it can be told. */
    WRITE_OFF,
    /** The sums are those of the facts, and those of what is known of Dodo's books. */
    CONSERVATION,
    /** A request that holds credits ends once. */
    ONE_END,
    /** What is delivered again changes nothing. */
    IDEMPOTENCE,
    /** A step of one account changes no other. */
    ISOLATION,
    /** A reading replaces the balance by Dodo's, and neither usage nor holds. */
    REBASE,
    /** Folding the facts gives the state. */
    FOLD,
    /** Once everything has arrived, the number here is Dodo's. */
    TRUTH,
    /** No command makes it throw. */
    NO_FAILURE;

    /** Those that are about what customers get and pay, and not about how the ledger keeps its books. */
    static Set<Promise> toCustomers() {
        return EnumSet.of(NO_OVERSHOOT, NO_PHANTOM_REFUSAL, BILLED_ONCE);
    }
}
