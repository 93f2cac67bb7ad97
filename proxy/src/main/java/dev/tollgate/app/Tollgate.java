package dev.tollgate.app;

import dev.tollgate.admission.Caller;
import dev.tollgate.admission.Gate;
import dev.tollgate.admission.KeyHash;
import dev.tollgate.admission.KeyRing;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.customers.CustomerKeys;
import dev.tollgate.edge.EdgeServer;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import dev.tollgate.limits.Limiter;
import dev.tollgate.portal.Portal;
import dev.tollgate.telemetry.GaugeName;
import dev.tollgate.telemetry.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running service. Every part of it is made and joined in {@link #start}, in the order in which they need each other,
 * and ended in {@link #close} in the order in which they may end. Start and close are called from one thread, which waits.
 */
public final class Tollgate implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tollgate.class);
    private static final long CHECKPOINT_SECONDS = 5;
    private static final long WATCH_SECONDS = 5;
    private static final long UPKEEP_SECONDS = 30;
    private static final long ARCHIVE_SECONDS = 3_600;
    private static final long BOOKING_MILLIS = 5_000;

    private final Settings settings;
    private final Money money;
    private final KeyRing keys;
    private final Gate gate;
    private final Loops loops;
    private final EdgeServer edge;
    private final AdminServer admin;
    private final Optional<AlertParts> alerts;
    private final ScheduledExecutorService housekeeping;
    private final ScheduledExecutorService upkeep;
    private final ExecutorService virtualThreads;

    /** Written by whoever reloads, read by webhook threads. */
    private volatile Set<String> customers;

    /** What keys made at run time are entitled to. Written by whoever reloads, read by event loops. */
    private volatile Settings.Plan issuedPlan;

    /** The plans of the keys in the settings, by key id. Written by whoever reloads, read by event loops. */
    private volatile Map<String, String> plans;

    /** Written by whoever starts, read by the admin port. */
    private volatile boolean listening;

    /** Written by whoever closes, read by the admin port. */
    private volatile boolean draining;

    /** @param undo is given, step by step, what ends the parts that have started, the last one first */
    private Tollgate(
            Settings settings,
            InstantSource clock,
            Journal.Opener journals,
            Consumer<List<Fact>> watch,
            Deque<Runnable> undo)
            throws StartException, IOException {
        this.settings = settings;
        customers = customers(settings);
        issuedPlan = Parts.issuedPlan(settings);
        plans = Parts.plansOfKeys(settings);
        Metrics metrics = new Metrics();
        virtualThreads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("tollgate-", 0).factory());
        undo.push(virtualThreads::shutdownNow);
        Transport transport = Transport.choose(settings.server().transport());
        money = Money.open(settings, clock, journals, watch, this::isCustomer, virtualThreads, metrics);
        undo.push(money::abandon);
        keys = new KeyRing(Parts.keys(settings, money.entitlementId()), this::issuedKey);
        gate = new Gate(keys, money.ledger(), money.balances(), Parts.gate(settings), clock);
        Limiter limiter = new Limiter(money.spending(), this::planOf, clock, System::nanoTime);
        loops = Loops.start(settings, transport, gate, limiter, money, metrics, clock, System::nanoTime);
        undo.push(loops::close);
        Portal portal = PortalParts.portal(settings, money, keys, clock, virtualThreads);
        if (settings.portal().licenceKeys()) {
            money.takeLicenceKeys();
        }
        alerts = AlertParts.of(settings, money, clock, virtualThreads);
        alerts.ifPresent(each -> undo.push(each::close));
        money.start(settings.journal().holds());
        admin = AdminServer.start(
                Parts.address(settings.server().admin()),
                metrics,
                this::health,
                this::readiness,
                new PutBackOperation(Parts.adminToken(settings.server()), money.ledger(), clock),
                new PortalHandler(OperatorParts.portal(settings, money, this::accounts, clock)),
                virtualThreads);
        undo.push(admin::stop);
        edge = EdgeServer.start(
                Parts.edge(settings),
                loops.group(),
                transport.serverChannels(),
                loops::services,
                money.webhooks(),
                portal,
                virtualThreads);
        listening = true;
        declareGauges(metrics);
        MoneyWatch moneyWatch = new MoneyWatch(money, settings.journal(), clock, System::nanoTime, metrics);
        moneyWatch.declareGauges();
        Parts.accounts(settings, money.entitlementId()).forEach(money.balances()::touch);
        money.customerKeys().accounts().forEach(money.balances()::touch);
        housekeeping = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("tollgate-housekeeping").daemon().factory());
        keepHouse(moneyWatch);
        upkeep = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("tollgate-upkeep").daemon().factory());
        keepJournal();
    }

    /** What may take a while has a thread of its own, so that watching goes on. */
    private void keepJournal() {
        JournalUpkeep journal = money.upkeep();
        upkeep.scheduleWithFixedDelay(journal::renewSnapshot, UPKEEP_SECONDS, UPKEEP_SECONDS, TimeUnit.SECONDS);
        upkeep.scheduleWithFixedDelay(journal::archive, ARCHIVE_SECONDS, ARCHIVE_SECONDS, TimeUnit.SECONDS);
    }

    private void keepHouse(MoneyWatch moneyWatch) {
        housekeeping.scheduleWithFixedDelay(
                money.upkeep()::checkpoint, CHECKPOINT_SECONDS, CHECKPOINT_SECONDS, TimeUnit.SECONDS);
        housekeeping.scheduleWithFixedDelay(moneyWatch::check, WATCH_SECONDS, WATCH_SECONDS, TimeUnit.SECONDS);
        alerts.ifPresent(each ->
                housekeeping.scheduleWithFixedDelay(each::check, WATCH_SECONDS, WATCH_SECONDS, TimeUnit.SECONDS));
    }

    /** Starts with the system's clock. */
    public static Tollgate start(Settings settings) throws StartException {
        return start(settings, InstantSource.system(), facts -> {});
    }

    /** Starts on a journal in SQLite. */
    public static Tollgate start(Settings settings, InstantSource clock, Consumer<List<Fact>> watch)
            throws StartException {
        return start(settings, clock, SqliteJournal::open, watch);
    }

    /**
     * @param clock what time it is, everywhere in the service
     * @param journals opens the journal
     * @param watch hears of every group of facts once it is durable; must be brief
     * @throws StartException in words for the operator; nothing is left running and the journal is free
     */
    public static Tollgate start(
            Settings settings, InstantSource clock, Journal.Opener journals, Consumer<List<Fact>> watch)
            throws StartException {
        Deque<Runnable> undo = new ArrayDeque<>();
        try {
            Tollgate tollgate = new Tollgate(settings, clock, journals, watch, undo);
            LOG.info("Tollgate listens on {}, admin on {}", tollgate.address(), tollgate.adminAddress());
            return tollgate;
        } catch (IOException e) {
            undo.forEach(Runnable::run);
            throw new StartException(e);
        } catch (StartException | RuntimeException e) {
            undo.forEach(Runnable::run);
            throw e;
        }
    }

    private void declareGauges(Metrics metrics) {
        metrics.gauge(GaugeName.CONNECTIONS_OPEN, edge::openConnections);
        metrics.gauge(GaugeName.EXCHANGES_RUNNING, loops::runningExchanges);
    }

    private static Set<String> customers(Settings settings) {
        return settings.keys().stream()
                .filter(key -> !key.disabled())
                .map(Settings.Key::customer)
                .collect(Collectors.toUnmodifiableSet());
    }

    private @Nullable Caller issuedKey(KeyHash hash) {
        CustomerKeys.@Nullable Key key = money.customerKeys().find(hash);
        return key == null ? null : Parts.caller(key, settings.portal().keyPlan(), issuedPlan);
    }

    private String planOf(String keyId) {
        return plans.getOrDefault(keyId, settings.portal().keyPlan());
    }

    private List<Account> accounts() {
        return customers.stream().map(this::account).toList();
    }

    private boolean isCustomer(String customerId) {
        return customers.contains(customerId);
    }

    /** Takes over keys, plans, gate, weights and limits; the rest of the settings stays until a restart. */
    public void reload(Settings changed) {
        customers = customers(changed);
        issuedPlan = Parts.issuedPlan(settings.withLiveOf(changed));
        plans = Parts.plansOfKeys(changed);
        keys.replace(Parts.keys(changed, money.entitlementId()));
        gate.reconfigure(Parts.gate(changed));
        loops.reprice(changed);
        LOG.info("settings taken over: {} keys", changed.keys().size());
    }

    /** Where periodic work of the process may run. */
    ScheduledExecutorService housekeeping() {
        return housekeeping;
    }

    public InetSocketAddress address() {
        return edge.address();
    }

    public InetSocketAddress adminAddress() {
        return admin.address();
    }

    /** The credits that every request is paid with. */
    public String entitlementId() {
        return money.entitlementId();
    }

    /** The account that a customer's requests are paid from. */
    public Account account(String customerId) {
        return new Account(customerId, money.entitlementId());
    }

    /** One customer's account as it stands. Completes on the ledger thread, exceptionally when the ledger is closed. */
    public CompletableFuture<AccountView> look(String customerId) {
        CompletableFuture<AccountView> view = new CompletableFuture<>();
        money.ledger().submit(new Command.Look(account(customerId), new Overage.Off()), reply -> {
            switch (reply) {
                case LedgerThread.Reply.Durable<AccountView> durable -> view.complete(durable.answer());
                case LedgerThread.Reply.Refused<AccountView> refused ->
                    view.completeExceptionally(
                            new IllegalStateException("the ledger does not answer: " + refused.reason()));
            }
        });
        return view;
    }

    private AdminServer.Condition health() {
        return money.ledger().failed()
                ? new AdminServer.Condition(false, "the journal cannot be written; restart after freeing disk space")
                : AdminServer.Condition.FINE;
    }

    private AdminServer.Condition readiness() {
        if (draining || !listening) {
            return new AdminServer.Condition(false, draining ? "shutting down" : "starting");
        }
        return health();
    }

    /**
     * Ends in the order in which nothing is lost: not ready any more, no new connections, running exchanges to their end
     * (or, when patience is over, to an estimate), settlements, shipping, and only then the rest. Once is enough.
     */
    @Override
    public void close() {
        if (draining) {
            return;
        }
        draining = true;
        upkeep.shutdownNow();
        LOG.info("shutting down: {} requests running", loops.runningExchanges());
        try {
            if (!edge.drain(settings.server().drainMillis())) {
                LOG.warn("{} requests did not end in time and are booked as estimates", loops.runningExchanges());
            }
            loops.stopExchanges(BOOKING_MILLIS);
            money.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("shutting down was interrupted; the journal has everything that was answered");
        }
        loops.close();
        housekeeping.shutdownNow();
        alerts.ifPresent(AlertParts::close);
        virtualThreads.shutdownNow();
        admin.stop();
        LOG.info("stopped");
    }
}
