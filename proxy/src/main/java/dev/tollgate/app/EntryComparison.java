package dev.tollgate.app;

import dev.tollgate.app.Difference.Reason;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Debits and credits that were to be made in Dodo's ledger against those that it shows. Owned by one thread, which may wait. */
final class EntryComparison {
    private final JournalExtract journal;
    private final Entered entered;
    private final Consumer<Difference> found;

    /** Reads what Dodo's ledger shows of an account's entries that were made here: units by delivery. */
    interface Entered {
        Map<String, Long> of(Account account) throws IOException;
    }

    EntryComparison(JournalExtract journal, Entered entered, Consumer<Difference> found) {
        this.journal = journal;
        this.entered = entered;
        this.found = found;
    }

    void compare() throws IOException {
        Map<Account, Map<String, Long>> shown = new HashMap<>();
        for (Outbox.Delivery delivery : journal.deliveries()) {
            if (!delivery.isEntry() || delivery.usage().units() == 0) {
                continue;
            }
            @Nullable Map<String, Long> known = shown.get(delivery.account());
            if (known == null) {
                known = entered.of(delivery.account());
                shown.put(delivery.account(), known);
            }
            compare(delivery, known.get(delivery.id()));
        }
    }

    private void compare(Outbox.Delivery delivery, @Nullable Long units) {
        Fact.@Nullable Quarantined quarantined = journal.quarantined(delivery.id());
        if (units != null) {
            if (units != delivery.usage().units()) {
                tell(Reason.AMOUNT_DIFFERS, delivery, units, words(delivery));
            }
        } else if (quarantined != null) {
            tell(Reason.QUARANTINED, delivery, null, quarantined.reason());
        } else {
            boolean pending = journal.isPending(delivery.id());
            tell(pending ? Reason.NOT_INGESTED_YET : Reason.MISSING_AT_DODO, delivery, null, words(delivery));
        }
    }

    private static String words(Outbox.Delivery delivery) {
        boolean corrects = !delivery.id().equals(delivery.usage().requestId());
        return delivery.way() == Outbox.Way.CREDIT
                ? "a credit, since less was used than estimated"
                : corrects
                        ? "a debit, since more was used than estimated"
                        : "a debit, since no meter deducts the credits";
    }

    private void tell(Reason reason, Outbox.Delivery delivery, @Nullable Long dodoUnits, String detail) {
        found.accept(new Difference(
                reason,
                delivery.account().customerId(),
                delivery.id(),
                delivery.sinceMillis(),
                delivery.usage().units(),
                dodoUnits,
                detail));
    }
}
