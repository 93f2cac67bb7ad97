package dev.tollgate.app;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import dev.tollgate.app.settings.ApiKeys;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.billing.BalanceReader;
import dev.tollgate.billing.BillingSettings;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.billing.UsageShipper;
import dev.tollgate.billing.WebhookReceiver;
import dev.tollgate.customers.CustomerKeys;
import dev.tollgate.flight.FlightLane;
import dev.tollgate.flight.FlightTrace;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.limits.Spending;
import dev.tollgate.telemetry.Metrics;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The half of the service that keeps accounts: journal, ledger, and everything that talks to Dodo. Joined in
 * {@link #open} in the order in which the parts need each other.
 */
final class Money {
    /** The id of a delivery that waits and its place in a map, twice at times: a snapshot has a ledger of its own. */
    private static final int WAITING_DELIVERY_BYTES = 200;

    private static final Logger LOG = LoggerFactory.getLogger(Money.class);
    private static final long FLUSH_MILLIS = 10_000;

    private final Journal journal;
    private final MoneySums sums;
    private final Spending spending;
    private final LedgerThread ledger;
    private final DodoClient dodo;
    private final UsageShipper shipper;
    private final BalanceReader balances;
    private final WebhookReceiver webhooks;
    private final Flights flights;
    private final BillingMetrics observer;
    private final CustomerKeys customerKeys;
    private final FactFeed feed;
    private final String entitlementId;
    private final long retentionMillis;
    private final InstantSource clock;

    private Money(
            Flights flights,
            Journal journal,
            MoneySums sums,
            Spending spending,
            LedgerThread ledger,
            DodoClient dodo,
            UsageShipper shipper,
            BalanceReader balances,
            WebhookReceiver webhooks,
            BillingMetrics observer,
            CustomerKeys customerKeys,
            FactFeed feed,
            String entitlementId,
            long retentionMillis,
            InstantSource clock) {
        this.flights = flights;
        this.journal = journal;
        this.sums = sums;
        this.spending = spending;
        this.ledger = ledger;
        this.dodo = dodo;
        this.shipper = shipper;
        this.balances = balances;
        this.webhooks = webhooks;
        this.observer = observer;
        this.customerKeys = customerKeys;
        this.feed = feed;
        this.entitlementId = entitlementId;
        this.retentionMillis = retentionMillis;
        this.clock = clock;
    }

    /**
     * @param journals opens the journal
     * @param watch hears of every group of facts once it is durable, on the ledger thread
     * @param ourCustomers whether a customer has a key here
     * @throws StartException with everything closed again
     */
    static Money open(
            Settings settings,
            InstantSource clock,
            Journal.Opener journals,
            Consumer<List<Fact>> watch,
            Predicate<String> ourCustomers,
            ExecutorService virtualThreads,
            Metrics metrics)
            throws StartException {
        BillingSettings billing = Parts.billing(settings);
        SecureRandom random = new SecureRandom();
        DodoClient dodo = new DodoClient(billing.dodo(), clock, Thread::sleep, random, virtualThreads);
        try {
            return open(settings, billing, dodo, clock, random, journals, watch, ourCustomers, virtualThreads, metrics);
        } catch (StartException | RuntimeException e) {
            dodo.close();
            throw e;
        }
    }

    private static Money open(
            Settings settings,
            BillingSettings billing,
            DodoClient dodo,
            InstantSource clock,
            SecureRandom random,
            Journal.Opener journals,
            Consumer<List<Fact>> watch,
            Predicate<String> ourCustomers,
            ExecutorService virtualThreads,
            Metrics metrics)
            throws StartException {
        BillingMetrics observer = new BillingMetrics(metrics, new WebhookLog(clock));
        String entitlementId = Entitlement.find(settings, dodo);
        MoneySums sums = new MoneySums();
        Spending spending = new Spending();
        Journal journal = new WatchedJournal(openJournal(journals, settings), List.of(sums, spending));
        FactFeed feed = new FactFeed();
        BillingSettings.Inheriting inheriting = inheriting(journal, billing.shipping(), clock);
        Path folder = settings.journal().directory();
        Optional<UUID> bootId = Flights.bootId();
        LedgerThread ledger = recover(journal, Flights.left(folder, bootId), feed, clock);
        CustomerKeys customerKeys =
                customerKeys(journal, ledger, clock, random, settings.dodo().environment());
        ThreadFactory shipping = Thread.ofVirtual().name("tollgate-shipping").factory();
        UsageShipper shipper =
                new UsageShipper(journal.outbox(), ledger, dodo, billing.shipping(), clock, random, observer, shipping);
        BalanceReader balances = new BalanceReader(
                dodo, ledger, billing.refreshing(), inheriting, clock, Thread::sleep, observer, virtualThreads);
        Predicate<String> known = customerId -> ourCustomers.test(customerId) || customerKeys.knows(customerId);
        WebhookReceiver webhooks = new WebhookReceiver(
                billing.webhooks(),
                entitlementId,
                billing.dodo().unitsPerCredit(),
                ledger,
                balances,
                known,
                clock,
                observer,
                virtualThreads);
        feed.add(facts -> tell(facts, shipper, metrics));
        feed.add(customerKeys::fold);
        feed.add(watch);
        return new Money(
                Flights.begin(folder, bootId),
                journal,
                sums,
                spending,
                ledger,
                dodo,
                shipper,
                balances,
                webhooks,
                observer,
                customerKeys,
                feed,
                entitlementId,
                settings.journal().retentionMillis(),
                clock);
    }

    private static CustomerKeys customerKeys(
            Journal journal,
            LedgerThread ledger,
            InstantSource clock,
            SecureRandom random,
            Settings.Environment environment)
            throws StartException {
        TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator(random);
        CustomerKeys keys = new CustomerKeys(
                ledger,
                clock,
                () -> "key_" + ids.generate().toString().replace("-", ""),
                () -> ApiKeys.generate(random, environment));
        try {
            journal.replayKeys(keys::fold);
            return keys;
        } catch (JournalException e) {
            close(journal);
            throw new StartException(e);
        }
    }

    private static void tell(List<Fact> facts, UsageShipper shipper, Metrics metrics) {
        signalSettled(facts, shipper);
        countLateTruths(facts, metrics);
    }

    private static void signalSettled(List<Fact> facts, UsageShipper shipper) {
        if (facts.stream().anyMatch(Money::isToBeSent)) {
            shipper.signal();
        }
    }

    private static boolean isToBeSent(Fact fact) {
        return fact instanceof Fact.Settled || fact instanceof Fact.Requeued || fact instanceof Fact.Corrected;
    }

    private static void countLateTruths(List<Fact> facts, Metrics metrics) {
        for (Fact fact : facts) {
            if (fact instanceof Fact.Corrected corrected) {
                metrics.corrected(corrected.changeUnits());
            } else if (fact instanceof Fact.WrittenOff writtenOff) {
                metrics.writtenOff(writtenOff.units());
                LOG.warn("{} used {} units that Dodo dropped at zero", writtenOff.account(), writtenOff.units());
            }
        }
    }

    private static Journal openJournal(Journal.Opener journals, Settings settings) throws StartException {
        try {
            return journals.open(settings.journal().directory());
        } catch (JournalException e) {
            throw new StartException(e);
        }
    }

    private static BillingSettings.Inheriting inheriting(
            Journal journal, BillingSettings.Shipping shipping, InstantSource clock) throws StartException {
        try {
            long beganMillis = journal.beganMillis().orElse(clock.millis());
            long untilMillis = Math.addExact(beganMillis, BillingSettings.Inheriting.WINDOW_MILLIS);
            return new BillingSettings.Inheriting(shipping.eventName(), shipping.property(), untilMillis);
        } catch (JournalException e) {
            close(journal);
            throw new StartException(e);
        }
    }

    private static LedgerThread recover(
            Journal journal, Map<String, FlightTrace> left, FactFeed feed, InstantSource clock) throws StartException {
        try {
            ThreadFactory threads = Thread.ofPlatform().name("tollgate-ledger").factory();
            Runnable alarm = () -> LOG.error("ADMISSION STOPPED: the journal cannot be written; see the cause above");
            return LedgerThread.recover(journal, reserved -> Flights.end(left, reserved), feed, alarm, threads, clock);
        } catch (JournalException e) {
            close(journal);
            throw new StartException(e);
        } catch (RuntimeException e) {
            close(journal);
            throw e;
        }
    }

    /** What waits for Dodo may take half of the memory; the rest is for everything that comes with running requests. */
    static int backlogMax(long heapBytes) {
        return (int) Math.min(Integer.MAX_VALUE, heapBytes / 2 / WAITING_DELIVERY_BYTES);
    }

    /** From now on licence keys of Dodo's are API keys. */
    void takeLicenceKeys() {
        webhooks.keepLicences(new AdoptedLicences(customerKeys));
    }

    void start(LedgerThread.Holds holds) {
        ledger.boundBacklog(backlogMax(Runtime.getRuntime().maxMemory()));
        ledger.start(holds);
        shipper.start();
        balances.startSweep(entitlementId);
    }

    /** Room for one event loop in the log of running requests. */
    FlightLane newLane() {
        return flights.lane();
    }

    MoneySums sums() {
        return sums;
    }

    Spending spending() {
        return spending;
    }

    LedgerThread ledger() {
        return ledger;
    }

    DodoClient dodo() {
        return dodo;
    }

    WebhookLog webhookLog() {
        return observer.webhooks();
    }

    CustomerKeys customerKeys() {
        return customerKeys;
    }

    /** Lets one more hear of facts; only before {@link #start}. */
    void listen(Consumer<List<Fact>> listener) {
        feed.add(listener);
    }

    /** Lets somebody hear of Dodo's warnings; only before {@link #start}. */
    void listenForLowBalances(ObjLongConsumer<Account> listener) {
        observer.onBalanceLow(listener);
    }

    BalanceReader balances() {
        return balances;
    }

    WebhookReceiver webhooks() {
        return webhooks;
    }

    UsageShipper.Progress shipping() {
        return shipper.progress();
    }

    /** How often an event that waits was sent to Dodo since the start. */
    int attempts(String requestId) {
        return shipper.attempts(requestId);
    }

    String entitlementId() {
        return entitlementId;
    }

    JournalUpkeep upkeep() {
        return new JournalUpkeep(journal, retentionMillis, clock);
    }

    /** Ships what is settled, then ends the ledger and closes the journal. What could not be shipped goes out after the next start. */
    void close() throws InterruptedException {
        Instant deadline = clock.instant().plusMillis(FLUSH_MILLIS);
        if (!shipper.flush(deadline)) {
            LOG.warn("some usage events wait for the next start: {}", shipper.progress());
        }
        end();
    }

    /** Ends at once, when the rest of the service cannot start. */
    void abandon() {
        try {
            end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() throws InterruptedException {
        shipper.stop();
        ledger.stop();
        dodo.close();
        flights.close();
        close(journal);
    }

    private static void close(Journal journal) {
        try {
            journal.close();
        } catch (JournalException e) {
            LOG.error("the journal did not close cleanly; nothing is lost", e);
        }
    }
}
