package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Locations.FILE;
import static dev.tollgate.app.settings.Locations.UPSTREAM_URL;
import static dev.tollgate.app.settings.Quantities.amount;
import static dev.tollgate.app.settings.Quantities.count;
import static dev.tollgate.app.settings.Quantities.duration;
import static dev.tollgate.app.settings.ScalarType.FLAG;
import static dev.tollgate.app.settings.ScalarType.SECRET;

import dev.tollgate.app.settings.Settings.Secret;
import dev.tollgate.app.settings.Settings.Upstream;
import dev.tollgate.upstream.Dialect;
import dev.tollgate.upstream.Dialect.CapMember;
import dev.tollgate.upstream.Dialect.Kind;
import dev.tollgate.upstream.Dialect.RateLimitHeaders;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the providers. */
final class UpstreamsShape {
    private static final Map<String, String> OPENAI = Map.of(
            "name", "openai",
            "base_url", "${OPENAI_BASE_URL:-https://api.openai.com/v1}",
            "api_key", "${OPENAI_API_KEY}");

    private static final ScalarType<String> MODEL =
            ScalarType.matching("a model's name without spaces", Pattern.compile("[!-~]{1,256}"));
    private static final ScalarType<String> MODEL_PATTERN = ScalarType.matching(
            "a model's name, or its beginning with a * behind it", Pattern.compile("[!-)+-~]{0,255}[!-~]"));
    private static final ScalarType<String> API_VERSION =
            ScalarType.matching("an API version such as 2024-10-21", Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]{0,63}"));
    private static final ScalarType<String> HEADER_NAME =
            ScalarType.text("a header's name", "stand-in", UpstreamsShape::headerName);
    private static final Pattern VALUE = Pattern.compile("[!-~](?:[ -~]{0,4094}[!-~])?");
    private static final ScalarType<Secret> HEADER_VALUE = ScalarType.secret(
            "a header's value",
            secret -> VALUE.matcher(secret.value()).matches()
                    ? Reading.good(secret)
                    : Reading.bad("has characters that a header cannot carry"));
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}");

    /** Tollgate sets these itself. */
    private static final Set<String> OWN_HEADERS = Set.of(
            "accept-encoding",
            "api-key",
            "authorization",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "expect",
            "host",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private UpstreamsShape() {}

    static List<Upstream> read(Section root) {
        Set<String> names = new HashSet<>();
        return root.sections("upstreams", section -> upstream(section, names), OPENAI);
    }

    private static Upstream upstream(Section section, Set<String> names) {
        Upstream upstream = new Upstream(
                section.required("name", SettingsShape.NAME, "for example openai"),
                section.required("base_url", UPSTREAM_URL, "for example https://api.openai.com/v1"),
                section.required("api_key", SECRET, "for example \"${OPENAI_API_KEY}\""),
                section.value("connect_timeout", duration("10ms", "5m"), "5s"),
                section.value("head_timeout", duration("100ms", "1d"), "10m"),
                section.value("read_silence", duration("100ms", "1d"), "5m"),
                section.value("connections_per_loop", count(1, 65_535), "512"),
                section.value("idle_timeout", duration("1s", "1d"), "50s"),
                section.optional("trust_certificates", FILE, null),
                section.optionalValues("models", MODEL_PATTERN),
                section.value("priority", count(0, 1000), "0"),
                section.value("circuit_failures", count(1, 1_000_000), "5"),
                section.value("circuit_open", duration("100ms", "1h"), "10s"),
                dialect(section));
        SettingsShape.warnWhenExposed(section, upstream.baseUrl());
        if (section.has("name") && !names.add(upstream.name())) {
            section.error("name", "another upstream has this name", null);
        }
        checkAzure(section, upstream);
        return upstream;
    }

    private static Dialect dialect(Section section) {
        Kind kind = section.value("kind", ScalarType.choice(Kind.class), "openai");
        @Nullable CapMember member = section.optional("cap_member", ScalarType.choice(CapMember.class), null);
        return new Dialect(
                kind,
                member == null ? capMember(kind) : member,
                section.value("usage_injection", FLAG, "true"),
                section.pairs("model_names", MODEL, MODEL),
                section.value("framing_tokens", amount(0, 1_000_000), "64"),
                apiVersion(section, kind),
                headers(section),
                section.value("rate_limit_headers", ScalarType.choice(RateLimitHeaders.class), "drop"));
    }

    private static Map<String, String> headers(Section section) {
        Map<String, String> headers = new HashMap<>();
        section.pairs("headers", HEADER_NAME, HEADER_VALUE)
                .forEach((name, secret) -> headers.put(name, secret.value()));
        return headers;
    }

    /** The cap that every server of a kind is known to obey. */
    private static CapMember capMember(Kind kind) {
        return switch (kind) {
            case OPENAI, AZURE -> CapMember.MAX_COMPLETION_TOKENS;
            case COMPATIBLE -> CapMember.MAX_TOKENS;
        };
    }

    private static @Nullable String apiVersion(Section section, Kind kind) {
        @Nullable String version = section.optional("api_version", API_VERSION, null);
        if (version != null && kind != Kind.AZURE) {
            section.error("api_version", "is only for kind azure", null);
            return null;
        }
        return version;
    }

    private static void checkAzure(Section section, Upstream upstream) {
        if (upstream.dialect().kind() != Kind.AZURE) {
            return;
        }
        boolean classic = upstream.dialect().apiVersion() != null;
        String path = Objects.requireNonNullElse(upstream.baseUrl().getPath(), "");
        if (classic && path.endsWith("/v1")) {
            section.error("api_version", "is for the classic paths", "end base_url before /openai, or leave it out");
        } else if (!classic && !path.endsWith("/openai/v1")) {
            section.error(
                    "base_url", "does not end with /openai/v1", "add that, or an api_version for the classic paths");
        }
    }

    private static Reading<String> headerName(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        if (!TOKEN.matcher(name).matches()) {
            return Reading.bad("expected a header's name");
        }
        return OWN_HEADERS.contains(name) ? Reading.bad("Tollgate sets this header itself") : Reading.good(name);
    }
}
