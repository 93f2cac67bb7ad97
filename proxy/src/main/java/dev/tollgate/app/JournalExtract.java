package dev.tollgate.app;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Overage;
import java.util.ArrayList;
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
    private final Map<String, Outbox.Delivery> deliveries = new LinkedHashMap<>();
    private final Set<String> corrected = new HashSet<>();
    private final Set<String> pending = new HashSet<>();
    private final Map<String, Fact.Quarantined> quarantined = new HashMap<>();
    private final Map<Account, Books> books =
            new TreeMap<>(java.util.Comparator.comparing(Account::customerId).thenComparing(Account::entitlementId));

    /** The entries of one account that are known here. */
    static final class Books {
        private long sinceMicros;
        private final Set<String> includedIds = new HashSet<>();
        private final Map<String, Fact.EntryApplied> applied = new LinkedHashMap<>();
        private final List<Fact.WrittenOff> writtenOff = new ArrayList<>();

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

        /** What was written off since the time. */
        List<Fact.WrittenOff> writtenOff() {
            return writtenOff;
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
            deliver(Outbox.Delivery.of(one));
        } else if (fact instanceof Fact.Corrected one) {
            add(one);
        } else if (fact instanceof Fact.Ingested one) {
            pending.remove(one.requestId());
            quarantined.remove(one.requestId());
            deliveries.computeIfPresent(one.requestId(), (id, each) -> each.sinceMillis() < sinceMillis ? null : each);
        } else if (fact instanceof Fact.Quarantined one) {
            quarantined.put(one.requestId(), one);
        } else if (fact instanceof Fact.Requeued one) {
            quarantined.remove(one.requestId());
        } else {
            addEntry(fact);
        }
    }

    private void deliver(Outbox.Delivery delivery) {
        deliveries.put(delivery.id(), delivery);
        pending.add(delivery.id());
    }

    private void add(Fact.Corrected one) {
        corrected.add(one.requestId());
        one.delivery().ifPresent(this::deliver);
        if (one.remedy() == Fact.Remedy.REPLACED) {
            deliveries.computeIfPresent(one.requestId(), (id, each) -> each.with(one.units()));
        }
    }

    private void addEntry(Fact fact) {
        Books account = books(fact.account());
        if (fact instanceof Fact.EntryApplied one) {
            account.applied.put(one.entryId(), one);
        } else if (fact instanceof Fact.WrittenOff one && one.atMillis() >= sinceMillis) {
            account.writtenOff.add(one);
        } else if (fact instanceof Fact.Based one) {
            account.sinceMicros = one.sinceMicros();
            account.includedIds.addAll(one.includedEntryIds());
        }
    }

    /** In the order of the journal: everything since the time, and what is older and not acknowledged. */
    Collection<Outbox.Delivery> deliveries() {
        return deliveries.values();
    }

    /** Whether the truth superseded the estimate of this request. */
    boolean isCorrected(String requestId) {
        return corrected.contains(requestId);
    }

    boolean isPending(String requestId) {
        return pending.contains(requestId);
    }

    Fact.@Nullable Quarantined quarantined(String requestId) {
        return quarantined.get(requestId);
    }

    Outbox.@Nullable Delivery delivery(String deliveryId) {
        return deliveries.get(deliveryId);
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

    /** Usage of an account that Dodo has not acknowledged, in quarantine or not; less what Dodo is to give back. */
    long pendingUnits(Account account) {
        return deliveries.values().stream()
                .filter(each -> pending.contains(each.id()) && each.account().equals(account))
                .mapToLong(each -> switch (each.way()) {
                    case EVENT, DEBIT -> each.usage().units();
                    case CREDIT -> -each.usage().units();
                })
                .reduce(0, Math::addExact);
    }
}
