package dev.tollgate.app.settings;

import dev.tollgate.admission.Caller.Disconnect;
import dev.tollgate.admission.Caller.HoldPolicy;
import dev.tollgate.alerts.AlertSettings;
import dev.tollgate.catalogue.Catalogue;
import dev.tollgate.exchange.Attempts;
import dev.tollgate.exchange.Route;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import dev.tollgate.limits.Restrictions;
import dev.tollgate.mail.MailSettings;
import dev.tollgate.metering.UnitWeights;
import dev.tollgate.models.ModelTable;
import dev.tollgate.upstream.Dialect;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything an operator can say, checked and with defaults filled in.
 *
 * <p>Immutable and safe on every thread. {@code limits.requestsPerCustomer}, {@code gate}, {@code models}, {@code weights},
 * {@code plans} and {@code keys} may change while the service runs ({@link #withLiveOf}); the rest is read once at start.
 * Without {@code mail} no letters are sent.
 */
public record Settings(
        Server server,
        Limits limits,
        Journal journal,
        List<Upstream> upstreams,
        Dodo dodo,
        Gate gate,
        Drains drains,
        ModelTable models,
        UnitWeights.Table weights,
        Map<String, Plan> plans,
        List<Key> keys,
        Portal portal,
        List<Route> routes,
        Attempts.Retention retries,
        @Nullable MailSettings mail,
        AlertSettings alerts) {

    /** The plan of a key that names none; always present. */
    public static final String DEFAULT_PLAN = "default";

    public Settings {
        Stream.of(server, limits, journal, dodo, gate, drains, models, weights, portal, retries, alerts)
                .forEach(Objects::requireNonNull);
        upstreams = List.copyOf(upstreams);
        plans = Map.copyOf(plans);
        keys = List.copyOf(keys);
        routes = List.copyOf(routes);
        require(!upstreams.isEmpty(), "no upstream");
        require(plans.containsKey(DEFAULT_PLAN), "no plan " + DEFAULT_PLAN);
        require(plans.containsKey(portal.keyPlan()), "unknown plan " + portal.keyPlan());
        Set<ApiKeys.Hash> hashes = new HashSet<>();
        for (Key key : keys) {
            require(hashes.add(key.hash()), "two keys with one hash: " + key.id());
            require(plans.containsKey(key.plan()), "unknown plan " + key.plan());
        }
    }

    /** Where a customer who is out of credits can buy more, if the operator said so. */
    public Optional<URI> topUpUrl() {
        return Optional.ofNullable(gate.topUpUrl() != null ? gate.topUpUrl() : server.publicUrl());
    }

    /** These settings with everything that may change while running taken from {@code to}. */
    public Settings withLiveOf(Settings to) {
        return new Settings(
                server,
                limits.withRequestsPerCustomer(to.limits.requestsPerCustomer),
                journal,
                upstreams,
                dodo,
                to.gate,
                drains,
                to.models,
                to.weights,
                to.plans,
                to.keys,
                portal,
                routes,
                retries,
                mail,
                alerts);
    }

    /**
     * The listening side. {@code eventLoops} 0 means one for each processor. Without an {@code adminToken} nothing can be
     * changed through the admin port.
     */
    public record Server(
            Address listen,
            Address admin,
            @Nullable URI publicUrl,
            Transport transport,
            int eventLoops,
            long drainMillis,
            @Nullable Secret adminToken) {
        public Server {
            Objects.requireNonNull(listen);
            Objects.requireNonNull(admin);
            Objects.requireNonNull(transport);
            require(eventLoops >= 0, "eventLoops");
            require(drainMillis >= 0, "drainMillis");
        }
    }

    /** The kind of I/O; {@code AUTO} takes epoll where it is available and NIO elsewhere. */
    public enum Transport {
        AUTO,
        EPOLL,
        IO_URING,
        NIO
    }

    /** A host name or IP literal (IPv6 without brackets) and a port; port 0 lets the system choose one. */
    public record Address(String host, int port) {
        public Address {
            require(!host.isEmpty(), "host");
            require(port >= 0 && port <= 65_535, "port");
        }

        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /** What one client may ask of the service. {@code requestsPerCustomer} counts requests running at once. */
    public record Limits(
            int connections,
            int requestLineBytes,
            int headerBytes,
            int headerCount,
            int bodyBytes,
            int formBytes,
            int formsGatheredBytes,
            int jsonDepth,
            long headTimeoutMillis,
            long bodyTimeoutMillis,
            long idleTimeoutMillis,
            int requestsPerCustomer) {
        public Limits {
            require(connections > 0, "connections");
            require(requestLineBytes > 0, "requestLineBytes");
            require(headerBytes > 0, "headerBytes");
            require(headerCount > 0, "headerCount");
            require(bodyBytes > 0 && formBytes > 0 && formsGatheredBytes > 0, "bodyBytes, formBytes");
            require(jsonDepth > 0, "jsonDepth");
            require(headTimeoutMillis > 0, "headTimeoutMillis");
            require(bodyTimeoutMillis > 0, "bodyTimeoutMillis");
            require(idleTimeoutMillis > 0, "idleTimeoutMillis");
            require(requestsPerCustomer > 0, "requestsPerCustomer");
        }

        Limits withRequestsPerCustomer(int requests) {
            return new Limits(
                    connections,
                    requestLineBytes,
                    headerBytes,
                    headerCount,
                    bodyBytes,
                    formBytes,
                    formsGatheredBytes,
                    jsonDepth,
                    headTimeoutMillis,
                    bodyTimeoutMillis,
                    idleTimeoutMillis,
                    requests);
        }
    }

    /**
     * Where durable facts are kept; a relative path starts at the working directory. Months older than {@code retentionMillis} go
     * into archives there, none with {@link Long#MAX_VALUE}.
     */
    public record Journal(Path directory, long retentionMillis, LedgerThread.Holds holds) {
        public Journal {
            Objects.requireNonNull(directory);
        }
    }

    /**
     * A provider that requests are forwarded to. {@code baseUrl} has no trailing slash or fragment.
     * {@code headTimeoutMillis} runs until the response head, {@code readSilenceMillis} between two reads of a body.
     * {@code trustCertificates} is a PEM file that replaces the system's trust. {@code models} are names, or prefixes with a
     * {@code *}; none stands for all. After so many failures in a row the circuit is open for so long.
     */
    public record Upstream(
            String name,
            URI baseUrl,
            Secret apiKey,
            long connectTimeoutMillis,
            long headTimeoutMillis,
            long readSilenceMillis,
            int connectionsPerLoop,
            long idleTimeoutMillis,
            @Nullable Path trustCertificates,
            List<String> models,
            int priority,
            int circuitFailures,
            long circuitOpenMillis,
            Dialect dialect) {
        public Upstream {
            require(!name.isEmpty(), "name");
            Objects.requireNonNull(baseUrl);
            Objects.requireNonNull(apiKey);
            require(connectTimeoutMillis > 0, "connectTimeoutMillis");
            require(headTimeoutMillis > 0, "headTimeoutMillis");
            require(readSilenceMillis > 0, "readSilenceMillis");
            require(connectionsPerLoop > 0, "connectionsPerLoop");
            require(idleTimeoutMillis > 0, "idleTimeoutMillis");
            models = List.copyOf(models);
            require(circuitFailures > 0, "circuitFailures");
            require(circuitOpenMillis > 0, "circuitOpenMillis");
            Objects.requireNonNull(dialect);
        }
    }

    /**
     * What people see on the public port. {@code catalogue} is what they can buy; without one, nothing. {@code keyPlan} is
     * the plan of the keys that they get, {@code licenceKeys} whether licence keys of Dodo's are such keys.
     */
    public record Portal(boolean enabled, @Nullable Catalogue catalogue, String keyPlan, boolean licenceKeys) {
        public Portal {
            require(!keyPlan.isEmpty(), "keyPlan");
        }
    }

    /**
     * The Dodo Payments account. {@code baseUrl} is where requests go, whatever the environment. Any of
     * {@code webhookKeys} may have signed a webhook. No {@code entitlement} means the only one of the account.
     */
    public record Dodo(
            Environment environment,
            URI baseUrl,
            Secret apiKey,
            List<Secret> webhookKeys,
            @Nullable String entitlement,
            Meter meter,
            Ship ship,
            long refreshMillis,
            long timeoutMillis,
            int tier,
            UnmeteredCredits unmeteredCredits) {
        public Dodo {
            Stream.of(environment, baseUrl, apiKey, meter, ship, unmeteredCredits)
                    .forEach(Objects::requireNonNull);
            webhookKeys = List.copyOf(webhookKeys);
            require(!webhookKeys.isEmpty(), "webhookKeys");
            require(refreshMillis > 0 && timeoutMillis > 0, "refreshMillis, timeoutMillis");
        }
    }

    /** Whether customers of some kind are served. */
    public enum Service {
        ALLOW,
        REFUSE
    }

    /** What becomes of requests paid with credits that no live subscription deducts usage from. */
    public enum UnmeteredCredits {
        ALLOW,
        REFUSE,
        DEBIT
    }

    /** Which of Dodo's two worlds; each has its own keys, customers and money. */
    public enum Environment {
        TEST_MODE(URI.create("https://test.dodopayments.com")),
        LIVE_MODE(URI.create("https://live.dodopayments.com"));

        private final URI baseUrl;

        Environment(URI baseUrl) {
            this.baseUrl = baseUrl;
        }

        public URI baseUrl() {
            return baseUrl;
        }
    }

    /** The meter that usage events feed: its event name, the summed property, and its units in one credit. */
    public record Meter(String event, String property, long unitsPerCredit) {
        public Meter {
            require(!event.isEmpty() && !property.isEmpty(), "event, property");
            require(unitsPerCredit > 0, "unitsPerCredit");
        }
    }

    /** How usage is shipped: at most {@code batch} events in one call, none waiting longer than the linger. */
    public record Ship(int batch, long lingerMillis) {
        public Ship {
            require(batch > 0 && batch <= 1000 && lingerMillis >= 0, "batch, lingerMillis");
        }
    }

    /**
     * When a request may go on. {@code staleAfterMillis}: how long a known account goes on from the journal while Dodo is
     * unreachable. {@code holdWaitMillis}: how long a request waits for credits that running requests of its customer hold.
     * {@code defaultMaxOutputTokens}: the cap added when the client sends none; without it, the model's own.
     * {@code estimateSharePermille}: the least part of its hold that an answer without reported usage is charged. {@code
     * audioAllowanceSeconds}: what is held for a recording however short it seems.
     */
    public record Gate(
            @Nullable URI topUpUrl,
            long staleAfterMillis,
            long holdWaitMillis,
            long unknownModelMaxOutputTokens,
            @Nullable Long defaultMaxOutputTokens,
            Tokenizer tokenizer,
            int estimateSharePermille,
            long audioAllowanceSeconds,
            long expiryGuardMillis,
            Service endedSubscription,
            Service pausedSubscription) {
        public Gate {
            Stream.of(tokenizer, endedSubscription, pausedSubscription).forEach(Objects::requireNonNull);
            require(estimateSharePermille >= 0 && estimateSharePermille <= 1000, "estimateSharePermille");
            require(audioAllowanceSeconds >= 0 && expiryGuardMillis >= 0, "audioAllowanceSeconds, expiryGuardMillis");
            require(staleAfterMillis >= 0 && holdWaitMillis >= 0, "staleAfterMillis, holdWaitMillis");
            require(unknownModelMaxOutputTokens > 0, "unknownModelMaxOutputTokens");
            require(defaultMaxOutputTokens == null || defaultMaxOutputTokens > 0, "defaultMaxOutputTokens");
        }
    }

    /** Whether prompts that the balance does not cover by their bytes are counted. */
    public enum Tokenizer {
        OFF,
        EXACT
    }

    /** How far answers are read on for callers who have gone: each so long, so many bytes and tokens, so many of them at once. */
    public record Drains(long timeMillis, int bytes, long tokens, int atOnce) {
        public Drains {
            require(timeMillis > 0 && bytes > 0 && tokens > 0 && atOnce > 0, "timeMillis, bytes, tokens, atOnce");
        }
    }

    /**
     * What a customer's key is entitled to beyond their credits, how its requests are held, and what becomes of an answer
     * that is left. {@code limits} are those of a customer, for all of their keys under the plan together.
     */
    public record Plan(Overage overage, HoldPolicy hold, Disconnect disconnect, Restrictions limits) {
        public Plan {
            Stream.of(overage, hold, disconnect, limits).forEach(Objects::requireNonNull);
        }
    }

    /**
     * One API key of a customer, known by its hash alone. {@code id} names it to people; {@code hold} and {@code disconnect} override its plan's,
     * {@code limits} come on top of its plan's. From {@code expiresMillis} on it is refused, never for
     * {@link Long#MAX_VALUE}.
     */
    public record Key(
            String id,
            ApiKeys.Hash hash,
            String customer,
            String plan,
            @Nullable HoldPolicy hold,
            @Nullable Disconnect disconnect,
            boolean disabled,
            Restrictions limits,
            long expiresMillis) {
        public Key {
            require(!id.isEmpty() && !customer.isEmpty() && !plan.isEmpty(), "id, customer, plan");
            Stream.of(hash, limits).forEach(Objects::requireNonNull);
        }
    }

    /** A text that must not be shown; printing the record prints a mask. */
    public record Secret(String value) {
        public Secret {
            require(!value.isEmpty(), "empty secret");
        }

        @Override
        public String toString() {
            return "Secret(***)";
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }
}
