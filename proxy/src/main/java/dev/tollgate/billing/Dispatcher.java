package dev.tollgate.billing;

import dev.tollgate.billing.BillingObserver.BatchOutcome;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.journal.Outbox;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings deliveries to Dodo, usage events in batches and ledger entries one by one, and has the ledger note what became of
 * them. Every one ends as acknowledged or as set aside; whatever is in between stays in the outbox and is met again.
 *
 * <p>One attempt at a time, owned by the shipping thread. Nothing here waits except for Dodo's and the ledger's
 * answers: when it is not the moment to send, {@link Recess} says until when.
 */
final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    /** Dodo refuses events that are older than one hour; this leaves time for retries and for clocks that differ. */
    private static final long DATED_AGE_MILLIS_MAX = 50 * 60_000L;

    /** How long timestamps stay out once Dodo has refused a fresh one. */
    private static final long DISTRUST_MILLIS = 10 * 60_000L;

    private static final String UNSEEN = "Dodo took a debit that its ledger does not show with its reason";

    private final BillingSettings.Shipping settings;
    private final DodoClient client;
    private final LedgerClient ledger;
    private final InstantSource clock;
    private final BillingObserver observer;
    private final Recess recess;
    private final Isolation isolation;

    /** Events of attempts whose end is not known: at most a batch beside those that are parked. */
    private final Set<String> ambiguousIds = new HashSet<>();

    /** Events that Dodo would not take with their timestamp. */
    private final Set<String> undatedIds = new HashSet<>();

    /** How often events were sent that have not come to their end: those of a batch, and those that are kept apart. */
    private final Map<String, Integer> attempts = new ConcurrentHashMap<>();

    /** Events that Dodo has, while the ledger had no room to note it. */
    private List<Outbox.Delivery> unrecorded = List.of();

    /** Whether Dodo's ledger has shown a debit in a way that is recognised; the one that it has not shown yet. */
    private boolean debitsSeen;

    private @Nullable String unseenDebit;

    /** Whether Dodo has taken something of the same piece. */
    private boolean othersPass;

    private long distrustedUntilMillis = Long.MIN_VALUE;
    private boolean ended;

    Dispatcher(
            BillingSettings.Shipping settings,
            DodoClient client,
            LedgerClient ledger,
            InstantSource clock,
            BillingObserver observer,
            Recess recess,
            Isolation isolation) {
        this.settings = settings;
        this.client = client;
        this.ledger = ledger;
        this.clock = clock;
        this.observer = observer;
        this.recess = recess;
        this.isolation = isolation;
    }

    /** How often an event that waits was sent since the start. Safe on every thread. */
    int attempts(String requestId) {
        return attempts.getOrDefault(requestId, 0);
    }

    /** Whether the ledger takes nothing any more, so that shipping is over until the process starts again. */
    boolean ended() {
        return ended;
    }

    /** Notes what an earlier attempt could not. Answers whether the way is free. */
    boolean recordLeftover() throws InterruptedException {
        return unrecorded.isEmpty() || acknowledge(unrecorded);
    }

    /** Answers whether every one came to its end; otherwise there is a recess, or shipping is over. */
    boolean deliver(List<Outbox.Delivery> piece) throws InterruptedException {
        LedgerThread.Reply<List<Outbox.Delivery>> reply = ledger.ask(new Command.Send(piece));
        if (!(reply instanceof LedgerThread.Reply.Durable<List<Outbox.Delivery>> durable)) {
            return recorded(reply);
        }
        List<Outbox.Delivery> events = new ArrayList<>();
        List<Outbox.Delivery> entries = new ArrayList<>();
        for (Outbox.Delivery delivery : durable.answer()) {
            switch (delivery.way()) {
                case EVENT -> events.add(delivery);
                case DEBIT, CREDIT -> entries.add(delivery);
            }
        }
        othersPass = false;
        boolean free = events.isEmpty() || ingest(events);
        for (Outbox.Delivery entry : entries) {
            free = free && enter(entry);
        }
        return free;
    }

    private boolean ingest(List<Outbox.Delivery> batch) throws InterruptedException {
        Result<Integer> result = client.ingest(batch.stream().map(this::event).toList());
        IngestVerdict verdict = IngestVerdict.of(result);
        tell(verdict);
        batch.forEach(this::attempted);
        return switch (verdict) {
            case ACCEPTED -> accepted(batch);
            case REFUSED -> refused(batch, result);
            case AMBIGUOUS -> failed(batch, result);
            case LIMITED, BLOCKED -> recess.after(result);
        };
    }

    /**
     * An entry is made once for its id, however often it is sent; one whose attempt has no known end is looked up first. A
     * debit that is not recognised in Dodo's ledger would count twice here, so the first one is looked up before others go.
     */
    private boolean enter(Outbox.Delivery entry) throws InterruptedException {
        if (entry.usage().units() == 0) {
            return acknowledge(List.of(entry));
        }
        boolean doubtful = ambiguousIds.contains(entry.id());
        if (doubtful && client.entries().shows(entry) instanceof Result.Ok<Boolean> found && found.value()) {
            return accepted(List.of(entry));
        }
        boolean debit = entry.way() == Outbox.Way.DEBIT;
        if (debit && unseenDebit != null && !unseenDebit.equals(entry.id())) {
            return failed(List.of(entry), new Result.Unreachable<Boolean>(UNSEEN));
        }
        attempted(entry);
        Result<Boolean> result = client.entries().enter(entry);
        IngestVerdict verdict = IngestVerdict.ofEntry(result);
        tell(verdict);
        return switch (verdict) {
            case ACCEPTED -> (debit && !debitsSeen) ? seen(entry) : accepted(List.of(entry));
            case REFUSED -> {
                Result<Boolean> found = client.entries().shows(entry);
                if (!(found instanceof Result.Ok<Boolean> ok)) {
                    yield recess.after(found);
                }
                yield ok.value() ? acknowledge(List.of(entry)) : setAside(entry, reason(result));
            }
            case AMBIGUOUS -> failed(List.of(entry), result);
            case LIMITED, BLOCKED -> recess.after(result);
        };
    }

    private boolean seen(Outbox.Delivery debit) throws InterruptedException {
        debitsSeen = client.entries().shows(debit) instanceof Result.Ok<Boolean> found && found.value();
        unseenDebit = debitsSeen ? null : debit.id();
        return debitsSeen ? accepted(List.of(debit)) : failed(List.of(debit), new Result.Unreachable<Boolean>(UNSEEN));
    }

    private void attempted(Outbox.Delivery delivery) {
        attempts.merge(delivery.id(), 1, Integer::sum);
    }

    private void tell(IngestVerdict verdict) {
        observer.batchEnded(
                switch (verdict) {
                    case ACCEPTED -> BatchOutcome.ACCEPTED;
                    case LIMITED -> BatchOutcome.LIMITED;
                    case AMBIGUOUS -> BatchOutcome.AMBIGUOUS;
                    case BLOCKED -> BatchOutcome.BLOCKED;
                    case REFUSED -> BatchOutcome.REFUSED;
                });
    }

    /**
     * Tries a parked event again, alone; Dodo may have had it all the while. Answers whether the way is free for others,
     * which it is also when the event fails once more.
     */
    boolean retry(Outbox.Delivery delivery) throws InterruptedException {
        if (has(delivery) instanceof Result.Ok<Boolean> found && found.value()) {
            return acknowledge(List.of(delivery));
        }
        return deliver(List.of(delivery));
    }

    /** Whether Dodo answers a question about an event, whatever it does with the event itself. */
    private boolean answersAbout(Outbox.Delivery delivery) {
        return has(delivery) instanceof Result.Ok<Boolean>;
    }

    private Result<Boolean> has(Outbox.Delivery delivery) {
        return switch (delivery.way()) {
            case EVENT -> client.hasEvent(delivery.id());
            case DEBIT, CREDIT -> client.entries().shows(delivery);
        };
    }

    private boolean failed(List<Outbox.Delivery> batch, Result<?> result) {
        boolean again = ambiguousIds.contains(batch.getFirst().id());
        batch.forEach(delivery -> ambiguousIds.add(delivery.id()));
        if (isolation.isParked(batch.getFirst())) {
            isolation.postpone(batch.getFirst());
            return true;
        }
        if (again && batch.getFirst().isEntry() && othersPass && isolation.park(batch.getFirst())) {
            return true;
        }
        isolation.failed(batch, this::answersAbout);
        return recess.after(result);
    }

    private UsageEvent event(Outbox.Delivery delivery) {
        return new UsageEvent(delivery, settings.eventName(), settings.property(), isDated(delivery));
    }

    private boolean isDated(Outbox.Delivery delivery) {
        long nowMillis = clock.millis();
        return isYoung(delivery) && nowMillis >= distrustedUntilMillis && !undatedIds.contains(delivery.id());
    }

    private boolean isYoung(Outbox.Delivery delivery) {
        return clock.millis() - delivery.usage().atMillis() <= DATED_AGE_MILLIS_MAX;
    }

    private boolean accepted(List<Outbox.Delivery> batch) throws InterruptedException {
        boolean distrusted =
                batch.stream().anyMatch(delivery -> undatedIds.contains(delivery.id()) && isYoung(delivery));
        if (distrusted && clock.millis() >= distrustedUntilMillis) {
            distrustedUntilMillis = clock.millis() + DISTRUST_MILLIS;
            LOG.warn(
                    "Dodo took a fresh usage event only without its timestamp; is this machine's clock right?"
                            + " Timestamps stay out for {} minutes",
                    DISTRUST_MILLIS / 60_000);
        }
        if (!isolation.isParked(batch.getFirst())) {
            isolation.passed();
        }
        othersPass = true;
        return acknowledge(batch);
    }

    /**
     * A refused batch is taken apart until the events that cause it stand alone. Events of earlier attempts without
     * an answer are looked up first: Dodo may refuse, as too old, what it has long had.
     */
    private boolean refused(List<Outbox.Delivery> batch, Result<Integer> result) throws InterruptedException {
        if (batch.size() == 1) {
            return refusedAlone(batch.getFirst(), result);
        }
        List<Outbox.Delivery> doubtful = batch.stream()
                .filter(delivery -> ambiguousIds.contains(delivery.id()))
                .toList();
        if (!doubtful.isEmpty()) {
            List<Outbox.Delivery> rest = new ArrayList<>(batch);
            return lookUp(doubtful, rest) && (rest.isEmpty() || ingest(rest));
        }
        int middle = batch.size() / 2;
        return ingest(batch.subList(0, middle)) && ingest(batch.subList(middle, batch.size()));
    }

    /** Removes from {@code rest} what Dodo turns out to have. Answers whether that is known of every doubtful one. */
    private boolean lookUp(List<Outbox.Delivery> doubtful, List<Outbox.Delivery> rest) throws InterruptedException {
        List<Outbox.Delivery> present = new ArrayList<>();
        @Nullable Result<Boolean> failure = null;
        for (Outbox.Delivery delivery : doubtful) {
            Result<Boolean> found = client.hasEvent(delivery.id());
            if (!(found instanceof Result.Ok<Boolean> ok)) {
                failure = found;
                break;
            }
            ambiguousIds.remove(delivery.id());
            if (ok.value()) {
                present.add(delivery);
            }
        }
        rest.removeAll(present);
        if (!present.isEmpty() && !acknowledge(present)) {
            return false;
        }
        return failure == null || recess.after(failure);
    }

    /** Whether the timestamp is at fault is found out by trying without it, not from the wording of a message. */
    private boolean refusedAlone(Outbox.Delivery delivery, Result<Integer> result) throws InterruptedException {
        Result<Boolean> found = client.hasEvent(delivery.id());
        if (!(found instanceof Result.Ok<Boolean> ok)) {
            return recess.after(found);
        }
        if (ok.value()) {
            return acknowledge(List.of(delivery));
        }
        if (isDated(delivery)) {
            undatedIds.add(delivery.id());
            return ingest(List.of(delivery));
        }
        return setAside(delivery, reason(result));
    }

    private static String reason(Result<?> result) {
        return result instanceof Result.Refused<?> refused
                ? refused.status() + " " + refused.code() + " " + refused.message()
                : "refused";
    }

    private boolean acknowledge(List<Outbox.Delivery> deliveries) throws InterruptedException {
        unrecorded = List.copyOf(deliveries);
        LedgerThread.Reply<Integer> reply = ledger.ask(new Command.Acknowledge(unrecorded, clock.millis()));
        if (!recorded(reply)) {
            return false;
        }
        observer.eventsShipped(unrecorded.size());
        unrecorded.forEach(this::forget);
        unrecorded = List.of();
        recess.over();
        return true;
    }

    private boolean setAside(Outbox.Delivery delivery, String reason) throws InterruptedException {
        LedgerThread.Reply<Boolean> reply = ledger.ask(new Command.SetAside(delivery, reason, clock.millis()));
        if (!recorded(reply)) {
            return false;
        }
        forget(delivery);
        observer.eventQuarantined(delivery.account());
        LOG.error("usage event {} of {} is set aside, Dodo refuses it: {}", delivery.id(), delivery.account(), reason);
        return true;
    }

    private void forget(Outbox.Delivery delivery) {
        ambiguousIds.remove(delivery.id());
        undatedIds.remove(delivery.id());
        attempts.remove(delivery.id());
        // The next debit is looked up as the first one was, however this one ended.
        unseenDebit = delivery.id().equals(unseenDebit) ? null : unseenDebit;
        isolation.forget(delivery);
    }

    private boolean recorded(LedgerThread.Reply<?> reply) {
        if (!(reply instanceof LedgerThread.Reply.Refused<?> refused)) {
            return true;
        }
        switch (refused.reason()) {
            case BUSY, BACKLOG, SENSELESS -> recess.shortly();
            case FAILED, CLOSED -> ended = true;
        }
        return false;
    }
}
