package dev.tollgate.billing;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import dev.tollgate.billing.BillingObserver.ReadOutcome;
import dev.tollgate.billing.DodoClient.Pause;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Balances;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import dev.tollgate.ledger.Reading;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads accounts at Dodo and hands what it finds to the ledger: when somebody asks, and ahead of time for accounts in
 * use. Webhooks make it fresh sooner; without any of them it is all that is needed.
 *
 * <p>Its methods are safe on every thread and never wait. Readings run on the executor's threads, one at a time per
 * account, a second apart, and only so many at once; one too many is answered as unreachable.
 */
public final class BalanceReader implements Balances {
    private static final Logger LOG = LoggerFactory.getLogger(BalanceReader.class);
    private static final long APART_MILLIS = 1_000;
    private static final int AT_ONCE_MAX = 1_024;
    private static final int ACCOUNTS_MAX = 100_000;

    /** Terms on which a customer may be refused, or about to change by themselves, are no older than this. */
    private static final long WATCHED_TERMS_MILLIS = 10_000;

    /** Grants that expire within this time are watched. */
    private static final long SOON_MILLIS = 5 * 60_000;

    /** Half of what Dodo's smallest tier takes in a second, so that shipping never waits behind readings. */
    private static final int SHARE_CALLS_PER_SECOND = 20;

    /** The part of the readings' share that looking through the list of balances takes, where there are many. */
    private static final int SWEEP_PERCENT = 40;

    private static final Duration REMEMBERED = Duration.ofHours(1);

    private final DodoClient client;
    private final SnapshotReader snapshots;
    private final TermsReader terms;
    private final TermsWarnings warnings;
    private final LedgerClient ledger;
    private final BillingSettings.Refreshing settings;
    private final BillingSettings.Inheriting inheriting;
    private final InstantSource clock;
    private final Pause pause;
    private final BillingObserver observer;
    private final Executor executor;
    private final Semaphore places = new Semaphore(AT_ONCE_MAX);

    /** The calls that readings may make which nobody waits for; the others stay in the queue. */
    private final CallLimiter share;

    private final ReadingQueue queue = new ReadingQueue(ACCOUNTS_MAX);

    private final LoadingCache<Account, AccountReads> accounts;

    public BalanceReader(
            DodoClient client,
            LedgerThread ledger,
            BillingSettings.Refreshing settings,
            InstantSource clock,
            Pause pause,
            BillingObserver observer,
            Executor executor) {
        this(client, ledger, settings, BillingSettings.Inheriting.NOTHING, clock, pause, observer, executor);
    }

    /** @param inheriting what an earlier journal may have left at Dodo */
    public BalanceReader(
            DodoClient client,
            LedgerThread ledger,
            BillingSettings.Refreshing settings,
            BillingSettings.Inheriting inheriting,
            InstantSource clock,
            Pause pause,
            BillingObserver observer,
            Executor executor) {
        this.inheriting = inheriting;
        this.client = client;
        this.snapshots = new SnapshotReader(client);
        this.terms = new TermsReader(client, clock, executor);
        this.warnings = new TermsWarnings(observer);
        this.ledger = new LedgerClient(ledger);
        this.settings = settings;
        this.clock = clock;
        this.pause = pause;
        this.observer = observer;
        this.executor = executor;
        this.accounts = Caffeine.newBuilder()
                .executor(executor)
                .maximumSize(ACCOUNTS_MAX)
                .expireAfterAccess(REMEMBERED)
                .build(account -> new AccountReads());
        int calls = settings.backgroundCallsPerMinute();
        this.share = new CallLimiter(new BillingSettings.RateLimit(Math.min(calls, SHARE_CALLS_PER_SECOND), calls));
    }

    @Override
    public void touch(Account account) {
        if (accounts.get(account).isDue(settings.refreshMillis(), settings.policyMillis(), clock.millis())) {
            queue.addDue(account);
        }
        readQueued();
    }

    /**
     * Notes that something of the account has changed at Dodo that only a reading with its terms shows: that is done
     * ahead of those which are merely due, and within the same share of calls. A storm of such news leads to one
     * reading at a time.
     */
    void heardOf(Account account) {
        accounts.get(account).forgetTerms();
        queue.addHeardOf(account);
        readQueued();
    }

