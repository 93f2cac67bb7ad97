package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ExpectedErrors;
import dev.tollgate.billing.UsageShipper.Next;
import dev.tollgate.journal.Account;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Dodo fails on single events, or altogether. */
class IsolationTest {
    private static final Account BOB = new Account("cus_bob", "cde_1");
    private static final long HOUR_MILLIS = 3_600_000;

    @RegisterExtension
    final ExpectedErrors errors = new ExpectedErrors();

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;
    private UsageShipper shipper;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        books.open(Books.ALICE, 1_000_000);
        books.open(BOB, 1_000_000);
        dodo = new FakeDodo(clock);
        client = DodoClientTest.client(dodo, clock, 10_000, executor);
        shipper = new UsageShipper(
                books.outbox(),
                books.thread,
                client,
                new BillingSettings.Shipping("api.tokens_used", "tokens", 50, 0),
                clock,
                new Random(1),
                BillingObserver.SILENT,
                Thread.ofVirtual().factory());
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
    }

    /** Goes on until nothing can be sent, or for so many rounds; pauses are skipped. Answers how long they were. */
    private long ship(int roundsMax) throws Exception {
        long begunMillis = clock.millis();
        for (int rounds = 0; rounds < roundsMax; rounds++) {
            switch (shipper.round(true)) {
                case Next.Idle ignored -> {
                    return clock.millis() - begunMillis;
                }
                case Next.Later later -> clock.advance(later.millis());
                case Next.Again ignored -> {}
                case Next.End ignored -> throw new AssertionError("ended");
            }
        }
        return clock.millis() - begunMillis;
    }

    /** Requests {@code req_0} and so on, of two customers in turn. */
    private void settle(int requests) {
        for (int i = 0; i < requests; i++) {
            books.settle("req_" + i, i % 2 == 0 ? Books.ALICE : BOB, 1);
        }
    }

    private static List<String> ids(int requests, List<String> without) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            ids.add("req_" + i);
        }
        ids.removeAll(without);
        return ids;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 49, 50, 77, 119})
    void oneEventOnWhichDodoFailsHoldsUpNobody(int poison) throws Exception {
        settle(120);
        List<String> bad = List.of("req_" + poison);
        dodo.breakingIds.addAll(bad);

        long pausesMillis = ship(300);
        errors.said("usage event req_" + poison + " of");

        assertThat(books.ingested()).containsExactlyInAnyOrderElementsOf(ids(120, bad));
        assertThat(books.quarantined()).isEmpty();
        assertThat(shipper.progress().parkedEvents()).isEqualTo(1);
        assertThat(shipper.progress().pendingEvents()).isEqualTo(1);
        assertThat(pausesMillis).as("isolated soon").isLessThan(180_000);
        assertThat(arrived(0)).as("order of alice").isSorted();
        assertThat(arrived(1)).as("order of bob").isSorted();
    }

    /** The numbers of one customer's requests in the order in which Dodo took them. */
    private List<Integer> arrived(int rest) {
        return books.ingested().stream()
                .map(id -> Integer.parseInt(id.substring(4)))
                .filter(number -> number % 2 == rest)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"0 1", "0 2", "0 2 4 6 8", "10 11 12 13", "3 50 99", "0 1 2 3 4 5 6 7 8 9"})
    void severalSuchEventsHoldUpNobody(String numbers) throws Exception {
        settle(100);
        List<String> bad =
                List.of(numbers.split(" ")).stream().map(each -> "req_" + each).toList();
        dodo.breakingIds.addAll(bad);

        ship(1_000);
        errors.said("is parked: Dodo fails on it");

        assertThat(books.ingested()).containsExactlyInAnyOrderElementsOf(ids(100, bad));
        assertThat(shipper.progress().parkedEvents()).isEqualTo(bad.size());
    }

    @Test
    void aParkedEventIsTriedEverMoreRarelyAndDeliveredOnceWhenItHeals() throws Exception {
        settle(20);
        dodo.breakingIds.add("req_7");
        ship(100);
        errors.said("is parked");
        int attempts = dodo.batches.size();
        for (int minutes = 0; minutes < 6 * 60; minutes++) {
            clock.advance(60_000);
            ship(10);
        }
        assertThat(dodo.batches.size() - attempts).as("tries in six hours").isBetween(8, 14);

        dodo.breakingIds.clear();
        clock.advance(HOUR_MILLIS);
        ship(10);
        clock.advance(2 * HOUR_MILLIS);
        ship(10);

        assertThat(books.ingested()).containsExactlyInAnyOrderElementsOf(ids(20, List.of()));
        assertThat(dodo.events).hasSize(20);
        assertThat(shipper.progress().parkedEvents()).isZero();
        assertThat(shipper.progress().pendingEvents()).isZero();
    }

    @Test
    void whileOneIsParkedOthersGoInFullBatches() throws Exception {
        settle(20);
        dodo.breakingIds.add("req_0");
        ship(100);
        errors.said("is parked");
        for (int i = 20; i < 220; i++) {
            books.settle("req_" + i, Books.ALICE, 1);
        }
        int before = dodo.batches.size();
        ship(100);
        assertThat(dodo.batches.subList(before, dodo.batches.size()))
                .filteredOn(batch -> !batch.contains("req_0"))
                .extracting(List::size)
                .contains(50)
                .hasSizeLessThan(12);
    }

    @Test
    void nothingIsParkedWhileDodoFailsOnEverything() throws Exception {
        settle(120);
        dodo.breakingIds.addAll(ids(120, List.of()));
        ship(60);
        assertThat(shipper.progress().parkedEvents()).isZero();

        dodo.breakingIds.clear();
        ship(100);

        assertThat(books.ingested()).containsExactlyInAnyOrderElementsOf(ids(120, List.of()));
    }

    @Test
    void anOutageChangesNoOrder() throws Exception {
        settle(120);
        dodo.down = true;
        ship(200);
        dodo.down = false;
        ship(100);

        assertThat(books.ingested()).containsExactlyInAnyOrderElementsOf(ids(120, List.of()));
        assertThat(arrived(0)).as("order of alice").isSorted();
        assertThat(arrived(1)).as("order of bob").isSorted();
    }

    @Test
    void aParkedEventThatDodoHadAllTheWhileIsFoundByLookingItUp() throws Exception {
        settle(20);
        dodo.breakingIds.add("req_7");
        ship(100);
        errors.said("is parked");
        dodo.events.put("req_7", dodo.event("req_6"));
        clock.advance(HOUR_MILLIS);

        assertThat(shipper.round(true)).isInstanceOf(Next.Again.class);

        assertThat(books.ingested()).contains("req_7");
        assertThat(shipper.progress().parkedEvents()).isZero();
    }

    @Test
    void aParkedEventThatDodoRefusesInTheEndIsSetAside() throws Exception {
        settle(20);
        dodo.breakingIds.add("req_7");
        ship(100);
        errors.said("is parked");
        dodo.breakingIds.clear();
        dodo.poisonIds.add("req_7");
        clock.advance(HOUR_MILLIS);

        ship(10);

        errors.said("is set aside");
        assertThat(books.quarantined())
                .singleElement()
                .satisfies(fact -> assertThat(fact.requestId()).isEqualTo("req_7"));
        assertThat(shipper.progress().parkedEvents()).isZero();
    }
}
