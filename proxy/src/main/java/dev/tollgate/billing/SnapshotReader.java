package dev.tollgate.billing;

import dev.tollgate.billing.DodoClient.Balance;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.journal.Account;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Reading;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads accounts at Dodo so that balance and entries belong together, although Dodo has no call that reads both.
 *
 * <p>Entries are read after the balance, never before: then whatever is inside the balance is among them, and nothing
 * is counted twice when its webhook arrives. Safe on every thread that may wait.
 */
final class SnapshotReader {
    private static final int ATTEMPTS_MAX = 3;

    /** Entries may become visible a little after their time of creation, and not in its order. */
    private static final long OVERLAP_MICROS = 5 * 60 * 1_000_000L;

    /** Reaches behind the longest time for which an entry can be hidden from its listing. */
    private static final long DEEP_MICROS = 72 * 3600 * 1_000_000L;

    private final DodoClient client;

    /** Entitlements that Dodo has shown to exist; grows by one or two in the life of a process. */
    private final Set<String> existingEntitlementIds = ConcurrentHashMap.newKeySet();

    SnapshotReader(DodoClient client) {
        this.client = client;
    }

    /** A reading of an account of which the ledger knows nothing. */
    Snapshot first(Account account) throws NotReadException {
        for (int attempt = 1; ; attempt++) {
            Optional<Balance> found = require(client.balance(account));
            if (found.isEmpty()) {
                requireExisting(account.entitlementId());
                return new Snapshot(new ChainEnd(0, 0), 0, List.of());
            }
            existingEntitlementIds.add(account.entitlementId());
            Balance balance = found.get();
            long sinceMicros = Math.max(0, balance.changedMicros() - OVERLAP_MICROS);
            List<Reading.Entry> entries = require(client.ledger(account, sinceMicros));
            ChainEnd shown = new ChainEnd(balance.balanceUnits(), balance.overageUnits());
            ChainEnd end = ChainEnd.of(entries).orElse(shown);
            if (end.equals(shown) || attempt == ATTEMPTS_MAX) {
                return new Snapshot(end, sinceMicros, entries);
            }
        }
    }

    /** A reading of an account that the ledger knows: everything since nothing was missing there, however long ago. */
    Snapshot since(AccountView view) throws NotReadException {
        return since(view.account(), view.completeMicros());
    }

    /** The same, reaching far back, for when that does not lead to the balance shown: an entry was listed late. */
    Snapshot deepSince(AccountView view) throws NotReadException {
        return since(view.account(), Math.max(0, view.completeMicros() - DEEP_MICROS));
    }

    private Snapshot since(Account account, long sinceMicros) throws NotReadException {
        List<Reading.Entry> entries = require(client.ledger(account, sinceMicros));
        if (entries.isEmpty()) {
            ChainEnd shown = require(client.balance(account))
                    .map(balance -> new ChainEnd(balance.balanceUnits(), balance.overageUnits()))
                    .orElse(new ChainEnd(0, 0));
            entries = require(client.ledger(account, sinceMicros));
            if (entries.isEmpty()) {
                return new Snapshot(shown, sinceMicros, entries);
            }
        }
        return new Snapshot(ChainEnd.of(entries).orElseThrow(), sinceMicros, entries);
    }

    /** What Dodo has been told of a customer's usage since a time. */
    long usageUnits(Account account, BillingSettings.Inheriting of, long sinceMillis) throws NotReadException {
        return require(client.usageUnits(account.customerId(), of.eventName(), of.property(), sinceMillis));
    }

    /** Dodo says the same of a customer without credits and of a mistyped entitlement. Only the first means zero. */
    private void requireExisting(String entitlementId) throws NotReadException {
        if (existingEntitlementIds.contains(entitlementId)) {
            return;
        }
        require(client.creditEntitlements()).forEach(found -> existingEntitlementIds.add(found.id()));
        if (!existingEntitlementIds.contains(entitlementId)) {
            throw new NotReadException("Dodo has no credit entitlement " + entitlementId);
        }
    }

    static <A> A require(Result<A> result) throws NotReadException {
        return switch (result) {
            case Result.Ok<A> ok -> ok.value();
            case Result.Refused<A> refused ->
                throw new NotReadException(
                        "Dodo refuses: " + refused.status() + " " + refused.code() + " " + refused.message());
            case Result.Unreachable<A> unreachable -> throw new NotReadException(unreachable.reason());
        };
    }
}
