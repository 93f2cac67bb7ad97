package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import dev.tollgate.app.StartException;
import dev.tollgate.app.Tollgate;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.app.settings.SettingsLoader;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import dev.tollgate.sandbox.dodo.IngestedEvent;
import dev.tollgate.sandbox.dodo.Plan;
import dev.tollgate.sandbox.openai.Generation;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * Tollgate and a sandbox in this process: one customer with credits and a key. Closing it checks that nothing is left
 * behind: no hold, no running request, no leaked buffer.
 */
final class Stand implements AutoCloseable {
    static final String CUSTOMER = "cus_test";
    static final String ENTITLEMENT = "cde_test";
    static final String KEY = "tg_test_key_of_the_end_to_end_tests";
    static final Duration PATIENCE = Duration.ofSeconds(20);

    final Sandbox sandbox;
    final Path folder;
    final List<Fact> facts = new CopyOnWriteArrayList<>();
    Tollgate tollgate;

    private final String yaml;

    /** What the journal cannot be written with; set by tests, read by the ledger's thread. Nothing, at first. */
    volatile Class<?> refused = Void.class;

    private Stand(Sandbox sandbox, Path folder, String yaml) throws IOException, StartException {
        // Waiting is most of what these tests do.
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(Duration.ofMillis(20));
        this.sandbox = sandbox;
        this.folder = folder;
        this.yaml = yaml;
        tollgate = startTollgate();
    }

    static Stand start(Path folder, long credits) throws IOException, StartException {
        return start(folder, credits, "");
    }

    /** With more than the smallest settings: whole top-level sections of YAML. */
    static Stand start(Path folder, long credits, String extraYaml) throws IOException, StartException {
        return on(startSandbox(credits), folder, yaml(folder) + extraYaml);
    }

    /** On a sandbox in whatever state, with these settings. Takes the sandbox over, also when starting fails. */
    static Stand on(Sandbox sandbox, Path folder, String yaml) throws IOException, StartException {
        try {
            return new Stand(sandbox, folder, yaml);
        } catch (IOException | StartException | RuntimeException | Error e) {
            sandbox.close();
            throw e;
        }
    }

