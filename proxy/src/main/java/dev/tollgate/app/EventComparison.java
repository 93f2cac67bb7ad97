package dev.tollgate.app;

import dev.tollgate.app.Difference.Reason;
import dev.tollgate.billing.DodoClient.StoredEvent;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Usage events that were to be delivered against those that Dodo lists. Owned by one thread, which may wait. */
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
        for (Outbox.Delivery delivery : journal.deliveries()) {
            @Nullable StoredEvent event = events.get(delivery.id());
            if (event != null) {
                compare(delivery, event);
            } else if (!delivery.isEntry()) {
                absent(delivery, oldestMillis);
            }
        }
        for (StoredEvent event : events.values()) {
            if (journal.delivery(event.id()) == null) {
                unexpected(event, later);
            }
        }
    }

    private void compare(Outbox.Delivery delivery, StoredEvent event) {
        if (delivery.isEntry()) {
            tell(Reason.TWO_WAYS, delivery, event, "");
        } else if (!event.customerId().equals(delivery.account().customerId())) {
            tell(Reason.CUSTOMER_DIFFERS, delivery, event, "at Dodo the event is of " + event.customerId());
        } else if (event.units().isEmpty()) {
            tell(Reason.AMOUNT_DIFFERS, delivery, event, "the event says no whole number");
        } else if (event.units().getAsLong() != delivery.usage().units()) {
            boolean estimate = delivery.usage().estimated()
                    || journal.isCorrected(delivery.usage().requestId());
            tell(estimate ? Reason.ESTIMATED : Reason.AMOUNT_DIFFERS, delivery, event, "");
        }
    }

    private void absent(Outbox.Delivery delivery, long oldestMillis) throws IOException {
        Fact.@Nullable Quarantined quarantined = journal.quarantined(delivery.id());
        long sinceMillis = delivery.sinceMillis();
        if (quarantined != null) {
            tell(Reason.QUARANTINED, delivery, null, quarantined.reason());
        } else if (journal.isPending(delivery.id())) {
            tell(Reason.NOT_INGESTED_YET, delivery, null, "");
        } else if (sinceMillis < oldestMillis && nowMillis - sinceMillis > KEPT_MILLIS) {
            tell(Reason.OLDER_THAN_DODO_KEEPS, delivery, null, "");
        } else if (!lookup.has(delivery.id())) {
            tell(Reason.MISSING_AT_DODO, delivery, null, "");
        }
    }

    /** It may have been settled meanwhile, or long ago. */
    private void unexpected(StoredEvent event, Journal.History later) throws JournalException {
        for (Fact fact : later.ofRequest(Fact.Corrected.requestId(event.id()))) {
            Optional<Outbox.Delivery> delivery =
                    delivery(fact).filter(each -> each.id().equals(event.id()));
            if (delivery.isPresent()) {
                compare(delivery.get(), event);
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

    private static Optional<Outbox.Delivery> delivery(Fact fact) {
        if (fact instanceof Fact.Settled settled) {
            return Optional.of(Outbox.Delivery.of(settled));
        }
        return fact instanceof Fact.Corrected corrected ? corrected.delivery() : Optional.empty();
    }

    private void tell(Reason reason, Outbox.Delivery delivery, @Nullable StoredEvent event, String detail) {
        found.accept(new Difference(
                reason,
                delivery.account().customerId(),
                delivery.id(),
                delivery.sinceMillis(),
                delivery.usage().units(),
                event == null ? null : units(event),
                detail));
    }

    private static @Nullable Long units(StoredEvent event) {
        return event.units().isPresent() ? event.units().getAsLong() : null;
    }
}
