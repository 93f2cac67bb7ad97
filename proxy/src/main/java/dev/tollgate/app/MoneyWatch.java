package dev.tollgate.app;

import dev.tollgate.app.settings.Settings;
import dev.tollgate.billing.UsageShipper;
import dev.tollgate.journal.Account;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import dev.tollgate.telemetry.GaugeName;
import dev.tollgate.telemetry.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the money's side of the running service: shows its sums as gauges, measures how long the ledger takes to
 * answer, and says in the log, well before anything is lost, that usage piles up or that the disk fills. {@link #check} is
 * for one thread that may wait; gauges are read on scraping threads.
 */
final class MoneyWatch {
    /** Dodo takes usage within seconds when all is well. */
    static final long OLDEST_PENDING_MILLIS = 600_000;

    /** Space for about two million requests, then for half a million. */
    static final long FREE_BYTES_WARNING = 2L << 30;

    static final long FREE_BYTES_ERROR = 512L << 20;

    private static final long REPEAT_MILLIS = 600_000;
    private static final Logger LOG = LoggerFactory.getLogger(MoneyWatch.class);

    private final MoneySums sums;
    private final Supplier<UsageShipper.Progress> shipping;
    private final LedgerThread ledger;
    private final Path folder;
    private final LongSupplier freeBytes;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Metrics metrics;

    /** These three are touched by the checking thread alone; 0 while there is nothing to say. */
    private long saidPendingMillis;

    private long saidDiskMillis;

    private long saidBacklogMillis;

    MoneyWatch(Money money, Settings.Journal journal, InstantSource clock, LongSupplier nanos, Metrics metrics) {
        this(
                money.sums(),
                money::shipping,
                money.ledger(),
                journal.directory(),
                clock,
                nanos,
                metrics,
                () -> freeBytes(journal.directory()));
    }

    MoneyWatch(
            MoneySums sums,
            Supplier<UsageShipper.Progress> shipping,
            LedgerThread ledger,
            Path folder,
            InstantSource clock,
            LongSupplier nanos,
            Metrics metrics,
            LongSupplier freeBytes) {
        this.sums = sums;
        this.shipping = shipping;
        this.ledger = ledger;
        this.folder = folder;
        this.clock = clock;
        this.nanos = nanos;
        this.metrics = metrics;
        this.freeBytes = freeBytes;
    }

    void declareGauges() {
        metrics.gauge(GaugeName.HELD_UNITS, sums::heldUnits);
        metrics.gauge(GaugeName.OLDEST_HOLD_SECONDS, () -> ageSeconds(sums.oldestHoldMillis()));
        metrics.gauge(GaugeName.UNREFLECTED_UNITS, sums::unreflectedUnits);
        metrics.gauge(GaugeName.EVENTS_PENDING, sums::pendingEvents);
        metrics.gauge(GaugeName.EVENTS_IN_QUARANTINE, sums::quarantinedEvents);
        metrics.gauge(
                GaugeName.EVENTS_OLDEST_PENDING_SECONDS,
                () -> ageSeconds(shipping.get().oldestPendingMillis()));
        metrics.gauge(GaugeName.EVENTS_PARKED, () -> shipping.get().parkedEvents());
        metrics.gauge(GaugeName.EVENTS_BLOCKED, () -> shipping.get().blocked() ? 1 : 0);
        metrics.gauge(GaugeName.LEDGER_QUEUED, ledger::queued);
        metrics.gauge(GaugeName.LEDGER_FAILED, () -> ledger.failed() ? 1 : 0);
        metrics.gauge(GaugeName.JOURNAL_BYTES, () -> journalBytes(folder));
        metrics.gauge(GaugeName.JOURNAL_FREE_BYTES, freeBytes::getAsLong);
    }

    /** Called every few seconds. */
    void check() {
        probeLedger();
        checkPending();
        checkBacklog();
        checkDisk();
    }

    /** A question that changes nothing waits as long as any command, for the same queue and the same commit. */
    private void probeLedger() {
        long askedNanos = nanos.getAsLong();
        Account nobody = new Account("nobody", "nothing");
        ledger.submit(
                new Command.Look(nobody, new Overage.Off()),
                reply -> metrics.ledgerAnswered(nanos.getAsLong() - askedNanos));
    }

    private void checkPending() {
        UsageShipper.Progress progress = shipping.get();
        long ageMillis = progress.oldestPendingMillis() == 0 ? 0 : clock.millis() - progress.oldestPendingMillis();
        if (ageMillis <= OLDEST_PENDING_MILLIS) {
            saidPendingMillis = 0;
        } else if (isDue(saidPendingMillis)) {
            saidPendingMillis = clock.millis();
            LOG.warn(
                    "usage piles up: {} events wait for Dodo, the oldest for {} minutes; last problem: {}. Nothing is"
                            + " lost while the journal's disk has space: {} MiB",
                    sums.pendingEvents(),
                    ageMillis / 60_000,
                    progress.lastProblem(),
                    freeBytes.getAsLong() >> 20);
        }
    }

    private void checkBacklog() {
        if (ledger.backlog() < ledger.backlogMax() / 2) {
            saidBacklogMillis = 0;
        } else if (isDue(saidBacklogMillis)) {
            saidBacklogMillis = clock.millis();
            LOG.error(
                    "{} events wait for Dodo; with {} the memory set aside for them is full and nothing more is admitted"
                            + " until Dodo has taken some. A larger heap (-Xmx) has room for more",
                    ledger.backlog(),
                    ledger.backlogMax());
        }
    }

    private void checkDisk() {
        long free = freeBytes.getAsLong();
        if (free >= FREE_BYTES_WARNING) {
            saidDiskMillis = 0;
        } else if (isDue(saidDiskMillis)) {
            saidDiskMillis = clock.millis();
            String told = "the disk of the journal in " + folder + " has " + (free >> 20)
                    + " MiB left; when it is full, nothing more is admitted";
            if (free < FREE_BYTES_ERROR) {
                LOG.error("{}", told);
            } else {
                LOG.warn("{}", told);
            }
        }
    }

    private boolean isDue(long saidMillis) {
        return saidMillis == 0 || Math.abs(clock.millis() - saidMillis) >= REPEAT_MILLIS;
    }

    private long ageSeconds(long sinceMillis) {
        return sinceMillis == 0 ? 0 : Math.max(0, clock.millis() - sinceMillis) / 1_000;
    }

    /** Of all files in the folder, those beside the database included. */
    private static long journalBytes(Path folder) {
        long bytes = 0;
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                bytes += Files.size(file);
            }
        } catch (IOException e) {
            return bytes;
        }
        return bytes;
    }

    static long freeBytes(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            return 0;
        }
    }
}
