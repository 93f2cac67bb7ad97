package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Locations.ADDRESS;
import static dev.tollgate.app.settings.Locations.BASE_URL;
import static dev.tollgate.app.settings.Locations.LINK;
import static dev.tollgate.app.settings.Locations.PATH;
import static dev.tollgate.app.settings.Quantities.amount;
import static dev.tollgate.app.settings.Quantities.count;
import static dev.tollgate.app.settings.Quantities.duration;
import static dev.tollgate.app.settings.Quantities.size;
import static dev.tollgate.app.settings.ScalarType.SECRET;

import dev.tollgate.alerts.AlertSettings;
import dev.tollgate.app.settings.Settings.Dodo;
import dev.tollgate.app.settings.Settings.Drains;
import dev.tollgate.app.settings.Settings.Environment;
import dev.tollgate.app.settings.Settings.Gate;
import dev.tollgate.app.settings.Settings.Journal;
import dev.tollgate.app.settings.Settings.Limits;
import dev.tollgate.app.settings.Settings.Meter;
import dev.tollgate.app.settings.Settings.Plan;
import dev.tollgate.app.settings.Settings.Portal;
import dev.tollgate.app.settings.Settings.Secret;
import dev.tollgate.app.settings.Settings.Server;
import dev.tollgate.app.settings.Settings.Service;
import dev.tollgate.app.settings.Settings.Ship;
import dev.tollgate.app.settings.Settings.Transport;
import dev.tollgate.app.settings.Settings.Upstream;
import dev.tollgate.billing.BillingSettings;
import dev.tollgate.catalogue.Catalogue;
import dev.tollgate.exchange.Attempts;
import dev.tollgate.exchange.Route;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.mail.MailSettings;
import dev.tollgate.metering.UnitWeights;
import dev.tollgate.models.ModelTable;
import java.net.URI;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of the settings file with their types and defaults, one line for each. */
final class SettingsShape {
    static final ScalarType<String> NAME =
            ScalarType.matching("a name of letters, digits, . _ -", Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}"));
    private static final ScalarType<String> WORD =
            ScalarType.matching("up to 128 printable characters without spaces", Pattern.compile("[!-~]{1,128}"));
    static final ScalarType<Secret> WEBHOOK_KEY =
            ScalarType.secret("a webhook signing secret", SettingsShape::webhookKey);
    private static final ScalarType<Secret> ADMIN_TOKEN =
            ScalarType.secret("an operator's token", SettingsShape::adminToken);
    private static final ScalarType<Long> RETENTION =
            ScalarType.number("a duration such as 400d, or forever", Long.MAX_VALUE, SettingsShape::retention);
    private static final long MOST_TOKENS = 100_000_000;

    private SettingsShape() {}

    /** The whole file; null after a problem was reported, or without a model table. */
    static @Nullable Settings read(
            Section root,
            Problems problems,
            @Nullable ModelTable models,
            UnitWeights.@Nullable Table weights,
            @Nullable Catalogue catalogue,
            List<Route> builtInRoutes,
            @Nullable Settings running) {
        Server server = root.section("server", SettingsShape::server);
        Limits limits = root.section("limits", SettingsShape::limits);
        Journal journal = root.section("journal", SettingsShape::journal);
        List<Upstream> upstreams = UpstreamsShape.read(root);
        Dodo dodo = root.section("dodo", SettingsShape::dodo);
        Gate gate = root.section("gate", SettingsShape::gate);
        Drains drains = root.section("drains", SettingsShape::drains);
        Map<String, Plan> plans = KeysShape.plans(root);
        List<Settings.Key> keys = KeysShape.keys(root, plans.keySet());
        Portal portal = root.section("portal", section -> portal(section, catalogue, plans.keySet()));
        List<Route> routes = RoutesShape.read(root, builtInRoutes);
        Attempts.Retention retries = root.section("retries", SettingsShape::retries);
        MailSettings mail = OutreachShape.mail(root);
        AlertSettings alerts = root.section("alerts", OutreachShape::alerts);
        root.end();
        if (problems.any() || models == null || weights == null) {
            return null;
        }
        Settings settings = new Settings(
                server, limits, journal, upstreams, dodo, gate, drains, models, weights, plans, keys, portal, routes,
                retries, mail, alerts);
        if (running != null) {
            warnOfRestart(root, running, settings);
        }
        return settings;
    }

    /** The meter alone. */
    static Meter meterOf(Section root) {
        return root.section("dodo", section -> {
            Meter meter = section.section("meter", SettingsShape::meter);
            section.passRest();
            return meter;
        });
    }

