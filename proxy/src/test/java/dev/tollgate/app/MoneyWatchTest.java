package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tollgate.billing.UsageShipper;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.Snapshotted;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.telemetry.Metrics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class MoneyWatchTest {
    private static final String T = "2026-03-01T10:00:00Z";

    private final MoneySums sums = new MoneySums();
    private final Metrics metrics = new Metrics();
    private final AtomicLong nowMillis = new AtomicLong(Facts.at(T));
    private final AtomicLong freeBytes = new AtomicLong(100L << 30);
    private final AtomicReference<UsageShipper.Progress> shipping =
            new AtomicReference<>(new UsageShipper.Progress(0, 0, 0, 0, null, false));
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(MoneyWatch.class);
    private Journal journal;
    private LedgerThread ledger;
    private MoneyWatch watch;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        journal = new WatchedJournal(SqliteJournal.open(folder), List.of(sums));
        ledger = LedgerThread.recover(
                journal,
                facts -> {},
                () -> {},
                Thread.ofPlatform().factory(),
                () -> Instant.ofEpochMilli(nowMillis.get()));
        ledger.start();
        watch = new MoneyWatch(
                sums,
                shipping::get,
                ledger,
                folder,
                () -> Instant.ofEpochMilli(nowMillis.get()),
                System::nanoTime,
                metrics,
                freeBytes::get);
        watch.declareGauges();
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.WARN);
        logger.setAdditive(false);
    }

    @AfterEach
    void stop() throws Exception {
        logger.detachAppender(log);
        logger.setLevel(null);
        logger.setAdditive(true);
        ledger.stop();
        journal.close();
    }

    private Map<String, String> shown() {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("tollgate_") && !line.contains("{"))
                .map(line -> line.split(" ", 2))
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1].replaceAll("\\.0$", "")));
    }

    @Test
    void sumsFollowTheFacts() throws Exception {
        journal.append(List.of(
                Facts.based(10_000, T),
                Facts.reserved("r1", T),
                Facts.reserved("r2", "2026-03-01T10:00:05Z"),
                Facts.reserved("r3", T),
                Facts.reserved("r4", T)));
        nowMillis.addAndGet(65_000);
        assertThat(shown())
                .containsEntry("tollgate_held_units", Integer.toString(4 * 1_234))
                .containsEntry("tollgate_oldest_hold_seconds", "65")
                .containsEntry("tollgate_events_pending", "0");

        journal.append(List.of(
                Facts.settled("r1", 1_100, T),
                Facts.settled("r3", 300, T),
                new Fact.Voided("r4", Facts.ACCOUNT, "nothing was sent", Facts.at(T)),
                new Fact.Quarantined("r1", Facts.ACCOUNT, "no", Facts.at(T)),
                new Fact.Quarantined("r1", Facts.ACCOUNT, "no", Facts.at(T))));
        assertThat(shown())
                .containsEntry("tollgate_held_units", "1234")
                .containsEntry("tollgate_oldest_hold_seconds", "60")
                .containsEntry("tollgate_unreflected_units", "1400")
                .containsEntry("tollgate_events_pending", "1")
                .containsEntry("tollgate_events_in_quarantine", "1");

        journal.append(List.of(
                new Fact.Requeued("r1", Facts.ACCOUNT, Facts.at(T)),
                new Fact.Ingested("r3", Facts.ACCOUNT, Facts.at(T)),
                Facts.entry("led_1", "credit_deducted", -300, 300, T)));
        assertThat(shown())
                .containsEntry("tollgate_unreflected_units", "1100")
                .containsEntry("tollgate_events_pending", "1")
                .containsEntry("tollgate_events_in_quarantine", "0");
        assertThat(Long.parseLong(new java.math.BigDecimal(shown().get("tollgate_journal_bytes")).toPlainString()))
                .isPositive();
    }

    @Test
    void aReplayedJournalGivesTheSameSums(@TempDir Path other) throws Exception {
        Facts.write(other, Facts.reserved("r1", T), Facts.settled("r1", 170, T), Facts.reserved("r2", T));
        MoneySums again = new MoneySums();
        try (Journal replayed = new WatchedJournal(SqliteJournal.open(other), List.of(again))) {
            replayed.recover(List.of());
        }
        assertThat(again.heldUnits()).isEqualTo(1_234);
        assertThat(again.unreflectedUnits()).isEqualTo(170);
        assertThat(again.pendingEvents()).isEqualTo(1);
    }

    @Test
    void aSnapshotOfTheSumsLeavesNothingOut() {
        Snapshotted.assertKeepsFields(MoneySums.Snapshot.class, Set.of(), MoneySums.class);
        Snapshotted.assertKeepsAll(new MoneySums());
    }

    @Test
    void theLedgersLagIsMeasured() {
        watch.check();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> "1".equals(shown().get("tollgate_ledger_lag_seconds_count")));
    }

    @Test
    void usageThatPilesUpIsSaidAfterTenMinutesAndThenRarely() {
        long settledMillis = nowMillis.get();
        shipping.set(new UsageShipper.Progress(5, 1, settledMillis, 0, "503", false));
        nowMillis.addAndGet(600_000);
        watch.check();
        assertThat(log.list).isEmpty();
        nowMillis.addAndGet(1);
        for (int i = 0; i < 240; i++) {
            watch.check();
            nowMillis.addAndGet(5_000);
        }
        assertThat(log.list).hasSize(2).allSatisfy(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.WARN);
            assertThat(event.getFormattedMessage()).contains("usage piles up", "503");
        });
        assertThat(shown())
                .containsEntry("tollgate_events_parked", "1")
                .containsEntry("tollgate_events_oldest_pending_seconds", "1800");
    }

    @Test
    void aDiskThatFillsIsSaidBeforeItIsFull() {
        freeBytes.set(MoneyWatch.FREE_BYTES_WARNING - 1);
        watch.check();
        nowMillis.addAndGet(600_000);
        freeBytes.set(MoneyWatch.FREE_BYTES_ERROR - 1);
        watch.check();
        watch.check();
        assertThat(log.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.WARN, Level.ERROR);
        assertThat(log.list.getFirst().getFormattedMessage()).contains("2047 MiB left", "nothing more is admitted");
    }

    @Test
    void usageThatFillsItsMemoryIsToldAndToldAgain() {
        ledger.boundBacklog(2);
        watch.check();
        assertThat(log.list).isEmpty();

        ledger.boundBacklog(0);
        watch.check();
        watch.check();
        assertThat(log.list).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.ERROR);
            assertThat(event.getFormattedMessage()).contains("0 events wait for Dodo", "nothing more is admitted");
        });
        nowMillis.addAndGet(600_000);
        watch.check();
        assertThat(log.list).hasSize(2);
    }
}
