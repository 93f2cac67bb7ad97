package dev.tollgate.simulation;

import dev.tollgate.admission.Gate;
import dev.tollgate.admission.GateSettings;
import dev.tollgate.admission.KeyRing;
import dev.tollgate.billing.BalanceReader;
import dev.tollgate.billing.BillingObserver;
import dev.tollgate.billing.BillingSettings;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.billing.SteppedBilling;
import dev.tollgate.billing.UsageShipper;
import dev.tollgate.billing.WebhookReceiver;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import dev.tollgate.ledger.SteppedLedger;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.Function;

/** One life of Tollgate: the real parts of the money path, recovered from the disk and put together as the real start does. */
final class SimulatedProcess {
    static final String WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String EVENT = "api.tokens_used";
    private static final int MAILBOX = 1 << 16;
    private static final long STALE_MILLIS = 86_400_000;
    private static final long HOLD_WAIT_MILLIS = 10_000;
    static final long GUARD_MILLIS = 120_000;
    private static final int REQUESTS_MAX = 100;
    private static final long MODEL_TOKENS = 4_000;

    final int number;
    final LedgerThread ledger;
    final Gate gate;
    final BalanceReader balances;
    final WebhookReceiver webhooks;
    final SteppedExecutor eventLoop;
    private final Timeline timeline;
    private final Faults faults;
    private final UsageShipper shipper;
    private final Runnable decide;
    private boolean decisionDue;
    private long stalledUntilMillis;

    SimulatedProcess(
            int number,
            Timeline timeline,
            Faults faults,
            SimulatedDisk disk,
            SimulatedDodo dodo,
            Function<Fact.Reserved, Command.OrphanEnd> orphans,
            SplittableRandom random)
            throws JournalException {
        this.number = number;
        this.timeline = timeline;
        this.faults = faults;
        this.eventLoop = new SteppedExecutor(timeline, number, false);
        SteppedExecutor threads = new SteppedExecutor(timeline, number, true);
        Journal journal = disk.open(number);
        long beganMillis = journal.beganMillis().orElse(timeline.millis());
        ledger =
                LedgerThread.recover(journal, orphans, facts -> {}, this::exitSoon, task -> new Thread(task), timeline);
        SteppedLedger stepped = new SteppedLedger(ledger, timeline::blocking, this::decideSoon);
        decide = stepped::decide;
        BillingSettings.Dodo settings = new BillingSettings.Dodo(
                URI.create("http://dodo.test"), "key", 5_000, 1, BillingSettings.RateLimit.SMALLEST);
        DodoClient client = SteppedBilling.client(
                settings, timeline, timeline, random.split(), new SimulatedHttp(dodo, timeline, faults));
        balances = new BalanceReader(
                client,
                ledger,
                BillingSettings.Refreshing.USUAL,
                new BillingSettings.Inheriting(
                        EVENT, SimulatedDodo.PROPERTY, beganMillis + BillingSettings.Inheriting.WINDOW_MILLIS),
                timeline,
                timeline,
                BillingObserver.SILENT,
                threads);
        webhooks = new WebhookReceiver(
                new BillingSettings.Webhooks(List.of(WEBHOOK_SECRET)),
                SimulatedDodo.ENTITLEMENT,
                1,
                ledger,
                balances,
                dodo.customers::containsKey,
                timeline,
                BillingObserver.SILENT,
                threads);
        shipper = new UsageShipper(
                journal.outbox(),
                ledger,
                client,
                new BillingSettings.Shipping(EVENT, SimulatedDodo.PROPERTY, 20, 1_000),
                timeline,
                random.split(),
                BillingObserver.SILENT,
                task -> new Thread(task));
        GateSettings.Service service = new GateSettings.Service(true, false, true, GUARD_MILLIS);
        GateSettings gateSettings = new GateSettings(
                null,
                STALE_MILLIS,
                HOLD_WAIT_MILLIS,
                REQUESTS_MAX,
                model -> MODEL_TOKENS,
                OptionalLong.empty(),
                service);
        gate = new Gate(new KeyRing(Map.of(), hash -> null), ledger, balances, gateSettings, timeline);
        ship(0);
        sweep(SteppedBilling.sweep(balances, SimulatedDodo.ENTITLEMENT), 0);
    }

    private void exitSoon() {
        timeline.after(0, number, false, () -> {
            timeline.note("the process exits");
            timeline.live(Timeline.WORLD);
        });
    }

    /** What comes from event loops is decided a little later, together with what else has come by then. */
    private void decideSoon() {
        if (!decisionDue) {
            decisionDue = true;
            decideOnce(faults.between(0, 3));
        }
    }

    private void decideOnce(long afterMillis) {
        timeline.after(afterMillis, number, false, () -> {
            if (timeline.millis() < stalledUntilMillis) {
                decideOnce(stalledUntilMillis - timeline.millis());
                return;
            }
            decisionDue = false;
            faults.mayCrash("before the ledger decides");
            decide.run();
        });
    }

    /** The ledger's thread stands still for a while, and its mailbox is full. */
    void flood(Account account, long millis) {
        stalledUntilMillis = timeline.millis() + millis;
        for (int i = 0; i < MAILBOX; i++) {
            ledger.submit(new Command.Look(account, new Overage.Off()), reply -> {});
        }
    }

    /** An operator has events sent again that Dodo refused. */
    void replay() {
        ledger.submit(new Command.PutBack(true, List.of(), timeline.millis()), reply -> {});
    }

    private void sweep(SteppedBilling.Sweep sweep, long afterMillis) {
        timeline.after(afterMillis, number, true, () -> {
            try {
                sweep(sweep, sweep.step());
            } catch (InterruptedException e) {
                throw new AssertionError("nobody interrupts", e);
            }
        });
    }

    private void ship(long afterMillis) {
        timeline.after(afterMillis, number, true, () -> {
            try {
                long nextMillis = SteppedBilling.ship(shipper);
                if (nextMillis >= 0) {
                    ship(nextMillis);
                }
            } catch (InterruptedException e) {
                throw new AssertionError("nobody interrupts", e);
            }
        });
    }
}
