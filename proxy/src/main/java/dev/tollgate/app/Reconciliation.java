package dev.tollgate.app;

import dev.tollgate.app.settings.Settings;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.billing.DodoClient.Balance;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Compares a journal with Dodo's usage events, credit ledger and usage history, and names what differs. It only reads. The
 * journal is read before Dodo and once more after it, so that what happens meanwhile is no difference. Owned by one thread,
 * which waits.
 */
final class Reconciliation {
    /** Dodo gives an event that comes without a time one of its own clock, which may be behind. */
    private static final Duration CLOCK_DIFFERENCE = Duration.ofMinutes(5);

    private static final int PROGRESS_EVENTS = 1_000;

    private final Path folder;
    private final DodoClient dodo;
    private final Settings.Meter meter;
    private final Scope scope;
    private final Consumer<String> progress;
    private final List<Difference> differences = new ArrayList<>();

    /**
     * What to compare.
     *
     * @param customerId null for everybody
     */
    record Scope(@Nullable String customerId, Instant since, Instant now) {}

    /** What came of it. */
    record Outcome(Scope scope, int settlements, int events, int accounts, List<Difference> differences) {
        Outcome {
            differences = List.copyOf(differences);
        }
    }

    Reconciliation(Path folder, DodoClient dodo, Settings.Meter meter, Scope scope, Consumer<String> progress) {
        this.folder = folder;
        this.dodo = dodo;
        this.meter = meter;
        this.scope = scope;
        this.progress = progress;
    }

    /** @throws IOException when Dodo cannot be asked, in words for the operator */
    Outcome run() throws IOException, JournalException {
        long sinceMillis = scope.since().toEpochMilli();
        JournalExtract extract = extract(sinceMillis);
        progress.accept("the journal has " + Wording.count(extract.deliveries().size(), "settlement")
                + " to compare; asking Dodo, at a small share of its rate limit");
        EventComparison events =
                new EventComparison(extract, scope.now().toEpochMilli(), this::hasEvent, differences::add);
        listEvents(events);
        try (Journal.History later = SqliteJournal.read(folder)) {
            events.compare(later);
        }
        new EntryComparison(extract, this::entered, differences::add).compare();
        List<Account> accounts = extract.accounts();
        compareCredits(extract, accounts, sinceMillis);
        if (scope.customerId() != null) {
            compareUsageHistory(scope.customerId(), events);
        }
        return new Outcome(scope, extract.deliveries().size(), events.events(), accounts.size(), differences);
    }

    private JournalExtract extract(long sinceMillis) throws JournalException {
        try (Journal.History history = SqliteJournal.read(folder)) {
            return JournalExtract.read(history, scope.customerId(), sinceMillis);
        } catch (IllegalStateException | ArithmeticException e) {
            throw new JournalException("the facts of the journal do not agree; see journal verify", e);
        }
    }

    private void listEvents(EventComparison events) throws IOException {
        int[] told = {0};
        DodoClient.EventQuery query = new DodoClient.EventQuery(
                meter.event(),
                meter.property(),
                scope.customerId(),
                scope.since().minus(CLOCK_DIFFERENCE));
        value("list usage events", dodo.events(query, page -> {
            events.add(page);
            if (events.events() - told[0] >= PROGRESS_EVENTS) {
                told[0] = events.events();
                progress.accept(Wording.count(told[0], "event") + " read from Dodo so far");
            }
        }));
    }

    private boolean hasEvent(String eventId) throws IOException {
        return value("look up a usage event", dodo.hasEvent(eventId));
    }

    private Map<String, Long> entered(Account account) throws IOException {
        return value(
                "read the credit ledger", dodo.entered(account, scope.since().toEpochMilli()));
    }

    private void compareCredits(JournalExtract extract, List<Account> accounts, long sinceMillis) throws IOException {
        progress.accept("comparing the credits of " + Wording.count(accounts.size(), "account"));
        Map<String, Map<String, Balance>> balances = new HashMap<>();
        CreditComparison credits = new CreditComparison(
                extract,
                sinceMillis,
                (account, micros) -> value("read the credit ledger", dodo.ledger(account, micros)),
                differences::add);
        for (Account account : accounts) {
            Map<String, Balance> known = balances.get(account.entitlementId());
            if (known == null) {
                known = value("list balances", dodo.balances(account.entitlementId(), scope.customerId()));
                balances.put(account.entitlementId(), known);
            }
            credits.compare(account, known.get(account.customerId()));
        }
    }

    /** Only periods that began after the events were listed from can be added up. */
    private void compareUsageHistory(String customerId, EventComparison events) throws IOException {
        for (DodoClient.Subscription subscription : value("list subscriptions", dodo.subscriptions(customerId))) {
            List<DodoClient.MeteredPeriod> periods = value(
                    "read the usage history", dodo.usageHistory(subscription.id(), meter.event(), meter.property()));
            for (DodoClient.MeteredPeriod period : periods) {
                if (period.start().isBefore(scope.since().minus(CLOCK_DIFFERENCE))) {
                    progress.accept("the period of " + subscription.id() + " from " + period.start()
                            + " began before the time that is compared; its total is left out");
                } else {
                    compare(customerId, subscription.id(), period, events);
                }
            }
        }
    }

    private void compare(
            String customerId, String subscriptionId, DodoClient.MeteredPeriod period, EventComparison events) {
        long eventUnits =
                events.units(period.start().toEpochMilli(), period.end().toEpochMilli());
        if (eventUnits != period.units()) {
            differences.add(new Difference(
                    Difference.Reason.USAGE_HISTORY_DIFFERS,
                    customerId,
                    subscriptionId,
                    period.start().toEpochMilli(),
                    eventUnits,
                    period.units(),
                    period.meterName()));
        }
    }

    private static <A> A value(String what, Result<A> result) throws IOException {
        return switch (result) {
            case Result.Ok<A> ok -> ok.value();
            case Result.Refused<A> refused ->
                throw new IOException("Dodo refused to " + what + ": " + refused.status() + " " + refused.code() + " "
                        + refused.message());
            case Result.Unreachable<A> unreachable ->
                throw new IOException("Dodo cannot be reached to " + what + ": " + unreachable.reason());
        };
    }
}
