package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ExpectedErrors;
import dev.tollgate.journal.Account;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an authentic message leads to beside a change of the balance: keys, warnings, and readings. */
class WebhookEffectsTest {
    private static final String KEY = "sk-licence-0123456789";

    @RegisterExtension
    final ExpectedErrors errors = new ExpectedErrors();

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final SignedWebhooks dodoSends = new SignedWebhooks();

    /** What the keeper of licence keys and the observer were told. */
    private final List<String> told = new CopyOnWriteArrayList<>();

    private final BillingObserver observer = new BillingObserver() {
        @Override
        public void webhookEnded(String type, WebhookOutcome outcome) {
            told.add(type + " " + outcome);
        }

        @Override
        public void balanceLow(Account account, long availableUnits) {
            told.add(account + " has " + availableUnits);
        }
    };
    private volatile boolean keeps = true;
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;
    private BalanceReader balances;
    private WebhookReceiver receiver;

    private final class Keeper implements WebhookReceiver.Licences {
        @Override
        public boolean adopt(Account account, String grantId, String key) {
            told.add("adopt " + account + " '" + grantId + "' '" + key + "'");
            return keeps;
        }

        @Override
        public boolean revoke(Account account, String grantId, String key) {
            told.add("revoke " + account + " '" + grantId + "' '" + key + "'");
            return keeps;
        }
    }

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        dodo = new FakeDodo(clock);
        client = DodoClientTest.client(dodo, clock, 10_000, executor);
        balances = new BalanceReader(
                client, books.thread, BillingSettings.Refreshing.USUAL, clock, clock, observer, executor);
        receiver = receiver();
        receiver.keepLicences(new Keeper());
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
    }

    private WebhookReceiver receiver() {
        return new WebhookReceiver(
                new BillingSettings.Webhooks(List.of(SignedWebhooks.SECRET)),
                "cde_1",
                1,
                books.thread,
                balances,
                customer -> customer.equals("cus_alice"),
                clock,
                observer,
                executor);
    }

    private static ObjectNode data() {
        return JsonNodeFactory.instance.objectNode().put("customer_id", "cus_alice");
    }

    private static ObjectNode licence(String key) {
        return data().put("id", "lic_1").put("key", key).put("status", "active");
    }

    private static ObjectNode grant(String status) {
        ObjectNode data = data().put("id", "grant_1").put("status", status).put("integration_type", "license_key");
        data.putObject("license_key").put("key", KEY);
        return data;
    }

    private int send(String type, ObjectNode data) throws Exception {
        return dodoSends.send(receiver, type, data);
    }

    private void read() throws Exception {
        balances.refresh(Books.ALICE).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @CsvSource({"4096, 200", "4097, 401"})
    void signaturesAreReadUpToALength(int length, int status) throws Exception {
        String body = SignedWebhooks.event("license_key.created", JsonNodeFactory.instance.objectNode());
        assertThat(dodoSends.send(receiver, SignedWebhooks.SECRET, body, length))
                .isEqualTo(status);
    }

    @Test
    void aLicenceKeyIsKeptForItsCustomer() throws Exception {
        assertThat(send("license_key.created", licence(KEY))).isEqualTo(200);
        assertThat(told).contains("adopt " + Books.ALICE + " '' '" + KEY + "'");
    }

    @Test
    void aGrantBringsItsKeyAndTakesItAway() throws Exception {
        assertThat(send("entitlement_grant.delivered", grant("Delivered"))).isEqualTo(200);
        ObjectNode keyless = grant("Revoked");
        keyless.remove("license_key");
        assertThat(send("entitlement_grant.revoked", keyless)).isEqualTo(200);
        assertThat(send("entitlement_grant.revoked", grant("Revoked"))).isEqualTo(200);
        assertThat(told)
                .filteredOn(each -> each.contains("grant_1"))
                .containsExactly(
                        "adopt " + Books.ALICE + " 'grant_1' '" + KEY + "'",
                        "revoke " + Books.ALICE + " 'grant_1' ''",
                        "revoke " + Books.ALICE + " 'grant_1' '" + KEY + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"expired", "Disabled", "REVOKED"})
    void aKeyThatHasEndedWorksNoMore(String status) throws Exception {
        send("license_key.created", licence(KEY).put("status", status));
        send("entitlement_grant.delivered", grant(status));
        assertThat(told)
                .contains(
                        "revoke " + Books.ALICE + " '' '" + KEY + "'",
                        "revoke " + Books.ALICE + " 'grant_1' '" + KEY + "'")
                .noneMatch(each -> each.startsWith("adopt"));
    }

    @Test
    void grantsOfOtherKindsAreNoKeys() throws Exception {
        send("entitlement_grant.revoked", grant("Revoked").put("integration_type", "discord"));
        send("entitlement_grant.created", grant("Created"));
        send("license_key.created", licence(KEY).put("customer_id", ""));
        send("license_key.created", licence(""));
        send("license_key.created", licence("").put("status", "expired"));
        assertThat(told).noneMatch(each -> each.startsWith("adopt") || each.startsWith("revoke"));
    }

    @ParameterizedTest
    @CsvSource({"15, false", "16, true", "512, true", "513, false"})
    void aKeyThatCouldBeGuessedIsNone(int length, boolean kept) throws Exception {
        assertThat(send("license_key.created", licence("k".repeat(length)))).isEqualTo(200);
        assertThat(told.stream().anyMatch(each -> each.startsWith("adopt"))).isEqualTo(kept);
    }

    @Test
    void aKeyThatCouldNotBeKeptIsAskedForAgain() throws Exception {
        keeps = false;
        assertThat(send("license_key.created", licence(KEY))).isEqualTo(503);
        assertThat(send("entitlement_grant.revoked", grant("Revoked"))).isEqualTo(503);
    }

    @Test
    void aForgedKeyReachesNobody() throws Exception {
        String foreign = "whsec_Zm9yZWlnbiBzZWNyZXQgb2Ygc29tZWJvZHk=";
        String body = SignedWebhooks.event("license_key.created", licence(KEY));
        assertThat(dodoSends.send(receiver, foreign, body)).isEqualTo(401);
        assertThat(told).containsExactly("none UNVERIFIED");
    }

    @Test
    void withoutAKeeperLicencesAreNoConcern() throws Exception {
        receiver = receiver();
        assertThat(send("license_key.created", licence(KEY))).isEqualTo(200);
        assertThat(told).containsExactly("license_key.created IGNORED");
    }

    @Test
    void aKeyIsNotShownWhereAChangeIs() {
        assertThat(LicenceKeys.read("license_key.created", licence(KEY)))
                .hasValueSatisfying(change -> assertThat(change.toString()).doesNotContain(KEY));
    }

    @Test
    void aWarningOfDodosIsPassedOnForOurCustomersAndCredits() throws Exception {
        ObjectNode low = data().put("credit_entitlement_id", "cde_1").put("available_balance", "12.9");
        assertThat(send("credit.balance_low", low)).isEqualTo(200);
        assertThat(send("credit.balance_low", low.deepCopy().put("credit_entitlement_id", "cde_other")))
                .isEqualTo(200);
        assertThat(send("credit.balance_low", low.deepCopy().put("customer_id", "cus_stranger")))
                .isEqualTo(200);
        assertThat(told)
                .containsExactly(
                        Books.ALICE + " has 12",
                        "credit.balance_low REFRESHED",
                        "credit.balance_low IGNORED",
                        "credit.balance_low IGNORED");
    }

    @Test
    void aGrantIsFollowedByAReadingOfTheTermsAndADeductionIsNot() throws Exception {
        read();
        long before = dodo.count("GET /subscriptions?");
        send("credit.added", FakeDodo.json("cus_alice", dodo.post("cus_alice", "credit_added", 1_000)));
        read();
        assertThat(dodo.count("GET /subscriptions?")).isEqualTo(before + 1);
        send("credit.deducted", FakeDodo.json("cus_alice", dodo.post("cus_alice", "credit_deducted", -10)));
        read();
        assertThat(dodo.count("GET /subscriptions?")).isEqualTo(before + 1);
    }

    @Test
    void aMessageOfWhichNothingIsMissingNeedsNoReading() throws Exception {
        read();
        long before = dodo.requests.size();
        send("credit.added", FakeDodo.json("cus_alice", dodo.post("cus_alice", "credit_added", 1_000)));
        assertThat(dodo.requests).hasSize((int) before);
        assertThat(books.look(Books.ALICE).netUnits()).isEqualTo(1_000);
    }

    @Test
    void oneThatFailsIsAskedForAgain() throws Exception {
        receiver.keepLicences(new WebhookReceiver.Licences() {
            @Override
            public boolean adopt(Account account, String grantId, String key) {
                throw new IllegalStateException("broken");
            }

            @Override
            public boolean revoke(Account account, String grantId, String key) throws InterruptedException {
                throw new InterruptedException();
            }
        });
        assertThat(send("license_key.created", licence(KEY))).isEqualTo(503);
        errors.said("a webhook failed");
        assertThat(send("entitlement_grant.revoked", grant("Revoked"))).isEqualTo(503);
        assertThat(told).containsExactly("none UNAVAILABLE", "none UNAVAILABLE");
    }

    @Test
    void placesAreGivenBackHoweverAMessageEnds() throws Exception {
        for (int i = 0; i < 100; i++) {
            assertThat(dodoSends.send(receiver, SignedWebhooks.SECRET, "not json"))
                    .isEqualTo(400);
        }
        WebhookReceiver closing = new WebhookReceiver(
                new BillingSettings.Webhooks(List.of(SignedWebhooks.SECRET)),
                "cde_1",
                1,
                books.thread,
                balances,
                customer -> true,
                clock,
                observer,
                task -> {
                    if (told.size() < 200) {
                        throw new RejectedExecutionException();
                    }
                    task.run();
                });
        for (int i = 0; i < 100; i++) {
            assertThat(dodoSends.send(closing, "license_key.created", licence(KEY)))
                    .isEqualTo(503);
        }
        assertThat(dodoSends.send(closing, "license_key.created", licence(KEY))).isEqualTo(200);
    }

    @Test
    void aBodyOfTheLargestSizeIsRead() throws Exception {
        String start = "{\"type\":\"payment.failed\",\"data\":\"";
        String body = start + "x".repeat((256 << 10) - start.length() - 2) + "\"}";
        assertThat(dodoSends.send(receiver, SignedWebhooks.SECRET, body)).isEqualTo(200);
    }

    @Test
    void whatHasAnEffectIsAwaitedAndWhatHasNoneIsNot() {
        assertThat(WebhookReceiver.awaitedTypes())
                .contains(
                        "credit.added",
                        "credit.balance_low",
                        "subscription.active",
                        "entitlement_grant.revoked",
                        "payment.succeeded",
                        "license_key.created")
                .doesNotContain("payment.failed");
    }
}
