package dev.tollgate.app.settings;

import dev.tollgate.admission.Caller.Disconnect;
import dev.tollgate.admission.Caller.HoldPolicy;
import dev.tollgate.app.settings.ApiKeys.Form;
import dev.tollgate.app.settings.ApiKeys.Hash;
import dev.tollgate.app.settings.Settings.Plan;
import dev.tollgate.app.settings.Settings.Secret;
import dev.tollgate.app.settings.Yaml.Kind;
import dev.tollgate.ledger.Overage;
import dev.tollgate.limits.Restrictions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads plans and the keys that have them. Owned by the thread that reads. */
final class KeysShape {
    private static final long MOST_UNITS = 1_000_000_000_000_000L;
    private static final int SHORT_KEY = 16;
    private static final Pattern CUSTOMER = Pattern.compile("[!-~]{1,128}");
    private static final Pattern PLAIN = Pattern.compile("[!-~]{8,512}");

    private static final ScalarType<String> CUSTOMER_ID =
            ScalarType.matching("a Dodo customer id such as cus_123", CUSTOMER);
    private static final ScalarType<Secret> PLAIN_KEY = ScalarType.secret("a key", KeysShape::plainKey);
    private static final ScalarType<Hash> HASH = new ScalarType<>(
            "sha256: and 64 hex digits",
            Set.of(Kind.TEXT),
            true,
            ApiKeys.hash("stand-in"),
            text -> Hash.parse(text)
                    .map(Reading::good)
                    .orElseGet(() -> Reading.bad("expected sha256: and 64 hex digits")));
    private static final ScalarType<Overage> OVERAGE =
            ScalarType.number("off, dodo, unlimited or a number of units", new Overage.Off(), KeysShape::overage);

    private final Set<String> plans;
    private final Map<Hash, Place> hashes = new HashMap<>();
    private final Map<String, Place> ids = new HashMap<>();

    private KeysShape(Set<String> plans) {
        this.plans = plans;
    }

    /** All plans; the default one is added when the operator did not write it. */
    static Map<String, Plan> plans(Section root) {
        Map<String, Plan> plans = root.named("plans", SettingsShape.NAME, KeysShape::plan);
        plans.putIfAbsent(
                Settings.DEFAULT_PLAN,
                new Plan(new Overage.AsDodoSays(), new HoldPolicy.Strict(), Disconnect.DRAIN, Restrictions.NONE));
        return plans;
    }

    private static Plan plan(Section section) {
        HoldPolicy hold = HoldShape.read(section);
        return new Plan(
                section.value("overage", OVERAGE, "dodo"),
                hold == null ? new HoldPolicy.Strict() : hold,
                section.value("disconnect", ScalarType.choice(Disconnect.class), "drain"),
                LimitsShape.read(section));
    }

    static List<Settings.Key> keys(Section root, Set<String> plans) {
        KeysShape shape = new KeysShape(plans);
        List<Settings.Key> keys = root.sections("keys", shape::key);
        if (keys.isEmpty()) {
            root.warning("keys", "no keys: every request will be refused", "make one with `tollgate keys new`");
        }
        return keys;
    }

    private Settings.Key key(Section section) {
        String id = section.optional("id", SettingsShape.NAME, null);
        Hash hash = hash(section);
        String named = id == null ? "key_" + hash.toString().substring(7, 19) : id;
        Settings.Key key = new Settings.Key(
                named,
                hash,
                section.required("customer", CUSTOMER_ID, "the id of the Dodo customer who pays"),
                section.value("plan", SettingsShape.NAME, Settings.DEFAULT_PLAN),
                HoldShape.read(section),
                section.optional("disconnect", ScalarType.choice(Disconnect.class), null),
                section.value("disabled", ScalarType.FLAG, "false"),
                LimitsShape.read(section),
                LimitsShape.expiresMillis(section));
        if (!plans.contains(key.plan()) && section.has("plan")) {
            String advice = NearestName.of(key.plan(), plans)
                    .map(name -> "did you mean `" + name + "`?")
                    .orElse("the plans are " + String.join(", ", plans));
            section.error("plan", "unknown plan", advice);
        }
        Place earlier = id == null ? null : ids.putIfAbsent(id, section.place("id"));
        if (earlier != null) {
            section.error("id", "another key has this id", "the first is in line " + earlier.line());
        }
        return key;
    }

    private Hash hash(Section section) {
        Secret plain = section.optional("key", PLAIN_KEY, null);
        Hash written = section.optional("hash", HASH, null);
        String from = section.has("hash") ? "hash" : "key";
        if (section.has("key") == section.has("hash")) {
            section.error(
                    from, section.has("key") ? "a key has either `key` or `hash`" : "needs `key` or `hash`", null);
        }
        if (plain != null && plain.value().length() < SHORT_KEY) {
            section.warning("key", "a key this short can be guessed", "use 16 or more random characters");
        }
        Hash hash = plain != null ? ApiKeys.hash(plain.value()) : written;
        if (hash == null) {
            return HASH.standIn();
        }
        Place earlier = hashes.putIfAbsent(hash, section.place(from));
        if (earlier != null) {
            section.error(from, "the same key is given twice", "the first is in line " + earlier.line());
        }
        return hash;
    }

    private static Reading<Secret> plainKey(Secret key) {
        if (!PLAIN.matcher(key.value()).matches()) {
            return Reading.bad("a key has 8 to 512 printable ASCII characters without spaces");
        }
        return ApiKeys.check(key.value()) == Form.BAD_CHECKSUM
                ? Reading.bad("the key's checksum is wrong", "look for a mistyped character")
                : Reading.good(key);
    }

    private static Reading<Overage> overage(String text) {
        return switch (text) {
            case "off" -> Reading.good(new Overage.Off());
            case "dodo" -> Reading.good(new Overage.AsDodoSays());
            case "unlimited" -> Reading.good(new Overage.Unlimited());
            default -> units(text);
        };
    }

    private static Reading<Overage> units(String text) {
        String expected = "expected off, dodo, unlimited or a number of units from 1 to " + MOST_UNITS;
        return switch (Quantities.number(text, 1, MOST_UNITS)) {
            case Reading.Good<Long> units -> Reading.good(new Overage.UpTo(units.value()));
            case Reading.Bad<Long> bad -> Reading.bad(expected);
        };
    }
}
