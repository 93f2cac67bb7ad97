package dev.tollgate.app;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.billing.UsageShipper;
import dev.tollgate.customers.CustomerKeys;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.Journal.Dimension;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import dev.tollgate.portal.OperatorPortal;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the operator's page wants to know of the service. Safe on every thread that may wait. */
final class OperatorParts implements OperatorPortal.Office {
    private static final long SPEND_MILLIS = 30 * 86_400_000L;
    private static final int CUSTOMERS_MAX = 500;
    private static final int ROWS_MAX = 100;

    private final Money money;
    private final Path folder;
    private final Supplier<List<Account>> accounts;
    private final InstantSource clock;

    /** @param accounts those that keys stand for */
    OperatorParts(Money money, Path folder, Supplier<List<Account>> accounts, InstantSource clock) {
        this.money = money;
        this.folder = folder;
        this.accounts = accounts;
        this.clock = clock;
    }

    static OperatorPortal portal(Settings settings, Money money, Supplier<List<Account>> accounts, InstantSource clock)
            throws StartException {
        Path folder = settings.journal().directory();
        Settings.@Nullable Secret token = settings.server().adminToken();
        return new OperatorPortal(
                new OperatorPortal.Settings(
                        token == null ? "" : token.value(), PortalParts.secret(folder), money.entitlementId()),
                new OperatorParts(money, folder, accounts, clock),
                money.dodo(),
                clock);
    }

    @Override
    public ObjectNode state() {
        UsageShipper.Progress progress = money.shipping();
        MoneySums sums = money.sums();
        return row().put("ledger", money.ledger().failed() ? "STOPPED: the journal cannot be written" : "fine")
                .put("shipping", progress.blocked() ? "STANDS STILL until a setting changes" : "fine")
                .put("last_problem", progress.lastProblem())
                .put("events_waiting", sums.pendingEvents())
                .put("oldest_waiting_since", time(progress.oldestPendingMillis()))
                .put("last_taken_by_dodo_at", time(progress.lastSuccessMillis()))
                .put("events_in_quarantine", sums.quarantinedEvents())
                .put("held_units", sums.heldUnits())
                .put("oldest_hold_since", time(sums.oldestHoldMillis()))
                .put("used_not_yet_deducted_units", sums.unreflectedUnits());
    }

    @Override
    public List<ObjectNode> customers() throws JournalException, InterruptedException {
        Map<String, Long> spentUnits = new HashMap<>();
        accounts.get().forEach(account -> spentUnits.put(account.customerId(), 0L));
        money.customerKeys().accounts().forEach(account -> spentUnits.put(account.customerId(), 0L));
        long nowMillis = clock.millis();
        try (Journal.History history = SqliteJournal.read(folder)) {
            history.usage(new Journal.UsageQuery(
                            List.of(Dimension.CUSTOMER), null, null, nowMillis - SPEND_MILLIS, Long.MAX_VALUE))
                    .forEach(sum -> spentUnits.put(sum.group().getFirst(), sum.units()));
        }
        List<ObjectNode> rows = new ArrayList<>();
        for (Map.Entry<String, Long> entry : spentUnits.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(CUSTOMERS_MAX)
                .toList()) {
            rows.add(customer(entry.getKey(), entry.getValue()));
        }
        return rows;
    }

    private ObjectNode customer(String customerId, long spentUnits) {
        AccountView view = look(new Account(customerId, money.entitlementId()));
        ObjectNode row = row().put("customer", customerId);
        if (!view.known()) {
            return row.putNull("balance")
                    .putNull("available")
                    .putNull("held")
                    .putNull("not_yet_deducted")
                    .put("used_in_30_days", spentUnits)
                    .put("subscription", "not read yet");
        }
        row.put("balance", view.netUnits());
        if (view.availableUnits() == Long.MAX_VALUE) {
            row.put("available", "unlimited");
        } else {
            row.put("available", view.availableUnits());
        }
        return row.put("held", view.heldUnits())
                .put("not_yet_deducted", view.unreflectedUnits())
                .put("used_in_30_days", spentUnits)
                .put("subscription", view.terms().standing().name().toLowerCase(Locale.ROOT));
    }