    static Sandbox startSandbox(long credits) throws IOException {
        Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false));
        sandbox.dodo().createCustomer(CUSTOMER, "test@example.com");
        sandbox.dodo().createEntitlement(ENTITLEMENT);
        sandbox.dodo().createMeter("mtr_test", "api.tokens_used", "tokens");
        sandbox.dodo().subscribe(CUSTOMER, Plan.of(ENTITLEMENT, "mtr_test", credits));
        return sandbox;
    }

    static Settings settings(Path folder, String yaml, Map<String, String> environment) throws IOException {
        String quick = yaml.contains("\ndodo:") ? "" : "dodo: { ship: { linger: 50ms } }\n";
        Path file = Files.writeString(folder.resolve("tollgate.yaml"), yaml + quick);
        return switch (SettingsLoader.load(file, environment)) {
            case SettingsLoader.Loaded loaded -> loaded.settings();
            case SettingsLoader.Rejected rejected ->
                throw new AssertionError(rejected.problems().toString());
        };
    }

    static String yaml(Path folder) {
        return """
                server: { listen: "127.0.0.1:0", admin: "127.0.0.1:0", drain: 5s }
                journal: { path: "%s" }
                keys:
                  - id: test
                    key: "${TEST_KEY}"
                    customer: %s
                """.formatted(folder.resolve("data"), CUSTOMER);
    }

    static Map<String, String> environment(Sandbox sandbox) {
        SandboxOptions options = SandboxOptions.defaults();
        Map<String, String> environment = new HashMap<>();
        environment.put("OPENAI_API_KEY", options.openaiApiKey());
        environment.put("OPENAI_BASE_URL", sandbox.openaiBaseUrl().toString());
        environment.put("DODO_PAYMENTS_API_KEY", options.dodoApiKey());
        environment.put("DODO_PAYMENTS_WEBHOOK_KEY", options.webhookSecret());
        environment.put("DODO_PAYMENTS_BASE_URL", sandbox.dodoBaseUrl().toString());
        environment.put("CREDIT_ENTITLEMENT_ID", ENTITLEMENT);
        environment.put("BASE_URL", "https://billing.example/topup");
        environment.put("TEST_KEY", KEY);
        return environment;
    }

    private Tollgate startTollgate() throws IOException, StartException {
        Tollgate started = Tollgate.start(
                settings(folder, yaml, environment(sandbox)),
                InstantSource.system(),
                data -> RefusingJournal.of(SqliteJournal.open(data), fact -> refused.isInstance(fact)),
                facts::addAll);
        sandbox.dodo()
                .addEndpoint(URI.create("http://127.0.0.1:" + started.address().getPort() + "/webhooks/dodo"));
        return started;
    }

    /** Stops Tollgate in good order and starts it again on the same journal. */
    void restart() throws IOException, StartException {
        tollgate.close();
        startAgain();
    }

    /** Starts Tollgate again after it was closed. */
    void startAgain() throws IOException, StartException {
        tollgate = startTollgate();
    }

    int port() {
        return tollgate.address().getPort();
    }

    String baseUrl() {
        return "http://127.0.0.1:" + port() + "/v1";
    }

    OpenAIClient client() {
        return client(KEY, 2);
    }

    OpenAIClient client(String key, int retries) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(baseUrl())
                .apiKey(key)
                .maxRetries(retries)
                .build();
    }

    AccountView account() {
        try {
            return tollgate.look(CUSTOMER).get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("the ledger does not answer", e);
        }
    }

    /** A raw request with the key in place; {@code body} may be empty. */
    String request(String method, String path, String body) {
        return method + " " + path + " HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer " + KEY
                + "\r\nContent-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    /** A chat request that asks for so many tokens at most; {@code prompt} may steer the sandbox. */
    String chat(String prompt, int cap) {
        return request("POST", "/v1/chat/completions", chatBody(prompt, cap));
    }

    String streamedChat(String prompt, int cap) {
        return request("POST", "/v1/chat/completions", chatBody(prompt, cap).replaceFirst("\\{", "{\"stream\":true,"));
    }

    /** The same with events of about 2 KiB each, so that few of them fill every buffer on the way. */
    String bulkyChat(String prompt, int cap) {
        String body =
                chatBody(prompt, cap).replaceFirst("\\{", "{\"stream\":true,\"logprobs\":true,\"top_logprobs\":20,");
        return request("POST", "/v1/chat/completions", body);
    }

    static String chatBody(String prompt, int cap) {
        return "{\"model\":\"gpt-4o-mini\",\"max_tokens\":" + cap + ",\"messages\":[{\"role\":\"user\",\"content\":\""
                + prompt + "\"}]}";
    }

    /** Sends it on a connection of its own. */
    RawAnswer ask(String request) throws IOException {
        return RawConnection.ask(port(), request);
    }

    /** What the last admitted request holds or held. */
    Fact.Reserved lastReserved() {
        return facts.stream()
                .filter(fact -> fact instanceof Fact.Reserved)
                .map(fact -> (Fact.Reserved) fact)
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> new AssertionError("nothing was reserved"));
    }

    /** Waits until the last admitted request is booked. */
    Fact.Settled lastSettled() {
        String id = lastReserved().requestId();
        await().atMost(PATIENCE)
                .until(() ->
                        settled().stream().anyMatch(fact -> fact.requestId().equals(id)));
        return settled().stream()
                .filter(fact -> fact.requestId().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** The last admitted request was booked as an estimate within its hold, and Dodo is told that it is one. */
    void assertLastIsEstimated() {
        Fact.Settled settled = lastSettled();
        assertThat(settled.estimated()).isTrue();
        assertThat(settled.units()).isBetween(1L, lastReserved().heldUnits());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(sandbox.dodo().events()).anySatisfy(event -> {
                    assertThat(event.id()).isEqualTo(settled.requestId());
                    assertThat(event.metadata().path("estimated").asBoolean()).isTrue();
                    assertThat(tokens(event)).isEqualTo(settled.units());
                }));
    }

    /** The last admitted request was billed with what the sandbox's last generation truly used. */
    void assertLastIsBilledExactly() {
        Fact.Settled settled = lastSettled();
        assertThat(settled.estimated()).isFalse();
        assertThat(settled.units())
                .isEqualTo(sandbox.openai().generations().getLast().totalTokens());
    }

    /** The last admitted request got its hold back whole, and no bill. */
    void assertLastIsReturned() {
        String id = lastReserved().requestId();
        await().atMost(PATIENCE)
                .until(() -> facts.stream()
                        .anyMatch(fact -> fact instanceof Fact.Voided voided
                                && voided.requestId().equals(id)));
        assertThat(settled()).noneMatch(fact -> fact.requestId().equals(id));
    }

    /** Waits until every settled request was accepted by Dodo, then compares all three books, to the token. */
    void assertBooksAgree() {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(sandbox.dodo().eventCount())
                        .isEqualTo(settled().size()));
        Map<String, Long> journal =
                settled().stream().collect(Collectors.toMap(Fact.Settled::requestId, Fact.Settled::units));
        Map<String, Long> dodo =
                sandbox.dodo().events().stream().collect(Collectors.toMap(IngestedEvent::id, event -> tokens(event)));
        assertThat(dodo).isEqualTo(journal);
        assertThat(sandbox.dodo().ingestedTokens(CUSTOMER))
                .isEqualTo(journal.values().stream().mapToLong(Long::longValue).sum());
    }

    /** The same, and every token that the provider generated is in them. */
    void assertEverythingGeneratedIsBilled() {
        assertBooksAgree();
        assertThat(settled()).noneMatch(Fact.Settled::estimated);
        assertThat(sandbox.dodo().ingestedTokens(CUSTOMER))
                .isEqualTo(sandbox.openai().totalTokens());
        assertThat(sandbox.openai().generations().stream()
                        .mapToLong(Generation::totalTokens)
                        .sum())
                .isEqualTo(sandbox.openai().totalTokens());
    }

    List<Fact.Settled> settled() {
        return facts.stream()
                .filter(fact -> fact instanceof Fact.Settled)
                .map(fact -> (Fact.Settled) fact)
                .toList();
    }

    private static long tokens(IngestedEvent event) {
        return event.metadata().path("tokens").longValue();
    }

    @Override
    public void close() {
        try {
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(account().heldUnits()).isZero();
                assertThat(Probe.metric(tollgate, "tollgate_exchanges_running")).isEqualTo("0");
            });
            assertThat(Probe.metric(tollgate, "tollgate_uncharged_total")).isEqualTo("0");
        } finally {
            tollgate.close();
            sandbox.close();
        }
        Leaks.assertNone();
        Blocking.assertNone();
    }
}
