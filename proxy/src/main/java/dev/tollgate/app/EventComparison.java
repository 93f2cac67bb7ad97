package dev.tollgate.app;

import dev.tollgate.app.Difference.Reason;
import dev.tollgate.billing.DodoClient.StoredEvent;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Settlements against the usage events that Dodo lists. Owned by one thread, which may wait. */
final class EventComparison {
    /** Dodo does not say how long it keeps events; younger ones that it has not are missing for another reason. */
    private static final long KEPT_MILLIS = Duration.ofDays(30).toMillis();

    private final JournalExtract journal;
    private final long nowMillis;
    private final Lookup lookup;
    private final Consumer<Difference> found;
    private final Map<String, StoredEvent> events = new HashMap<>();

    /** Asks Dodo for one event that its list did not show. */
    interface Lookup {
        boolean has(String eventId) throws IOException;
    }

    EventComparison(JournalExtract journal, long nowMillis, Lookup lookup, Consumer<Difference> found) {
        this.journal = journal;
        this.nowMillis = nowMillis;
        this.lookup = lookup;
        this.found = found;
    }

    /** Takes over what Dodo lists; the same event may come twice. */
    void add(List<StoredEvent> page) {
        page.forEach(event -> events.put(event.id(), event));
    }

    int events() {
        return events.size();
    }

    /** What Dodo's events add up to in a span of time; those without an amount add nothing. */
    long units(long fromMillis, long untilMillis) {
        return events.values().stream()
                .filter(event ->
                        event.at().toEpochMilli() >= fromMillis && event.at().toEpochMilli() < untilMillis)
                .mapToLong(event -> event.units().orElse(0))
                .reduce(0, Math::addExact);
    }

    /** @param later the journal as it stands after Dodo was read, for what was settled meanwhile or long ago */
    void compare(Journal.History later) throws IOException, JournalException {
        long oldestMillis = events.values().stream()
                .mapToLong(event -> event.at().toEpochMilli())
                .min()
                .orElse(nowMillis);
        for (Fact.Settled settled : journal.settled()) {
            @Nullable StoredEvent event = events.get(settled.requestId());
            if (event != null) {
                compare(settled, event);
            } else {
                absent(settled, oldestMillis);
            }
        }
        for (StoredEvent event : events.values()) {
            if (journal.settled(event.id()) == null) {
                unexpected(event, later);
            }
        }
    }

    private void compare(Fact.Settled settled, StoredEvent event) {
        if (!event.customerId().equals(settled.account().customerId())) {
            tell(Reason.CUSTOMER_DIFFERS, settled, event, "at Dodo the event is of " + event.customerId());
        } else if (event.units().isEmpty()) {
            tell(Reason.AMOUNT_DIFFERS, settled, event, "the event says no whole number");
        } else if (event.units().getAsLong() != settled.units()) {
            tell(settled.estimated() ? Reason.ESTIMATED : Reason.AMOUNT_DIFFERS, settled, event, "");
        }
    }

    private void absent(Fact.Settled settled, long oldestMillis) throws IOException {
        Fact.@Nullable Quarantined quarantined = journal.quarantined(settled.requestId());
        if (quarantined != null) {
            tell(Reason.QUARANTINED, settled, null, quarantined.reason());
        } else if (journal.isPending(settled.requestId())) {
            tell(Reason.NOT_INGESTED_YET, settled, null, "");
        } else if (settled.atMillis() < oldestMillis && nowMillis - settled.atMillis() > KEPT_MILLIS) {
            tell(Reason.OLDER_THAN_DODO_KEEPS, settled, null, "");
        } else if (!lookup.has(settled.requestId())) {
            tell(Reason.MISSING_AT_DODO, settled, null, "");
        }
    }

    private void unexpected(StoredEvent event, Journal.History later) throws JournalException {
        for (Fact fact : later.ofRequest(event.id())) {
            if (fact instanceof Fact.Settled settled) {
                compare(settled, event);
                return;
            }
        }
        found.accept(new Difference(
                Reason.NOT_IN_THIS_JOURNAL,
                event.customerId(),
                event.id(),
                event.at().toEpochMilli(),
                null,
                units(event),
                ""));
    }

    private void tell(Reason reason, Fact.Settled settled, @Nullable StoredEvent event, String detail) {
        found.accept(new Difference(
                reason,
                settled.account().customerId(),
                settled.requestId(),
                settled.atMillis(),
                settled.units(),
                event == null ? null : units(event),
                detail));
    }

    private static @Nullable Long units(StoredEvent event) {
        return event.units().isPresent() ? event.units().getAsLong() : null;
    }
}
