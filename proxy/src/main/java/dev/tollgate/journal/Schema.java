package dev.tollgate.journal;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** The journal's tables. Adding a kind of fact means adding a table here; the compiler asks for nothing else. */
final class Schema {
    static final int VERSION = 4;

    /** It has the same tables. */
    private static final int VERSION_WITHOUT_LOG = 3;

    private static final int ARCHIVED = 1_000;

    /** That of a journal with archives: a program that does not know of them must not take it for the whole. */
    static final int ARCHIVED_VERSION = VERSION + ARCHIVED;

    static boolean reads(int version) {
        int plain = version % ARCHIVED;
        return version < 2 * ARCHIVED && (plain == VERSION || plain == VERSION_WITHOUT_LOG);
    }

    /** That of the same journal with a log before its tables, which a program that does not know of it must not pass over. */
    static int withLog(int version) {
        return version < ARCHIVED ? VERSION : ARCHIVED_VERSION;
    }

    static final FactTable<Fact.Reserved> RESERVATION = new FactTable<>(
            Fact.Reserved.class,
            "reservation",
            List.of(
                    "request_id TEXT NOT NULL UNIQUE",
                    "key_id TEXT NOT NULL",
                    "model TEXT NOT NULL",
                    "prompt_units INTEGER NOT NULL",
                    "output_units INTEGER NOT NULL",
                    "overshoot_units INTEGER NOT NULL",
                    "debited INTEGER NOT NULL"),
            (row, fact) -> row.text(fact.requestId())
                    .text(fact.keyId())
                    .text(fact.model())
                    .number(fact.promptUnits())
                    .number(fact.outputUnits())
                    .number(fact.overshootUnits())
                    .number(fact.debited() ? 1 : 0),
            (columns, account, at) -> new Fact.Reserved(
                    columns.text("request_id"),
                    account,
                    columns.text("key_id"),
                    columns.text("model"),
                    columns.number("prompt_units"),
                    columns.number("output_units"),
                    columns.number("overshoot_units"),
                    columns.number("debited") == 1,
                    at));

    static final FactTable<Fact.Shrunk> SHRINKAGE = new FactTable<>(
            Fact.Shrunk.class,
            "shrinkage",
            List.of("request_id TEXT NOT NULL", "held_units INTEGER NOT NULL"),
            ", UNIQUE (request_id, held_units)",
            (row, fact) -> row.text(fact.requestId()).number(fact.heldUnits()),
            (columns, account, at) ->
                    new Fact.Shrunk(columns.text("request_id"), account, columns.number("held_units"), at));

    static final FactTable<Fact.Settled> SETTLEMENT = new FactTable<>(
            Fact.Settled.class,
            "settlement",
            List.of(
                    "request_id TEXT NOT NULL UNIQUE",
                    "key_id TEXT NOT NULL",
                    "model_asked TEXT NOT NULL",
                    "model_answered TEXT",
                    "units INTEGER NOT NULL",
                    "input_tokens INTEGER NOT NULL",
                    "output_tokens INTEGER NOT NULL",
                    "total_tokens INTEGER NOT NULL",
                    "cached_tokens INTEGER NOT NULL",
                    "reasoning_tokens INTEGER NOT NULL",
                    "estimated INTEGER NOT NULL",
                    "weights TEXT",
                    "debited INTEGER NOT NULL"),
            (row, fact) -> row.text(fact.requestId())
                    .text(fact.keyId())
                    .text(fact.modelAsked())
                    .text(fact.modelAnswered())
                    .number(fact.units())
                    .number(fact.tokens().input())
                    .number(fact.tokens().output())
                    .number(fact.tokens().total())
                    .number(fact.tokens().cached())
                    .number(fact.tokens().reasoning())
                    .number(fact.estimated() ? 1 : 0)
                    .text(fact.weights())
                    .number(fact.debited() ? 1 : 0),
            (columns, account, at) -> new Fact.Settled(
                    columns.text("request_id"),
                    account,
                    columns.text("key_id"),
                    columns.text("model_asked"),
                    columns.textOrNull("model_answered"),
                    columns.number("units"),
                    new Fact.Tokens(
                            columns.number("input_tokens"),
                            columns.number("output_tokens"),
                            columns.number("total_tokens"),
                            columns.number("cached_tokens"),
                            columns.number("reasoning_tokens")),
                    columns.number("estimated") == 1,
                    columns.textOrNull("weights"),
                    columns.number("debited") == 1,
                    at));

