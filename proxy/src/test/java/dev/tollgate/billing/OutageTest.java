package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.UsageShipper.Next;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import dev.tollgate.journal.SqliteJournal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dodo is away for three days, while fifty thousand requests are served. */
class OutageTest {
    private static final int REQUESTS = 50_000;
    private static final int CUSTOMERS = 25;
    private static final long OUTAGE_MILLIS = Duration.ofDays(3).toMillis();

    @TempDir
    Path folder;

    private final MovableClock clock = new MovableClock();

    /** Remembers how much was held at once. */
    private static final class Measured implements Outbox {
        private final Outbox outbox;
        private int eventsMax;
        private int counts;

        Measured(Outbox outbox) {
            this.outbox = outbox;
        }

        @Override
        public List<Pending> pending(long afterSequence, int events, int entries) throws JournalException {
            List<Pending> found = outbox.pending(afterSequence, events, entries);
            eventsMax = Math.max(eventsMax, found.size());
            return found;
        }

        @Override
        public long pendingCount() throws JournalException {
            counts++;
            return outbox.pendingCount();
        }
    }

    /** Spread evenly over the outage, whose end is now. */
    private void serve() throws JournalException {
        long begunMillis = clock.millis();
        clock.advance(OUTAGE_MILLIS);
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            List<Fact> group = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                long atMillis = begunMillis + OUTAGE_MILLIS / REQUESTS * i;
                Account account = new Account("cus_" + i % CUSTOMERS, "cde_1");
                String id = "req_" + i;
                group.add(new Fact.Reserved(id, account, "key_1", "gpt-5", 500, 500, atMillis));
                group.add(new Fact.Settled(
                        id, account, "key_1", "gpt-5", "gpt-5", 700, Fact.Tokens.NONE, false, atMillis));
                if (group.size() >= 1_000) {
                    journal.append(group);
                    group.clear();
                }
            }
            journal.append(group);
            journal.checkpoint();
        }
    }

    @Test
    void afterThreeDaysEverythingArrivesOnceInOrderAndWithinTheLimits() throws Exception {
        serve();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                Books books = new Books(folder, clock);
                FakeDodo dodo = new FakeDodo(clock);
                DodoClient client = DodoClientTest.client(dodo, clock, 60_000, executor)) {
            Measured outbox = new Measured(books.outbox());
            UsageShipper shipper = new UsageShipper(
                    outbox,
                    books.thread,
                    client,
                    new BillingSettings.Shipping("api.tokens_used", "tokens", 200, 1_000),
                    clock,
                    new Random(1),
                    BillingObserver.SILENT,
                    Thread.ofVirtual().factory());
            long begunMillis = clock.millis();

            ship(shipper);

            assertThat(dodo.events).hasSize(REQUESTS);
            assertThat(books.ingested()).hasSize(REQUESTS).doesNotHaveDuplicates();
            assertOrder(books.ingested());
            assertThat(dodo.event("req_0").has("timestamp")).isFalse();
            assertThat(dodo.event("req_" + (REQUESTS - 1)).has("timestamp")).isTrue();
            assertThat(dodo.batches).hasSize(REQUESTS / 200);
            assertThat(outbox.eventsMax).as("events in memory at once").isEqualTo(200);
            assertThat(outbox.counts).as("scans of the whole line").isLessThan(10);
            assertThat(clock.millis() - begunMillis).as("time to catch up").isLessThan(180_000);
            assertLimits(dodo.requestMillis);
        }
    }

    /** What docs/operations.md tells operators to reckon with, for names of the usual length. */
    @Test
    void aRequestTakesSixHundredBytesOfDiskAtMostWhileItWaitsAndSevenHundredInTheEnd() throws Exception {
        int requests = 20_000;
        Random random = new Random(7);
        Account account = new Account("cus_8VbC6JDZzPEqfBPUdpj0K", "cde_8VbC6JDZzPEqfBPUdpj0K");
        List<Fact> begun = new ArrayList<>();
        List<Fact> acknowledged = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            String id = new UUID(0x019a_0000_0000_7000L | (long) i << 16, random.nextLong()).toString();
            begun.add(new Fact.Reserved(id, account, "key_production", "gpt-4o-mini", 900, 4_096, clock.millis()));
            begun.add(new Fact.Settled(
                    id,
                    account,
                    "key_production",
                    "gpt-4o-mini",
                    "gpt-4o-mini-2024-07-18",
                    1_234,
                    new Fact.Tokens(700, 534, 1_234, 512, 0),
                    false,
                    clock.millis()));
            acknowledged.add(new Fact.Ingested(id, account, clock.millis()));
        }
        long before = bytesAfter(begun) / requests;
        long after = bytesAfter(acknowledged) / requests;
        System.out.println("journal: " + before + " bytes a request while it waits, " + after + " bytes in the end");
        assertThat(before).isBetween(400L, 600L);
        assertThat(after).isBetween(500L, 700L);
    }

    private long bytesAfter(List<Fact> facts) throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            journal.append(facts);
            journal.checkpoint();
        }
        return Files.size(folder.resolve("journal.db"));
    }

    private void ship(UsageShipper shipper) throws Exception {
        while (true) {
            switch (shipper.round(false)) {
                case Next.Idle ignored -> {
                    return;
                }
                case Next.Later later -> clock.advance(later.millis());
                case Next.Again ignored -> {}
                case Next.End ignored -> throw new AssertionError("ended");
            }
        }
    }

    private static void assertOrder(List<String> ids) {
        Map<Integer, Integer> last = new HashMap<>();
        for (String id : ids) {
            int number = Integer.parseInt(id.substring(4));
            Integer before = last.put(number % CUSTOMERS, number);
            assertThat(before == null || before < number).as(id).isTrue();
        }
    }

    /** The smallest tier: 40 calls in any second, 240 in any minute. */
    private static void assertLimits(List<Long> millis) {
        List<Long> times = List.copyOf(millis);
        for (int i = 0; i < times.size(); i++) {
            assertThat(i < 40 || times.get(i) - times.get(i - 40) >= 1_000).isTrue();
            assertThat(i < 240 || times.get(i) - times.get(i - 240) >= 60_000).isTrue();
        }
    }
}
