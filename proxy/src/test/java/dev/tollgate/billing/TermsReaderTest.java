package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.BillingObserver.Mismatch;
import dev.tollgate.billing.FakeDodo.Parcel;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Fact.Standing;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TermsReaderTest {
    private static final long MINUTE_MILLIS = 60_000;

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Mismatch> mismatches = new CopyOnWriteArrayList<>();
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;
    private TermsReader terms;
    private BalanceReader balances;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        dodo = new FakeDodo(clock);
        client = DodoClientTest.client(dodo, clock, 10_000, executor);
        terms = new TermsReader(client, clock, executor);
        BillingObserver observer = new BillingObserver() {
            @Override
            public void termsMismatched(Mismatch mismatch) {
                mismatches.add(mismatch);
            }
        };
        balances = new BalanceReader(
                client, books.thread, BillingSettings.Refreshing.USUAL, clock, clock, observer, executor);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
    }

    private Fact.Terms read() throws Exception {
        return terms.read(Books.ALICE, List.of());
    }

    private Fact.Terms refreshed() throws Exception {
        balances.refresh(Books.ALICE).toCompletableFuture().get(30, TimeUnit.SECONDS);
        return books.look(Books.ALICE).terms();
    }

    private void grant(String id, long remaining, Instant expiresAt) {
        dodo.grants.put("cus_alice", List.of(new Parcel(id, remaining, expiresAt)));
    }

    @ParameterizedTest
    @CsvSource({
        "active, LIVE, 1",
        "past_due, LIVE, 1",
        "paused, PAUSED, 0",
        "on_hold, ON_HOLD, 0",
        "cancelled, ENDED, 0",
        "failed, ENDED, 0",
        "expired, ENDED, 0",
        "pending, NONE, 0",
        "something_new, PAUSED, 0"
    })
    void aSubscriptionsStatusIsTheStanding(String status, Standing standing, int deducting) throws Exception {
        dodo.subscriptions.put("sub_1", status);

        assertThat(read()).isEqualTo(new Fact.Terms(0, standing, deducting, List.of()));
    }

    @Test
    void theBestSubscriptionCounts() throws Exception {
        dodo.subscriptions.put("sub_1", "cancelled");
        assertThat(read().standing()).isEqualTo(Standing.ENDED);
        dodo.subscriptions.put("sub_2", "on_hold");
        assertThat(read().standing()).isEqualTo(Standing.ON_HOLD);
        dodo.subscriptions.put("trial_3", "active");
        assertThat(read().standing()).isEqualTo(Standing.TRIAL);
        dodo.subscriptions.put("sub_4", "past_due");
        assertThat(read().standing()).isEqualTo(Standing.LIVE);
    }

    @Test
    void subscriptionsToSomethingElseAreNoConcern() throws Exception {
        dodo.subscriptions.put("sub_1", "active");
        dodo.unrelatedIds.add("sub_1");
        dodo.overageEnabled = true;

        assertThat(read()).isEqualTo(Fact.Terms.NONE);
    }

    @Test
    void whatMayBeOverdrawnOfOtherCreditsMayNotOfThese() throws Exception {
        dodo.subscriptions.put("sub_1", "active");
        dodo.overageEnabled = true;
        dodo.overageLimit = "500";
        assertThat(read().overageLimitUnits()).isEqualTo(500);
        dodo.overageEntitlementId = "cde_other";
        assertThat(read().overageLimitUnits()).isZero();
    }

    @Test
    void whatASubscriptionDeductsFromIsAskedOnce() throws Exception {
        dodo.subscriptions.put("sub_1", "active");
        read();
        read();

        assertThat(dodo.requests.stream().filter(request -> request.equals("GET /subscriptions/sub_1")))
                .hasSize(1);
    }

    @Test
    void grantsThatExpireAreKnownWithWhatIsLeftOfThem() throws Exception {
        Instant at = Instant.ofEpochMilli(clock.millis() + 1_000);
        grant("cdg_1", 70, at);

        assertThat(read().grants()).containsExactly(new Fact.Grant("cdg_1", at.toEpochMilli(), 70));
    }

    @Test
    void creditsThatNothingDeductsAreWarnedAboutOnce() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        dodo.subscriptions.put("sub_1", "active");
        dodo.unmeteredIds.add("sub_1");

        assertThat(refreshed()).isEqualTo(new Fact.Terms(0, Standing.LIVE, 0, List.of()));
        refreshed();
        assertThat(mismatches).containsExactly(Mismatch.NOT_DEDUCTED);
    }

    @Test
    void whoeverHasNoCreditsNeedsNoMeter() throws Exception {
        refreshed();
        assertThat(mismatches).isEmpty();
    }

    @Test
    void twoSubscriptionsThatDeductFromTheSameCreditsAreWarnedAboutOnce() throws Exception {
        dodo.subscriptions.put("sub_1", "active");
        dodo.subscriptions.put("sub_2", "past_due");

        assertThat(refreshed().deductingSubscriptions()).isEqualTo(2);
        refreshed();
        assertThat(mismatches).containsExactly(Mismatch.DEDUCTED_TWICE);
    }

    @Test
    void termsOnWhichACustomerMayBeRefusedAreReadAgainBeforeEachRefusal() throws Exception {
        dodo.subscriptions.put("sub_1", "paused");
        assertThat(refreshed().standing()).isEqualTo(Standing.PAUSED);
        dodo.subscriptions.put("sub_1", "active");
        clock.advance(10_000);

        assertThat(refreshed().standing()).isEqualTo(Standing.LIVE);
    }

    @Test
    void grantsThatExpireSoonAreListedAgainAndOthersAreNot() throws Exception {
        grant("cdg_1", 70, Instant.ofEpochMilli(clock.millis() + 10 * MINUTE_MILLIS));
        refreshed();
        clock.advance(MINUTE_MILLIS);
        refreshed();
        assertThat(dodo.count("GET /credit-entitlements/cde_1/balances/cus_alice/grants"))
                .isEqualTo(1);
        clock.advance(5 * MINUTE_MILLIS);
        grant("cdg_1", 60, Instant.ofEpochMilli(clock.millis() + 4 * MINUTE_MILLIS));
        assertThat(refreshed().grants().getFirst().remainingUnits()).isEqualTo(60);
    }

    /** Its last 70 were used before it expired, or Dodo is late to take them. */
    @Test
    void ofAGrantThatIsDueAndGoneFromTheListItIsAskedWhetherItWasUsedUp() throws Exception {
        dodo.post("cus_alice", "credit_added", 100);
        Instant at = Instant.ofEpochMilli(clock.millis() + MINUTE_MILLIS);
        grant("cdg_1", 70, at);
        refreshed();
        clock.advance(MINUTE_MILLIS);
        dodo.grants.put("cus_alice", List.of());

        assertThat(refreshed().grants()).as("perhaps still to be taken").hasSize(1);
        clock.advance(10_000);
        grant("cdg_1", 0, at);
        assertThat(refreshed().expiringUnits(clock.millis())).isZero();
        clock.advance(10 * MINUTE_MILLIS);
        assertThat(refreshed().grants()).isEmpty();
        assertThat(dodo.count("GET /credit-entitlements/cde_1/balances/cus_alice/grants?status=depleted"))
                .as("once it is known it is not asked again")
                .isEqualTo(2);
    }
}