    /**
     * Compares Dodo's list of balances with the ledger from now on, in one of the executor's threads, until that is
     * interrupted: so a change whose webhook was lost is found without reading every account.
     */
    public void startSweep(String entitlementId) {
        BalanceSweep sweep = sweep(entitlementId);
        executor.execute(() -> {
            try {
                while (true) {
                    pause.pause(sweep.step());
                }
            } catch (InterruptedException e) {
                LOG.debug("the sweep was interrupted");
            }
        });
    }

    BalanceSweep sweep(String entitlementId) {
        int calls = Math.max(1, settings.backgroundCallsPerMinute() * SWEEP_PERCENT / 100);
        long roundMillis = settings.refreshMillis() / 2;
        return new BalanceSweep(client, ledger, entitlementId, calls, roundMillis, clock, new BalanceSweep.Findings() {
            @Override
            public void calls() {
                share.spend(clock.millis());
            }

            @Override
            public void agrees(Account account) {
                AccountReads reads = accounts.getIfPresent(account);
                if (reads != null) {
                    reads.agree(clock.millis());
                }
            }

            @Override
            public void lags(Account account) {
                touch(account);
            }

            @Override
            public void differs(Account account) {
                heardOf(account);
            }
        });
    }

    /** Notes that the account's terms may have changed, and leaves it to the next reading to find out. */
    void termsMayHaveChanged(Account account) {
        accounts.get(account).forgetTerms();
    }

    private void readQueued() {
        long nowMillis = clock.millis();
        while (!client.isCrowded()) {
            Account next = queue.take(account -> share.take(calls(account, nowMillis), nowMillis) == 0);
            if (next == null) {
                return;
            }
            var unused = join(next, accounts.get(next));
        }
    }

    private int calls(Account account, long nowMillis) {
        AccountReads reads = accounts.get(account);
        boolean fresh = !reads.isWatched() && reads.areTermsFresh(settings.policyMillis(), nowMillis);
        return fresh ? 1 : AccountReads.CALLS_MAX;
    }

    @Override
    public CompletionStage<Freshness> refresh(Account account) {
        return join(account, accounts.get(account));
    }

    private CompletionStage<Freshness> join(Account account, AccountReads reads) {
        AccountReads.Ticket ticket = reads.join();
        if (ticket.needsThread()) {
            launch(account, reads);
        }
        return ticket.result().copy();
    }

    private void launch(Account account, AccountReads reads) {
        boolean placed = places.tryAcquire();
        try {
            if (placed) {
                executor.execute(() -> run(account, reads));
                return;
            }
        } catch (RejectedExecutionException e) {
            places.release();
        }
        while (!reads.isFinished()) {
            reads.begin().complete(ended(ReadOutcome.UNREACHABLE));
        }
    }

    private void run(Account account, AccountReads reads) {
        try {
            while (!reads.isFinished()) {
                boolean spaced = pauseBefore(reads);
                var result = reads.begin();
                ReadOutcome outcome = spaced ? read(account, reads) : ReadOutcome.UNREACHABLE;
                reads.finish(clock.millis());
                result.complete(ended(outcome));
            }
        } finally {
            places.release();
        }
    }

    private Freshness ended(ReadOutcome outcome) {
        observer.balanceRead(outcome);
        return outcome == ReadOutcome.FRESH ? Freshness.FRESH : Freshness.UNREACHABLE;
    }