    static Journal journal(Section section) {
        Path directory = section.value("path", PATH, "./data");
        return new Journal(
                directory,
                section.value("retention", RETENTION, "400d"),
                section.value("holds", ScalarType.choice(LedgerThread.Holds.class), "durable"));
    }

    private static Reading<Long> retention(String text) {
        return text.equals("forever")
                ? Reading.good(Long.MAX_VALUE)
                : duration("40d", "36500d").reader().apply(text);
    }

    /** What setting up needs of the settings, before there is anything to serve with. */
    static SettingsLoader.Merchant merchant(Section root) {
        URI publicUrl = root.section("server", section -> {
            URI url = section.optional("public_url", BASE_URL, "${BASE_URL:-}");
            section.passRest();
            return url;
        });
        return root.section("dodo", section -> merchant(section, publicUrl));
    }

    private static SettingsLoader.Merchant merchant(Section section, @Nullable URI publicUrl) {
        Environment environment =
                section.value("environment", ScalarType.choice(Environment.class), "${DODO_ENVIRONMENT:-test_mode}");
        URI elsewhere = section.optional("base_url", BASE_URL, "${DODO_PAYMENTS_BASE_URL:-}");
        SettingsLoader.Merchant merchant = new SettingsLoader.Merchant(
                environment,
                elsewhere == null ? environment.baseUrl() : elsewhere,
                section.value("api_key", SECRET, "${DODO_PAYMENTS_API_KEY}"),
                section.section("meter", SettingsShape::meter),
                section.value("timeout", duration("100ms", "10m"), "15s"),
                publicUrl);
        section.passRest();
        return merchant;
    }

    private static void warnOfRestart(Section root, Settings running, Settings read) {
        Settings applied = running.withLiveOf(read);
        warnWhenDifferent(root, "server", applied.server(), read.server());
        warnWhenDifferent(root, "limits", applied.limits(), read.limits());
        warnWhenDifferent(root, "journal", applied.journal(), read.journal());
        warnWhenDifferent(root, "upstreams", applied.upstreams(), read.upstreams());
        warnWhenDifferent(root, "portal", applied.portal(), read.portal());
        warnWhenDifferent(root, "retries", applied.retries(), read.retries());
        warnWhenDifferent(root, "mail", Optional.ofNullable(applied.mail()), Optional.ofNullable(read.mail()));
        warnWhenDifferent(root, "alerts", applied.alerts(), read.alerts());
        warnWhenDifferent(root, "dodo", applied.dodo(), read.dodo());
        warnWhenDifferent(root, "drains", applied.drains(), read.drains());
        warnWhenDifferent(root, "routes", applied.routes(), read.routes());
    }

    private static void warnWhenDifferent(Section root, String key, Object applied, Object read) {
        if (!applied.equals(read)) {
            root.warning(key, "has changed and takes effect after a restart", null);
        }
    }

    private static Attempts.Retention retries(Section section) {
        return new Attempts.Retention(
                section.value("enabled", ScalarType.FLAG, "true"),
                section.value("window", duration("1s", "1d"), "10m"),
                section.value("memory", size("1MiB", "1GiB"), "32MiB"));
    }

    private static Portal portal(Section section, @Nullable Catalogue catalogue, Set<String> plans) {
        section.optional("catalogue", PATH, SettingsLoader.CATALOGUE);
        Portal portal = new Portal(
                section.value("enabled", ScalarType.FLAG, "true"),
                catalogue,
                section.value("key_plan", NAME, Settings.DEFAULT_PLAN),
                section.value("license_keys", ScalarType.FLAG, "false"));
        if (!plans.contains(portal.keyPlan())) {
            section.error("key_plan", "there is no plan of this name", "one of: " + String.join(", ", plans));
        }
        return portal;
    }

    static Server server(Section section) {
        return new Server(
                section.value("listen", ADDRESS, "0.0.0.0:8080"),
                section.value("admin", ADDRESS, "127.0.0.1:9090"),
                section.optional("public_url", BASE_URL, "${BASE_URL:-}"),
                section.value("transport", ScalarType.choice(Transport.class), "auto"),
                section.value("event_loops", count(0, 1024), "0"),
                section.value("drain", duration("0s", "1h"), "30s"),
                section.optional("admin_token", ADMIN_TOKEN, "${TOLLGATE_ADMIN_TOKEN:-}"));
    }