    static final FactTable<Fact.Corrected> CORRECTION = new FactTable<>(
            Fact.Corrected.class,
            "correction",
            List.of(
                    "request_id TEXT NOT NULL UNIQUE",
                    "key_id TEXT NOT NULL",
                    "model TEXT NOT NULL",
                    "settled_millis INTEGER NOT NULL",
                    "estimated_units INTEGER NOT NULL",
                    "units INTEGER NOT NULL",
                    "remedy TEXT NOT NULL",
                    "remedy_units INTEGER NOT NULL",
                    "reason TEXT NOT NULL"),
            (row, fact) -> row.text(fact.requestId())
                    .text(fact.keyId())
                    .text(fact.model())
                    .number(fact.settledMillis())
                    .number(fact.estimatedUnits())
                    .number(fact.units())
                    .text(fact.remedy().name())
                    .number(fact.remedyUnits())
                    .text(fact.reason()),
            (columns, account, at) -> new Fact.Corrected(
                    columns.text("request_id"),
                    account,
                    columns.text("key_id"),
                    columns.text("model"),
                    columns.number("settled_millis"),
                    columns.number("estimated_units"),
                    columns.number("units"),
                    Fact.Remedy.valueOf(columns.text("remedy")),
                    columns.number("remedy_units"),
                    columns.text("reason"),
                    at));

    static final FactTable<Fact.Voided> VOIDING = new FactTable<>(
            Fact.Voided.class,
            "voiding",
            List.of("request_id TEXT NOT NULL UNIQUE", "reason TEXT NOT NULL"),
            (row, fact) -> row.text(fact.requestId()).text(fact.reason()),
            (columns, account, at) -> new Fact.Voided(columns.text("request_id"), account, columns.text("reason"), at));

    static final FactTable<Fact.Ingested> INGESTION = new FactTable<>(
            Fact.Ingested.class,
            "ingestion",
            List.of("request_id TEXT NOT NULL UNIQUE"),
            (row, fact) -> row.text(fact.requestId()),
            (columns, account, at) -> new Fact.Ingested(columns.text("request_id"), account, at));

    static final FactTable<Fact.Quarantined> QUARANTINE = new FactTable<>(
            Fact.Quarantined.class,
            "quarantine",
            List.of("request_id TEXT NOT NULL", "reason TEXT NOT NULL"),
            (row, fact) -> row.text(fact.requestId()).text(fact.reason()),
            (columns, account, at) ->
                    new Fact.Quarantined(columns.text("request_id"), account, columns.text("reason"), at));

    static final FactTable<Fact.Requeued> REQUEUE = new FactTable<>(
            Fact.Requeued.class,
            "requeue",
            List.of("request_id TEXT NOT NULL"),
            (row, fact) -> row.text(fact.requestId()),
            (columns, account, at) -> new Fact.Requeued(columns.text("request_id"), account, at));

    static final FactTable<Fact.Based> BASIS = new FactTable<>(
            Fact.Based.class,
            "basis",
            List.of(
                    "balance_units INTEGER NOT NULL",
                    "overage_units INTEGER NOT NULL",
                    "since_micros INTEGER NOT NULL",
                    "included_entry_ids TEXT NOT NULL"),
            (row, fact) -> row.number(fact.balanceUnits())
                    .number(fact.overageUnits())
                    .number(fact.sinceMicros())
                    .text(String.join("\n", fact.includedEntryIds())),
            (columns, account, at) -> new Fact.Based(
                    account,
                    columns.number("balance_units"),
                    columns.number("overage_units"),
                    columns.number("since_micros"),
                    columns.text("included_entry_ids").lines().toList(),
                    at));

    static final FactTable<Fact.EntryApplied> ENTRY = new FactTable<>(
            Fact.EntryApplied.class,
            "entry",
            List.of(
                    "entry_id TEXT NOT NULL",
                    "type TEXT NOT NULL",
                    "net_units INTEGER NOT NULL",
                    "usage_units INTEGER NOT NULL",
                    "created_micros INTEGER NOT NULL"),
            ", UNIQUE (customer, entitlement, entry_id)",
            (row, fact) -> row.text(fact.entryId())
                    .text(fact.type())
                    .number(fact.netUnits())
                    .number(fact.usageUnits())
                    .number(fact.createdMicros()),
            (columns, account, at) -> new Fact.EntryApplied(
                    account,
                    columns.text("entry_id"),
                    columns.text("type"),
                    columns.number("net_units"),
                    columns.number("usage_units"),
                    columns.number("created_micros"),
                    at));

    static final FactTable<Fact.CaughtUp> CATCH_UP = new FactTable<>(
            Fact.CaughtUp.class,
            "catch_up",
            List.of("through_micros INTEGER NOT NULL"),
            (row, fact) -> row.number(fact.throughMicros()),
            (columns, account, at) -> new Fact.CaughtUp(account, columns.number("through_micros"), at));