    private boolean pauseBefore(AccountReads reads) {
        long gapMillis = reads.gapMillis(APART_MILLIS, clock.millis());
        if (gapMillis == 0) {
            return true;
        }
        try {
            pause.pause(gapMillis);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private ReadOutcome read(Account account, AccountReads reads) {
        try {
            long readAtMillis = clock.millis();
            int version = reads.termsVersion();
            AccountView before = look(account);
            Fact.@Nullable Terms seen = terms(before, reads);
            Snapshot snapshot = snapshot(before);
            Reading reading = new Reading(
                    snapshot.end().balanceUnits(),
                    snapshot.end().overageUnits(),
                    snapshot.sinceMicros(),
                    snapshot.entries(),
                    seen,
                    readAtMillis);
            warnings.look(account, seen == null ? before.terms() : seen, snapshot.netUnits());
            reads.watch(isWatched(seen == null ? before.terms() : seen, readAtMillis));
            ReadOutcome outcome = record(account, reading);
            if (outcome == ReadOutcome.FRESH && seen != null) {
                reads.termsRead(version, readAtMillis);
            }
            return outcome;
        } catch (NotReadException e) {
            LOG.warn("{} could not be read: {}", account, e.getMessage());
            return ReadOutcome.UNREACHABLE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ReadOutcome.UNREACHABLE;
        } catch (RuntimeException e) {
            LOG.error("reading {} failed", account, e);
            return ReadOutcome.UNREACHABLE;
        }
    }

    /**
     * The terms, if it is time to read them. They are read before the balance: a grant that expires between the two is
     * then left out for nothing, where the other way round it could be spent.
     */
    private Fact.@Nullable Terms terms(AccountView before, AccountReads reads) throws NotReadException {
        long nowMillis = clock.millis();
        boolean watched = isWatched(before.terms(), nowMillis);
        long freshMillis = watched ? WATCHED_TERMS_MILLIS : settings.policyMillis();
        if (before.known() && reads.areTermsFresh(freshMillis, nowMillis)) {
            return null;
        }
        try {
            return terms.read(before.account(), before.terms().grants());
        } catch (NotReadException e) {
            if (!before.known() || !reads.areTermsRead()) {
                throw e;
            }
            LOG.warn("the terms of {} could not be read, the last ones stay: {}", before.account(), e.getMessage());
            return null;
        }
    }

    private static boolean isWatched(Fact.Terms terms, long nowMillis) {
        boolean expiring = terms.expiringUnits(nowMillis + SOON_MILLIS) > 0;
        return expiring
                || switch (terms.standing()) {
                    case LIVE, TRIAL, NONE -> false;
                    case PAUSED, ON_HOLD, ENDED -> true;
                };
    }

    /**
     * What Dodo shows, read so that the ledger can follow it entry by entry. When the ledger, given all entries since it
     * was last complete, does not arrive at the balance shown, one was listed late; then the reading reaches further
     * back to find it, since a balance put right without its entries would leave usage counted twice.
     */
    private Snapshot snapshot(AccountView before) throws NotReadException, InterruptedException {
        Account account = before.account();
        if (!before.known()) {
            inherit(account);
            return snapshots.first(account);
        }
        Snapshot snapshot = snapshots.since(before);
        Command.EntriesAnswer applied =
                require(ledger.ask(new Command.ApplyEntries(account, snapshot.entries(), clock.millis())));
        ForeignUsage.tell(account, applied.foreignUnits(), observer);
        AccountView after = look(account);
        boolean follows = after.tipMicros() > snapshot.newestMicros() || after.netUnits() == snapshot.netUnits();
        return follows ? snapshot : snapshots.deepSince(before);
    }

    /** In a new journal, recent usage at Dodo is an earlier one's, and its balance may not show it yet. */
    private void inherit(Account account) throws NotReadException, InterruptedException {
        long nowMillis = clock.millis();
        if (nowMillis >= inheriting.untilMillis()) {
            return;
        }
        long units = snapshots.usageUnits(account, inheriting, nowMillis - BillingSettings.Inheriting.WINDOW_MILLIS);
        if (units > 0) {
            require(ledger.ask(new Command.Inherit(account, units, nowMillis)));
            LOG.warn(
                    "this journal is new: {} units of usage that Dodo may not have deducted yet are kept back for {}",
                    units,
                    account);
        }
    }

    private AccountView look(Account account) throws NotReadException, InterruptedException {
        return require(ledger.ask(new Command.Look(account, new Overage.AsDodoSays())));
    }

    private static <A> A require(LedgerThread.Reply<A> reply) throws NotReadException {
        return switch (reply) {
            case LedgerThread.Reply.Durable<A> durable -> durable.answer();
            case LedgerThread.Reply.Refused<A> refused ->
                throw new NotReadException("the ledger is " + refused.reason());
        };
    }

    private ReadOutcome record(Account account, Reading reading) throws InterruptedException {
        LedgerThread.Reply<Command.ReadingAnswer> reply =
                ledger.ask(new Command.ApplyReading(account, reading, clock.millis()));
        if (!(reply instanceof LedgerThread.Reply.Durable<Command.ReadingAnswer> durable)) {
            return ReadOutcome.NOT_RECORDED;
        }
        ForeignUsage.tell(account, durable.answer().foreignUnits(), observer);
        long driftUnits = durable.answer().driftUnits();
        if (driftUnits != 0) {
            observer.balanceDrifted(account, driftUnits);
            LOG.warn(
                    "{} was off by {} units from what Dodo shows, {} minus {} in overage; it is put right",
                    account,
                    driftUnits,
                    reading.balanceUnits(),
                    reading.overageUnits());
        }
        return ReadOutcome.FRESH;
    }
}