    private static Limits limits(Section section) {
        return new Limits(
                section.value("connections", count(1, 10_000_000), "10000"),
                section.value("request_line", size("256B", "1MiB"), "8KiB"),
                section.value("header_bytes", size("1KiB", "1MiB"), "32KiB"),
                section.value("header_count", count(1, 10_000), "100"),
                section.value("body", size("1KiB", "1GiB"), "16MiB"),
                section.value("form", size("1KiB", "1GiB"), "64MiB"),
                section.value("forms_gathered", size("1MiB", "1GiB"), "256MiB"),
                section.value("json_depth", count(8, 1000), "128"),
                section.value("head_timeout", duration("100ms", "10m"), "10s"),
                section.value("body_timeout", duration("100ms", "1h"), "60s"),
                section.value("idle_timeout", duration("1s", "1d"), "6m"),
                section.value("requests_per_customer", count(1, 1_000_000), "1000"));
    }

    private static Dodo dodo(Section section) {
        Environment environment =
                section.value("environment", ScalarType.choice(Environment.class), "${DODO_ENVIRONMENT:-test_mode}");
        URI elsewhere = section.optional("base_url", BASE_URL, "${DODO_PAYMENTS_BASE_URL:-}");
        if (elsewhere != null) {
            warnWhenExposed(section, elsewhere);
        }
        return new Dodo(
                environment,
                elsewhere == null ? environment.baseUrl() : elsewhere,
                section.value("api_key", SECRET, "${DODO_PAYMENTS_API_KEY}"),
                section.values("webhook_keys", WEBHOOK_KEY, "${DODO_PAYMENTS_WEBHOOK_KEY}"),
                section.optional("entitlement", WORD, "${CREDIT_ENTITLEMENT_ID:-}"),
                section.section("meter", SettingsShape::meter),
                section.section("ship", SettingsShape::ship),
                section.value("refresh", duration("1s", "1d"), "60s"),
                section.value("timeout", duration("100ms", "10m"), "15s"),
                section.value("tier", count(0, BillingSettings.RateLimit.TIERS.size() - 1), "0"),
                section.value("unmetered_credits", ScalarType.choice(Settings.UnmeteredCredits.class), "allow"));
    }

    private static Meter meter(Section section) {
        return new Meter(
                section.value("event", WORD, "api.tokens_used"),
                section.value("property", WORD, "tokens"),
                section.value("units_per_credit", amount(1, 1_000_000_000_000L), "1"));
    }

    private static Ship ship(Section section) {
        return new Ship(
                section.value("batch", count(1, 1000), "200"), section.value("linger", duration("0s", "10m"), "1s"));
    }

    private static Drains drains(Section section) {
        return new Drains(
                section.value("time", duration("100ms", "1h"), "2m"),
                section.value("bytes", size("1KiB", "1GiB"), "64MiB"),
                section.value("tokens", amount(1, MOST_TOKENS), "500000"),
                section.value("at_once", count(1, 1_000_000), "1000"));
    }

    private static Gate gate(Section section) {
        return new Gate(
                section.optional("topup_url", LINK, null),
                section.value("stale_after", duration("0s", "365d"), "24h"),
                section.value("hold_wait", duration("0s", "5m"), "10s"),
                section.value("unknown_model_max_output", amount(1, MOST_TOKENS), "16384"),
                section.optional("default_max_output", amount(1, MOST_TOKENS), null),
                section.value("tokenizer", ScalarType.choice(Settings.Tokenizer.class), "off"),
                section.value("estimate_share", Fractions.SHARE, "0%"),
                section.value("audio_allowance", duration("1s", "1d"), "10m") / 1000,
                section.value("expiry_guard", duration("0s", "1d"), "2m"),
                section.value("ended_subscription", ScalarType.choice(Service.class), "allow"),
                section.value("paused_subscription", ScalarType.choice(Service.class), "refuse"));
    }

    private static Reading<Secret> webhookKey(Secret secret) {
        try {
            String encoded =
                    secret.value().startsWith("whsec_") ? secret.value().substring(6) : secret.value();
            if (Base64.getDecoder().decode(encoded).length > 0) {
                return Reading.good(secret);
            }
        } catch (IllegalArgumentException e) {
            // The exception's message quotes a character of the secret; it goes no further.
        }
        return Reading.bad("not a webhook signing secret", "it begins with whsec_ and the rest is base64");
    }

    private static Reading<Secret> adminToken(Secret secret) {
        String value = secret.value();
        boolean printable = value.chars().allMatch(c -> c > ' ' && c < 0x7f);
        return value.length() >= 16 && printable
                ? Reading.good(secret)
                : Reading.bad(
                        "not a token", "use 16 or more random letters and digits, such as of: openssl rand -hex 24");
    }

    static void warnWhenExposed(Section section, URI url) {
        if (Locations.isExposed(url)) {
            section.warning("base_url", "sends the API key over http, where it can be read on the way", "use https");
        }
    }
}
