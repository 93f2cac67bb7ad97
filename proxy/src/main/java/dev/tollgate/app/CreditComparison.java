package dev.tollgate.app;

import dev.tollgate.app.Difference.Reason;
import dev.tollgate.billing.DodoClient.Balance;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Reading;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One account's sums and entries against Dodo's balance and credit ledger. Owned by one thread, which may wait. */
final class CreditComparison {
    private static final Set<String> USAGE_TYPES = Set.of("credit_deducted", "overage_charged");

    private final JournalExtract journal;
    private final long sinceMillis;
    private final Entries entries;
    private final Consumer<Difference> found;

    /** Reads Dodo's ledger of one account. */
    interface Entries {
        List<Reading.Entry> since(Account account, long micros) throws IOException;
    }

    CreditComparison(JournalExtract journal, long sinceMillis, Entries entries, Consumer<Difference> found) {
        this.journal = journal;
        this.sinceMillis = sinceMillis;
        this.entries = entries;
        this.found = found;
    }

    /** @param balance null for a customer who never had such credits */
    void compare(Account account, @Nullable Balance balance) throws IOException {
        AccountView view = journal.view(account);
        foreign(account);
        long waitingUnits = Math.subtractExact(view.unreflectedUnits(), journal.pendingUnits(account));
        if (waitingUnits > 0) {
            tell(Reason.NOT_DEDUCTED_YET, account, "", 0, waitingUnits, null, "");
        } else if (waitingUnits < 0) {
            tell(Reason.NOT_CREDITED_YET, account, "", 0, waitingUnits, null, "");
        }
        for (Fact.WrittenOff writtenOff : journal.books(account).writtenOff()) {
            tell(Reason.WRITTEN_OFF, account, "", writtenOff.atMillis(), writtenOff.units(), null, "");
        }
        long dodoUnits = balance == null ? 0 : Math.subtractExact(balance.balanceUnits(), balance.overageUnits());
        if (view.known() && dodoUnits != view.netUnits()) {
            explain(account, view.netUnits(), dodoUnits);
        }
    }

    private void foreign(Account account) {
        for (Fact.EntryApplied entry : journal.books(account).applied()) {
            long foreignUnits = Math.subtractExact(Math.max(0, -entry.netUnits()), Math.max(0, entry.usageUnits()));
            boolean recent = entry.createdMicros() / 1000 >= sinceMillis;
            if (recent && foreignUnits > 0 && USAGE_TYPES.contains(entry.type())) {
                tell(
                        Reason.FOREIGN_DEDUCTION,
                        account,
                        entry.entryId(),
                        entry.createdMicros() / 1000,
                        entry.usageUnits(),
                        -entry.netUnits(),
                        entry.type());
            }
        }
    }

    private void explain(Account account, long netUnits, long dodoUnits) throws IOException {
        JournalExtract.Books books = journal.books(account);
        long restUnits = Math.subtractExact(dodoUnits, netUnits);
        Set<String> listed = new HashSet<>();
        for (Reading.Entry entry : entries.since(account, books.sinceMicros())) {
            listed.add(entry.id());
            if (!books.has(entry.id())) {
                restUnits = Math.subtractExact(restUnits, entry.netUnits());
                tell(
                        Reason.ENTRY_NOT_APPLIED,
                        account,
                        entry.id(),
                        entry.createdMicros() / 1000,
                        null,
                        entry.netUnits(),
                        entry.type());
            }
        }
        for (Fact.EntryApplied entry : books.applied()) {
            if (entry.createdMicros() >= books.sinceMicros() && !listed.contains(entry.entryId())) {
                restUnits = Math.addExact(restUnits, entry.netUnits());
                tell(
                        Reason.ENTRY_NOT_AT_DODO,
                        account,
                        entry.entryId(),
                        entry.createdMicros() / 1000,
                        entry.netUnits(),
                        null,
                        entry.type());
            }
        }
        if (restUnits != 0) {
            tell(Reason.BALANCE_DIFFERS, account, "", 0, netUnits, dodoUnits, "");
        }
    }

    private void tell(
            Reason reason,
            Account account,
            String subject,
            long atMillis,
            @Nullable Long journalUnits,
            @Nullable Long dodoUnits,
            String detail) {
        found.accept(new Difference(reason, account.customerId(), subject, atMillis, journalUnits, dodoUnits, detail));
    }
}