    static final FactTable<Fact.WrittenOff> WRITE_OFF = new FactTable<>(
            Fact.WrittenOff.class,
            "write_off",
            List.of("units INTEGER NOT NULL"),
            (row, fact) -> row.number(fact.units()),
            (columns, account, at) -> new Fact.WrittenOff(account, columns.number("units"), at));

    static final FactTable<Fact.TermsSeen> TERMS = new FactTable<>(
            Fact.TermsSeen.class,
            "terms",
            List.of(
                    "overage_limit_units INTEGER NOT NULL",
                    "standing TEXT NOT NULL",
                    "deducting_subscriptions INTEGER NOT NULL",
                    "expiring_grants TEXT NOT NULL"),
            (row, fact) -> row.number(fact.terms().overageLimitUnits())
                    .text(fact.terms().standing().name())
                    .number(fact.terms().deductingSubscriptions())
                    .text(GrantLines.write(fact.terms().grants())),
            (columns, account, at) -> new Fact.TermsSeen(
                    account,
                    new Fact.Terms(
                            columns.number("overage_limit_units"),
                            Fact.Standing.valueOf(columns.text("standing")),
                            Math.toIntExact(columns.number("deducting_subscriptions")),
                            GrantLines.read(columns.text("expiring_grants"))),
                    at));

    static final FactTable<Fact.Inherited> INHERITANCE = new FactTable<>(
            Fact.Inherited.class,
            "inheritance",
            List.of("units INTEGER NOT NULL"),
            (row, fact) -> row.number(fact.units()),
            (columns, account, at) -> new Fact.Inherited(account, columns.number("units"), at));

    static final FactTable<Fact.KeyChanged> KEY = new FactTable<>(
            Fact.KeyChanged.class,
            "api_key",
            List.of(
                    "key_id TEXT NOT NULL",
                    "hash TEXT NOT NULL",
                    "name TEXT NOT NULL",
                    "origin TEXT NOT NULL",
                    "revoked INTEGER NOT NULL"),
            (row, fact) -> row.text(fact.keyId())
                    .text(fact.hash())
                    .text(fact.name())
                    .text(fact.origin())
                    .number(fact.revoked() ? 1 : 0),
            (columns, account, at) -> new Fact.KeyChanged(
                    columns.text("key_id"),
                    account,
                    columns.text("hash"),
                    columns.text("name"),
                    columns.text("origin"),
                    columns.number("revoked") == 1,
                    at));

    static final List<FactTable<? extends Fact>> TABLES = List.of(
            RESERVATION,
            SHRINKAGE,
            SETTLEMENT,
            CORRECTION,
            VOIDING,
            INGESTION,
            QUARANTINE,
            REQUEUE,
            BASIS,
            ENTRY,
            CATCH_UP,
            WRITE_OFF,
            TERMS,
            INHERITANCE,
            KEY);

    /** The tables whose facts belong to one request. */
    static final List<FactTable<? extends Fact>> REQUEST_TABLES =
            List.of(RESERVATION, SHRINKAGE, SETTLEMENT, CORRECTION, VOIDING, INGESTION, QUARANTINE, REQUEUE);

    /**
     * Deliveries that Dodo has not acknowledged, by the place of the settlement or correction that makes them: kept beside
     * the facts so that finding them never scans history.
     */
    static final String OUTBOX = "CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY, request_id TEXT NOT NULL"
            + " UNIQUE, quarantined INTEGER NOT NULL DEFAULT 0, entry INTEGER NOT NULL) STRICT";

    /** Finds what is delivered as an entry of Dodo's ledger among many more events. */
    static final String OUTBOX_INDEX = "CREATE INDEX IF NOT EXISTS outbox_entry ON outbox (seq) WHERE entry = 1";

    /** Finds an account's usage without reading everybody's. */
    static final String SETTLEMENT_INDEX =
            "CREATE INDEX IF NOT EXISTS settlement_by_account ON settlement (customer, entitlement, seq)";

    /** What the log's records carry that belong to these tables; another one with each process that writes. */
    static final String LOG =
            "CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY CHECK (id = 1), mark INTEGER NOT NULL) STRICT";

    private static final Map<Class<?>, FactTable<?>> BY_KIND =
            TABLES.stream().collect(Collectors.toUnmodifiableMap(FactTable::kind, table -> table));

    private static final Map<String, FactTable<?>> BY_NAME =
            TABLES.stream().collect(Collectors.toUnmodifiableMap(FactTable::name, table -> table));

    static FactTable<?> table(Fact fact) {
        return Objects.requireNonNull(BY_KIND.get(fact.getClass()));
    }

    /** @throws NullPointerException for a name that is no table's */
    static FactTable<?> table(String name) {
        return Objects.requireNonNull(BY_NAME.get(name), name);
    }

    private Schema() {}
}
