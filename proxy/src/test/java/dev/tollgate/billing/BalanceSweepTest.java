package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.Reading;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dodo's list of balances beside the ledger, on a clock that tests move and Dodo's smallest rate limit. */
class BalanceSweepTest {
    private static final long SECOND = 1_000;
    private static final String LIST = "GET /credit-entitlements/cde_1/balances?";

    private final MovableClock clock = new MovableClock();
    private final AtomicInteger waits = new AtomicInteger();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Account> accounts = new ArrayList<>();
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;
    private BalanceReader balances;
    private BalanceSweep sweep;
    private long sweepDueMillis;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        dodo = new FakeDodo(clock);
        DodoClient.Pause counting = millis -> {
            waits.incrementAndGet();
            clock.pause(millis);
        };
        client = new DodoClient(
                new BillingSettings.Dodo(dodo.uri(), "key", 10_000, 1, BillingSettings.RateLimit.SMALLEST),
                clock,
                counting,
                new Random(1),
                executor);
        balances = new BalanceReader(
                client,
                books.thread,
                BillingSettings.Refreshing.USUAL,
                clock,
                clock,
                BillingObserver.SILENT,
                Runnable::run);
        sweep = balances.sweep("cde_1");
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
    }

    /** So many customers with 100 units each, all known here. */
    private void customers(int count) {
        for (int i = 0; i < count; i++) {
            accounts.add(new Account("cus_" + i, "cde_1"));
            dodo.post("cus_" + i, "credit_added", 100);
        }
        clock.advance(SECOND);
        for (Account account : accounts) {
            Reading reading = new Reading(100, 0, clock.millis() * 1_000, List.of(), Fact.Terms.NONE, clock.millis());
            books.thread.submit(new Command.ApplyReading(account, reading, clock.millis()), reply -> {});
        }
        books.look(accounts.getLast());
        clock.advance(SECOND);
    }

    private void sweepWhenDue() throws InterruptedException {
        while (clock.millis() >= sweepDueMillis) {
            sweepDueMillis = clock.millis() + sweep.step();
        }
    }

    private long available(Account account) {
        return books.look(account).availableUnits();
    }

    private void second(int number) throws InterruptedException {
        if (number % 6 == 0) {
            accounts.forEach(balances::touch);
        }
        Fact.Settled settled = new Fact.Settled(
                "event_" + number, accounts.getFirst(), "key", "m", "m", 1, Fact.Tokens.NONE, false, clock.millis());
        var unused = client.ingest(List.of(new UsageEvent(settled, "api.tokens_used", "tokens", true)));
        sweepWhenDue();
        clock.advance(SECOND);
    }

    @Test
    void ofTenThousandCustomersInUseALostTopUpIsFoundWithinThreeMinutes() throws Exception {
        customers(10_000);
        int seconds = 0;
        for (; seconds < 60; seconds++) {
            second(seconds);
        }
        assertThat(waits).as("how often shipping waited").hasValue(0);
        Account last = accounts.get(9_999 / 3);
        dodo.post(last.customerId(), "credit_added", 900);
        int lost = seconds;
        for (; available(last) == 100 && seconds < lost + 600; seconds++) {
            second(seconds);
        }
        int found = seconds - lost;
        long mostCalls = 0;
        for (long from = dodo.requestMillis.getFirst(); from < clock.millis(); from += SECOND) {
            long first = from;
            mostCalls = Math.max(
                    mostCalls,
                    dodo.requestMillis.stream()
                            .filter(at -> first <= at && at < first + 60 * SECOND)
                            .count());
        }

        System.out.println("Balance sweep: 10000 customers in use, a lost top-up is found after " + found
                + " seconds, at most " + mostCalls + " calls a minute, 60 of them shipping, " + dodo.count(LIST)
                + " pages in " + seconds + " seconds");
        assertThat(available(last)).isEqualTo(1_000);
        assertThat(found).isLessThanOrEqualTo(180);
        assertThat(mostCalls).isLessThanOrEqualTo(200);
        assertThat(waits).hasValue(0);
    }

    @Test
    void anAccountThatAgreesIsReadOnlyWhenItsTermsAre() throws Exception {
        customers(1);
        Account account = accounts.getFirst();
        var unused = balances.refresh(account);
        dodo.requests.clear();
        for (int i = 0; i < 9 * 60; i++) {
            second(i);
        }
        assertThat(dodo.count("GET /credit-entitlements/cde_1/balances/"))
                .as("readings of the account itself")
                .isZero();

        for (int i = 0; i < 3 * 60; i++) {
            second(1_000 + i);
        }
        assertThat(dodo.count("GET /subscriptions")).isEqualTo(1);
    }

    @Test
    void whatDodoHasDeductedInTheMeantimeIsReadInTurnAndWhatCameOrWentFirst() throws Exception {
        customers(3);
        books.settle("req_1", accounts.get(0), 40);
        books.settle("req_2", accounts.get(1), 40);
        dodo.post("cus_0", "credit_deducted", -40);
        dodo.post("cus_1", "credit_deducted", -41);
        dodo.post("cus_2", "credit_added", 1);
        List<String> findings = new ArrayList<>();
        BalanceSweep watched = watched(findings);

        watched.step();

        assertThat(findings).containsExactlyInAnyOrder("call", "cus_0 lags", "cus_1 differs", "cus_2 differs");
    }

    @Test
    void anAccountThatIsNotInUseHereIsPassedOver() throws Exception {
        dodo.post("cus_stranger", "credit_added", 5);
        List<String> findings = new ArrayList<>();

        watched(findings).step();

        assertThat(findings).containsExactly("call");
    }

    @Test
    void aPageThatFailsIsAskedForAgainAndARoundBeginsAfterTheLast() throws Exception {
        customers(101);
        List<String> findings = new ArrayList<>();
        BalanceSweep watched = watched(findings);
        assertThat(watched.step()).isZero();
        assertThat(watched.step()).as("one call a second").isEqualTo(SECOND);
        clock.advance(SECOND);
        for (int i = 0; i < 5; i++) {
            dodo.fail(503, "");
        }
        assertThat(watched.step()).isEqualTo(10_000);
        dodo.faults.clear();
        clock.advance(10_000);
        watched.step();
        clock.advance(SECOND);

        assertThat(watched.step()).as("to the next round").isBetween(1L, 30_000L);
        clock.advance(30_000);
        watched.step();

        assertThat(findings).filteredOn(finding -> finding.endsWith("agrees")).hasSize(201);
        assertThat(dodo.requests.getLast()).contains("page_number=0");
    }

    private BalanceSweep watched(List<String> findings) {
        LedgerClient ledger = new LedgerClient(books.thread);
        return new BalanceSweep(client, ledger, "cde_1", 40, 30_000, clock, new BalanceSweep.Findings() {
            @Override
            public void calls() {
                findings.add("call");
            }

            @Override
            public void agrees(Account account) {
                findings.add(account.customerId() + " agrees");
            }

            @Override
            public void lags(Account account) {
                findings.add(account.customerId() + " lags");
            }

            @Override
            public void differs(Account account) {
                findings.add(account.customerId() + " differs");
            }
        });
    }
}
