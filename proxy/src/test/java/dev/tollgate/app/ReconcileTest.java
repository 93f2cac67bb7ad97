package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import dev.tollgate.sandbox.dodo.Plan;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal and the sandbox's Dodo agree, or are tampered with in one way each. */
class ReconcileTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final long CREDITS = 100_000;

    @TempDir
    Path folder;

    private Sandbox sandbox;
    private final long nowMillis = Instant.now().toEpochMilli();
    private final List<Fact> facts = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false));
        sandbox.dodo().createEntitlement("cde_1");
        sandbox.dodo().createMeter("mtr_1", "api.tokens_used", "tokens");
        for (String customer : List.of("cus_1", "cus_2")) {
            sandbox.dodo().createCustomer(customer, customer + "@example.com");
        }
        sandbox.dodo().subscribe("cus_1", Plan.of("cde_1", "mtr_1", CREDITS));
        facts.add(new Fact.Based(
                ACCOUNT,
                CREDITS,
                0,
                0,
                List.of(sandbox.dodo().ledger("cus_1").getFirst().id()),
                nowMillis));
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    private Fact.Settled settle(String requestId, long units, boolean estimated, long ageMillis) {
        long atMillis = nowMillis - ageMillis;
        facts.add(new Fact.Reserved(requestId, ACCOUNT, "key_a", "gpt-5", 500, 500, atMillis));
        Fact.Settled settled = new Fact.Settled(
                requestId, ACCOUNT, "key_a", "gpt-5", null, units, Fact.Tokens.NONE, estimated, atMillis);
        facts.add(settled);
        return settled;
    }

    private void acknowledge(String requestId) {
        facts.add(new Fact.Ingested(requestId, ACCOUNT, nowMillis));
    }

    /** Settled here, and at Dodo with an amount of its own. */
    private void billed(String requestId, long units, long dodoUnits, boolean estimated) throws Exception {
        settle(requestId, units, estimated, 1_000);
        acknowledge(requestId);
        ingest(requestId, "cus_1", Long.toString(dodoUnits));
    }

    private void ingest(String eventId, String customerId, String tokens) throws Exception {
        String body = "{\"events\":[{\"event_id\":\"" + eventId + "\",\"customer_id\":\"" + customerId
                + "\",\"event_name\":\"api.tokens_used\",\"metadata\":{\"tokens\":" + tokens + "}}]}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(sandbox.dodoBaseUrl() + "/events/ingest"))
                .header("Authorization", "Bearer " + SandboxOptions.defaults().dodoApiKey())
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    /** Dodo deducts what it has, and the journal takes the entry over. */
    private void deduct() {
        long before = sandbox.dodo().ledger("cus_1").size();
        sandbox.dodo().runWorker();
        sandbox.dodo().ledger("cus_1").stream()
                .skip(before)
                .forEach(entry -> apply(
                        entry.id(),
                        -entry.amount().longValueExact(),
                        entry.amount().longValueExact()));
    }

    private void apply(String entryId, long netUnits, long usageUnits) {
        facts.add(new Fact.EntryApplied(
                ACCOUNT, entryId, "credit_deducted", netUnits, usageUnits, nowMillis * 1_000, nowMillis));
    }

    private Commands.Ended reconcile(String... more) throws Exception {
        Path data = folder.resolve("data");
        try (Journal journal = SqliteJournal.open(data)) {
            journal.append(facts);
            facts.clear();
            List<String> arguments = new ArrayList<>(
                    List.of("reconcile", "--config", settings(data).toString()));
            arguments.addAll(List.of(more));
            return Commands.run(arguments.toArray(String[]::new));
        }
    }

    private Path settings(Path data) throws IOException {
        return Files.writeString(folder.resolve("tollgate.yaml"), """
                journal: { path: "%s" }
                upstreams: [ { name: openai, base_url: "https://api.openai.com/v1", api_key: sk-none } ]
                dodo:
                  base_url: "%s"
                  api_key: "%s"
                  webhook_keys: [ "%s" ]
                  entitlement: cde_1
                  timeout: 2s
                keys: [ { id: a, key: tg_test_key_of_the_reconcile_tests, customer: cus_1 } ]
                """.formatted(
                        data,
                        sandbox.dodoBaseUrl(),
                        SandboxOptions.defaults().dodoApiKey(),
                        SandboxOptions.defaults().webhookSecret()));
    }

    /** The differences as reason, subject, units here and units at Dodo. */
    private List<String> differences(String... more) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.addAll(List.of("--format", "json"));
        Commands.Ended ended = reconcile(arguments.toArray(String[]::new));
        JsonNode json = new ObjectMapper().readTree(ended.out());
        List<String> rows = new ArrayList<>();
        json.get("differences")
                .forEach(each -> rows.add(each.get("reason").asText() + "|"
                        + each.get("subject").asText() + "|"
                        + each.get("journal_units").asText() + "|"
                        + each.get("dodo_units").asText()));
        assertThat(json.get("equal").asBoolean()).isEqualTo(rows.isEmpty());
        assertThat(ended.exitCode()).isEqualTo(rows.isEmpty() ? 0 : 1);
        return rows;
    }

    @Test
    void booksThatAgreeAreEqualWhileTheServiceHoldsTheJournal() throws Exception {
        for (int i = 0; i < 230; i++) {
            billed("r" + i, 10 + i, 10 + i, i % 7 == 0);
        }
        deduct();

        Commands.Ended ended = reconcile("--customer", "cus_1");

        assertThat(ended.out()).startsWith("equal: 230 settlements here, 230 events at Dodo, 1 account, since ");
        assertThat(ended.errors()).contains("asking Dodo");
        assertThat(ended.exitCode()).isZero();
    }

    @Test
    void whatWaitsIsNotIngestedYet() throws Exception {
        settle("r1", 70, false, 1_000);
        settle("old", 30, false, 90 * 86_400_000L);
        assertThat(differences()).containsExactly("not ingested yet|r1|70|null", "not ingested yet|old|30|null");
    }

    @Test
    void whatIsSetAsideIsNamedWithDodosReason() throws Exception {
        settle("r1", 70, false, 1_000);
        facts.add(new Fact.Quarantined("r1", ACCOUNT, "422 no such customer", nowMillis));
        Commands.Ended ended = reconcile();
        assertThat(ended.out()).contains("quarantined", "r1", "422 no such customer", "1 difference: ");
        assertThat(ended.exitCode()).isEqualTo(1);
    }

    @Test
    void whatThisJournalNeverSettledIsFound() throws Exception {
        ingest("stranger", "cus_1", "5");
        assertThat(differences()).containsExactly("not in this journal|stranger|null|5");
    }

    @Test
    void anotherAmountIsFoundAndAnEstimateSaysThatItIsOne() throws Exception {
        billed("r1", 70, 71, false);
        billed("r2", 40, 400, true);
        assertThat(differences())
                .containsExactly("amount differs|r1|70|71", "estimated|r2|40|400", "not deducted yet||110|null");
    }

    @Test
    void anAmountThatNoMeterSumsIsFound() throws Exception {
        settle("r1", 70, false, 1_000);
        acknowledge("r1");
        ingest("r1", "cus_1", "\"70\"");
        assertThat(differences()).contains("amount differs|r1|70|null");
    }

    @Test
    void anEventOfAnotherCustomerIsFound() throws Exception {
        settle("r1", 70, false, 1_000);
        acknowledge("r1");
        ingest("r1", "cus_2", "70");
        assertThat(differences()).contains("customer differs|r1|70|70");
    }

    @Test
    void anAcknowledgedEventThatDodoDoesNotHaveIsMissingOrTooOld() throws Exception {
        billed("r1", 5, 5, false);
        settle("gone", 70, false, 1_000);
        acknowledge("gone");
        settle("aged", 30, false, 40 * 86_400_000L);
        acknowledge("aged");
        assertThat(differences("--since", "60d"))
                .contains("missing at dodo|gone|70|null", "older than dodo keeps|aged|30|null");
    }

    @Test
    void whatIsNotDeductedYetIsNamedAsASum() throws Exception {
        billed("r1", 70, 70, false);
        billed("r2", 30, 30, false);
        settle("r3", 5, false, 1_000);
        assertThat(differences()).containsExactly("not ingested yet|r3|5|null", "not deducted yet||100|null");
    }

    @Test
    void aDeductionOfSomebodyElsesUsageIsForeign() throws Exception {
        ingest("stranger", "cus_1", "500");
        sandbox.dodo().runWorker();
        String id = sandbox.dodo().ledger("cus_1").getLast().id();
        apply(id, -500, 0);
        assertThat(differences())
                .containsExactly("not in this journal|stranger|null|500", "foreign deduction|" + id + "|0|500");
    }

    @Test
    void entriesThatOnlyOneSideHasAreNamed() throws Exception {
        sandbox.dodo().topUp("cus_1", 1_000, null);
        String id = sandbox.dodo().ledger("cus_1").getLast().id();
        facts.add(new Fact.EntryApplied(ACCOUNT, "cdl_made_up", "credit_added", 7, 0, nowMillis * 1_000, nowMillis));
        assertThat(differences())
                .containsExactly("entry not applied|" + id + "|null|1000", "entry not at dodo|cdl_made_up|7|null");
    }

    @Test
    void aBalanceThatNoEntryExplainsIsNamed() throws Exception {
        facts.clear();
        facts.add(new Fact.Based(ACCOUNT, CREDITS - 9, 0, nowMillis * 1_000 + 60_000_000, List.of(), nowMillis));
        assertThat(differences()).containsExactly("balance differs||" + (CREDITS - 9) + "|" + CREDITS);
    }

    @Test
    void aUsageHistoryThatCountsOtherwiseIsNamed() throws Exception {
        billed("r1", 70, 70, false);
        deduct();
        assertThat(differences("--customer", "cus_1")).isEmpty();
        ingest("fraction", "cus_1", "30.5");
        assertThat(differences("--customer", "cus_1"))
                .contains("not in this journal|fraction|null|null")
                .anyMatch(row -> row.matches("usage history differs\\|sub_.*\\|70\\|100"));
    }

    @Test
    void csvCanBeReadByProgramsAndHoldsNoFormula() throws Exception {
        ingest("=stranger", "cus_1", "5");
        assertThat(reconcile("--format", "csv").out().lines())
                .first()
                .isEqualTo("reason,customer,subject,time,journal_units,dodo_units,detail");
        assertThat(reconcile("--format", "csv").out()).contains("not in this journal,cus_1,'=stranger,", ",,5,");
    }

    @Test
    void whenDodoCannotBeAskedNothingIsCompared() throws Exception {
        sandbox.dodo().failNext(50, 401);
        Commands.Ended ended = reconcile();
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.errors()).contains("Dodo refused to list usage events: 401", "could not compare");
        assertThat(ended.out()).isEmpty();
    }

    @Test
    void aWrongLengthOfTimeShowsHowToWriteIt() throws Exception {
        assertThat(reconcile("--since", "soon").errors()).contains("36h");
    }

    private void correct(Fact.Settled settled, long units, Fact.Remedy remedy, long remedyUnits) {
        facts.add(new Fact.Corrected(
                settled.requestId(),
                ACCOUNT,
                settled.keyId(),
                settled.modelAsked(),
                settled.atMillis(),
                settled.units(),
                units,
                remedy,
                remedyUnits,
                "log",
                nowMillis));
    }

    @Test
    void whatWasWrittenOffIsNamed() throws Exception {
        billed("r1", 500, 500, false);
        facts.add(new Fact.WrittenOff(ACCOUNT, 500, nowMillis));

        Commands.Ended ended = reconcile("--format", "csv");

        assertThat(ended.out()).contains("written off,cus_1,").contains(",500,,");
        assertThat(ended.out()).doesNotContain("not deducted yet");
    }

    @Test
    void correctionsAreComparedWithWhatDodoWasToHear() throws Exception {
        Fact.Settled more = settle("r1", 100, true, 1_000);
        acknowledge("r1");
        ingest("r1", "cus_1", "100");
        correct(more, 150, Fact.Remedy.EVENT, 50);
        acknowledge("r1-correction");
        ingest("r1-correction", "cus_1", "50");
        correct(settle("r2", 100, true, 1_000), 40, Fact.Remedy.REPLACED, 0);
        acknowledge("r2");
        ingest("r2", "cus_1", "40");
        deduct();
        assertThat(reconcile().out()).startsWith("equal");

        Fact.Settled less = settle("r3", 100, true, 1_000);
        acknowledge("r3");
        ingest("r3", "cus_1", "100");
        deduct();
        correct(less, 30, Fact.Remedy.CREDIT, 70);
        assertThat(reconcile("--format", "csv").out())
                .contains("not ingested yet,cus_1,r3-correction,")
                .contains("a credit, since less was used than estimated")
                .doesNotContain("not credited yet");
        acknowledge("r3-correction");
        assertThat(reconcile("--format", "csv").out())
                .contains("missing at dodo,cus_1,r3-correction,", "not credited yet,cus_1,");
    }

    @Test
    void debitsAreComparedWithDodosLedger() throws Exception {
        for (String id : List.of("r1", "r2")) {
            facts.add(new Fact.Reserved(id, ACCOUNT, "key_a", "gpt-5", 500, 500, 0, true, nowMillis));
            facts.add(new Fact.Settled(
                    id, ACCOUNT, "key_a", "gpt-5", "gpt-5", 80, Fact.Tokens.NONE, false, null, true, nowMillis));
            acknowledge(id);
        }
        enter("debit", 80, "r1");
        apply(sandbox.dodo().ledger("cus_1").getLast().id(), -80, 80);
        ingest("r2", "cus_1", "80");

        String out = reconcile("--format", "csv").out();

        assertThat(out)
                .contains("missing at dodo,cus_1,r2,", "two ways,cus_1,r2,")
                .contains("a debit, since no meter deducts the credits")
                .doesNotContain(",r1,");
    }

    private void enter(String type, long units, String deliveryId) throws Exception {
        String body = "{\"entry_type\":\"" + type + "\",\"amount\":\"" + units + "\",\"reason\":\"tollgate:"
                + deliveryId + "\",\"idempotency_key\":\"" + deliveryId + "\"}";
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(sandbox.dodoBaseUrl() + "/credit-entitlements/cde_1/balances/cus_1/ledger-entries"))
                .header("Authorization", "Bearer " + SandboxOptions.defaults().dodoApiKey())
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(201);
        }
    }
}