    private AccountView look(Account account) {
        CompletableFuture<LedgerThread.Reply<AccountView>> reply = new CompletableFuture<>();
        money.ledger().submit(new Command.Look(account, new Overage.AsDodoSays()), reply::complete);
        return switch (reply.join()) {
            case LedgerThread.Reply.Durable<AccountView> durable -> durable.answer();
            case LedgerThread.Reply.Refused<AccountView> ignored -> PortalParts.unknown(account);
        };
    }

    @Override
    public OperatorPortal.Rows outbox(long after) throws JournalException {
        long nowMillis = clock.millis();
        try (Journal.History history = SqliteJournal.read(folder)) {
            List<Outbox.Pending> found = history.waiting(after, ROWS_MAX + 1);
            boolean more = found.size() > ROWS_MAX;
            List<Outbox.Pending> shown = more ? found.subList(0, ROWS_MAX) : found;
            return new OperatorPortal.Rows(
                    shown.stream()
                            .map(each -> waiting(each.settled(), nowMillis))
                            .toList(),
                    more ? shown.getLast().sequence() : 0);
        }
    }

    private ObjectNode waiting(Fact.Settled settled, long nowMillis) {
        return row().put("request_id", settled.requestId())
                .put("customer", settled.account().customerId())
                .put("units", settled.units())
                .put("settled_at", time(settled.atMillis()))
                .put("age_seconds", Math.max(0, nowMillis - settled.atMillis()) / 1000)
                .put("attempts", money.attempts(settled.requestId()));
    }

    @Override
    public OperatorPortal.Rows quarantine(long after) throws JournalException {
        try (Journal.History history = SqliteJournal.read(folder)) {
            List<Journal.SetAside> all = history.setAside();
            List<ObjectNode> rows = all.stream()
                    .skip(after)
                    .limit(ROWS_MAX)
                    .map(each -> row().put("request_id", each.settled().requestId())
                            .put("customer", each.settled().account().customerId())
                            .put("units", each.settled().units())
                            .put("settled_at", time(each.settled().atMillis()))
                            .put("set_aside_at", time(each.quarantined().atMillis()))
                            .put("reason", each.quarantined().reason())
                            .put("to_do", toDo(each.quarantined().reason())))
                    .toList();
            long shown = after + rows.size();
            return new OperatorPortal.Rows(rows, shown < all.size() ? shown : 0);
        }
    }

    /** What helps depends on what Dodo said, as far as that can be told. */
    private static String toDo(String reason) {
        return reason.toLowerCase(Locale.ROOT).contains("customer")
                ? "Dodo does not know the customer: correct the customer of the key, or bring the customer back at Dodo;"
                        + " then send again."
                : "Mend at Dodo what its answer names, then send again. Until then it counts against the balance and is"
                        + " not billed.";
    }

    @Override
    public List<ObjectNode> webhooks() {
        return money.webhookLog().newestFirst().stream()
                .map(seen -> row().put("at", time(seen.atMillis()))
                        .put("type", seen.type())
                        .put("outcome", seen.outcome().name().toLowerCase(Locale.ROOT)))
                .toList();
    }

    @Override
    public List<ObjectNode> keys(Account account) {
        return money.customerKeys().of(account).stream().map(OperatorParts::key).toList();
    }

    private static ObjectNode key(CustomerKeys.Key key) {
        return row().put("id", key.id())
                .put("name", key.name())
                .put("state", key.revoked() ? "revoked" : "works")
                .put("since", time(key.atMillis()));
    }

    @Override
    public boolean revoke(Account account, String keyId) throws InterruptedException {
        return money.customerKeys().revoke(account, keyId);
    }

    @Override
    public int putBack(List<String> requestIds) {
        List<String> named = requestIds.stream().filter(id -> !id.isEmpty()).toList();
        CompletableFuture<LedgerThread.Reply<Command.PutBackAnswer>> reply = new CompletableFuture<>();
        money.ledger().submit(new Command.PutBack(named.isEmpty(), named, clock.millis()), reply::complete);
        return switch (reply.join()) {
            case LedgerThread.Reply.Durable<Command.PutBackAnswer> durable ->
                durable.answer().events();
            case LedgerThread.Reply.Refused<Command.PutBackAnswer> ignored -> 0;
        };
    }

    @Override
    public void refresh(Account account) {
        var unused = money.balances().refresh(account);
    }

    private static ObjectNode row() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static @Nullable String time(long millis) {
        return millis <= 0 ? null : Instant.ofEpochMilli(millis).toString();
    }
}
