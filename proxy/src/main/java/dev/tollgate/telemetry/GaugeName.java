package dev.tollgate.telemetry;

/** Every value that the service shows as it stands, declared here and nowhere else. Prometheus puts {@code tollgate_} before. */
public enum GaugeName {
    CONNECTIONS_OPEN("connections.open", "Client connections being served"),
    EXCHANGES_RUNNING("exchanges.running", "Requests that have not reached their outcome"),
    REPLAY_BYTES("replay.bytes", "Memory that answers take which are remembered for retries"),
    FORMS_GATHERED_BYTES("forms.gathered.bytes", "Memory that forms take whose files come before their model"),
    LEDGER_QUEUED("ledger.queued", "Commands waiting for the ledger"),
    LEDGER_FAILED("ledger.failed", "1 once the journal cannot be written"),
    HELD_UNITS("held.units", "Meter units held for running requests"),
    OLDEST_HOLD_SECONDS("oldest.hold.seconds", "Age of the oldest hold; 0 without any"),
    UNREFLECTED_UNITS("unreflected.units", "Meter units used that no deduction known here shows"),
    EVENTS_PENDING("events.pending", "Settled requests that Dodo has not acknowledged, those in quarantine excluded"),
    EVENTS_OLDEST_PENDING_SECONDS("events.oldest.pending.seconds", "Age of the oldest of them"),
    EVENTS_PARKED("events.parked", "How many of them Dodo fails on while it takes others"),
    EVENTS_IN_QUARANTINE("events.in.quarantine", "Events that Dodo refused for good and that were not put back"),
    EVENTS_BLOCKED("events.blocked", "1 while Dodo takes no events until a setting changes"),
    JOURNAL_WAITING_FACTS("journal.waiting.facts", "Facts that are durable in the log and not in the tables yet"),
    JOURNAL_BYTES("journal.bytes", "Size of the journal's files"),
    JOURNAL_FREE_BYTES("journal.free.bytes", "Space left on the journal's disk");

    final String text;
    final String description;

    GaugeName(String text, String description) {
        this.text = "tollgate." + text;
        this.description = description;
    }
}
