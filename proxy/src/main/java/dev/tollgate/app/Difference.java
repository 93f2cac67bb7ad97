package dev.tollgate.app;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One thing on which the journal and Dodo do not agree.
 *
 * @param subject the request, the ledger entry or the period that it is about; empty for the account as a whole
 * @param atMillis when that happened; 0 for no particular time
 * @param journalUnits, dodoUnits what each side says; null for nothing
 * @param detail more in words; may be empty
 */
record Difference(
        Reason reason,
        String customerId,
        String subject,
        long atMillis,
        @Nullable Long journalUnits,
        @Nullable Long dodoUnits,
        String detail) {

    /** Why the two differ. */
    enum Reason {
        NOT_INGESTED_YET("settled here and still waiting to be sent"),
        QUARANTINED("Dodo refuses the event or the entry; see replay"),
        MISSING_AT_DODO("acknowledged by Dodo, which has no such event or entry now"),
        OLDER_THAN_DODO_KEEPS("acknowledged by Dodo, which lists nothing that old any more"),
        NOT_IN_THIS_JOURNAL("Dodo has the event, this journal never settled the request"),
        TWO_WAYS("debited in Dodo's ledger, and a usage event of Dodo's as well"),
        AMOUNT_DIFFERS("the event or the entry says another amount than the journal"),
        ESTIMATED("the event carries an estimate, the settlement another amount"),
        CUSTOMER_DIFFERS("the event is another customer's than the settlement"),
        NOT_DEDUCTED_YET("used, and in no deduction that is known here"),
        NOT_CREDITED_YET("used less than was estimated, and in no credit that is known here"),
        WRITTEN_OFF("used, known to Dodo, and dropped there when the balance was zero: lost revenue"),
        FOREIGN_DEDUCTION("Dodo deducted what nothing settled here accounts for"),
        ENTRY_NOT_APPLIED("an entry of Dodo's ledger that this journal does not have yet"),
        ENTRY_NOT_AT_DODO("an entry here that Dodo's ledger does not have"),
        BALANCE_DIFFERS("the balances differ by more than the entries named"),
        USAGE_HISTORY_DIFFERS("Dodo's usage history shows another total than Dodo's events");

        private final String meaning;

        Reason(String meaning) {
            this.meaning = meaning;
        }

        /** In a sentence. */
        String meaning() {
            return meaning;
        }

        /** As people and programs read it. */
        String title() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }
}
