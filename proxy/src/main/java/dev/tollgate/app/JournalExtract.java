package dev.tollgate.app;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Overage;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a journal says that Dodo should say too: settlements since a time, all that Dodo has not acknowledged, and the
 * entries and sums of every account. One pass over the journal; owned by one thread.
 */
final class JournalExtract {
    private final @Nullable String customerId;
    private final long sinceMillis;
    private final AccountView.Fold fold = new AccountView.Fold();
    private final Map<String, Fact.Settled> settled = new LinkedHashMap<>();
    private final Set<String> pending = new HashSet<>();
    private final Map<String, Fact.Quarantined> quarantined = new HashMap<>();
    private final Map<Account, Books> books =
            new TreeMap<>(java.util.Comparator.comparing(Account::customerId).thenComparing(Account::entitlementId));

    /** The entries of one account that are known here. */
    static final class Books {
        private long sinceMicros;
        private final Set<String> includedIds = new HashSet<>();
        private final Map<String, Fact.EntryApplied> applied = new LinkedHashMap<>();

        /** From when on each entry is known by itself; what came before is inside the balance. */
        long sinceMicros() {
            return sinceMicros;
        }

        boolean has(String entryId) {
            return includedIds.contains(entryId) || applied.containsKey(entryId);
        }

        Collection<Fact.EntryApplied> applied() {
            return applied.values();
        }
    }

    private JournalExtract(@Nullable String customerId, long sinceMillis) {
        this.customerId = customerId;
        this.sinceMillis = sinceMillis;
    }

    /** @param customerId only this customer's facts; null for everybody's */
    static JournalExtract read(Journal.History history, @Nullable String customerId, long sinceMillis)
            throws JournalException {
        JournalExtract extract = new JournalExtract(customerId, sinceMillis);
        if (customerId == null) {
            history.replay(extract::add);
            return extract;
        }
        for (Account account : history.accounts(customerId)) {
            history.replay(account, extract::add);
        }
        return extract;
    }

    private void add(Fact fact) {
        fold.accept(fact);
        books.computeIfAbsent(fact.account(), account -> new Books());
        if (fact instanceof Fact.Settled one) {
            settled.put(one.requestId(), one);
            pending.add(one.requestId());
        } else if (fact instanceof Fact.Ingested one) {
            pending.remove(one.requestId());
            quarantined.remove(one.requestId());
            settled.computeIfPresent(one.requestId(), (id, each) -> each.atMillis() < sinceMillis ? null : each);
        } else if (fact instanceof Fact.Quarantined one) {
            quarantined.put(one.requestId(), one);
        } else if (fact instanceof Fact.Requeued one) {
            quarantined.remove(one.requestId());
        } else {
            addEntry(fact);
        }
    }

    private void addEntry(Fact fact) {
        Books account = books(fact.account());
        if (fact instanceof Fact.EntryApplied one) {
            account.applied.put(one.entryId(), one);
        } else if (fact instanceof Fact.Based one) {
            account.sinceMicros = one.sinceMicros();
            account.includedIds.addAll(one.includedEntryIds());
        }
    }

    /** In the order of the journal: everything since the time, and what is older and not acknowledged. */
    Collection<Fact.Settled> settled() {
        return settled.values();
    }

    boolean isPending(String requestId) {
        return pending.contains(requestId);
    }

    Fact.@Nullable Quarantined quarantined(String requestId) {
        return quarantined.get(requestId);
    }

    Fact.@Nullable Settled settled(String requestId) {
        return settled.get(requestId);
    }

    List<Account> accounts() {
        return books.keySet().stream()
                .filter(account -> customerId == null || account.customerId().equals(customerId))
                .toList();
    }

    Books books(Account account) {
        return books.computeIfAbsent(account, each -> new Books());
    }

    AccountView view(Account account) {
        return fold.view(account, new Overage.Off());
    }

    /** Usage of an account that Dodo has not acknowledged, in quarantine or not. */
    long pendingUnits(Account account) {
        return settled.values().stream()
                .filter(each ->
                        pending.contains(each.requestId()) && each.account().equals(account))
                .mapToLong(Fact.Settled::units)
                .reduce(0, Math::addExact);
    }
}
