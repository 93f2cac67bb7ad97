package dev.tollgate.billing;

import dev.tollgate.billing.BillingObserver.BatchOutcome;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.journal.Fact;
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
 * Brings batches of settled requests to Dodo and has the ledger note what became of them. Every event ends as
 * acknowledged or as set aside; whatever is in between stays in the outbox and is met again.
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
    private List<Fact.Settled> unrecorded = List.of();

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

    /** Answers whether every event came to its end; otherwise there is a recess, or shipping is over. */
    boolean deliver(List<Fact.Settled> batch) throws InterruptedException {
        Result<Integer> result = client.ingest(batch.stream().map(this::event).toList());
        IngestVerdict verdict = IngestVerdict.of(result);
        batch.forEach(settled -> attempts.merge(settled.requestId(), 1, Integer::sum));
        observer.batchEnded(
                switch (verdict) {
                    case ACCEPTED -> BatchOutcome.ACCEPTED;
                    case LIMITED -> BatchOutcome.LIMITED;
                    case AMBIGUOUS -> BatchOutcome.AMBIGUOUS;
                    case BLOCKED -> BatchOutcome.BLOCKED;
                    case REFUSED -> BatchOutcome.REFUSED;
                });
        return switch (verdict) {
            case ACCEPTED -> accepted(batch);
            case REFUSED -> refused(batch, result);
            case AMBIGUOUS -> failed(batch, result);
            case LIMITED, BLOCKED -> recess.after(result);
        };
    }

    /**
     * Tries a parked event again, alone; Dodo may have had it all the while. Answers whether the way is free for others,
     * which it is also when the event fails once more.
     */
    boolean retry(Fact.Settled settled) throws InterruptedException {
        if (client.hasEvent(settled.requestId()) instanceof Result.Ok<Boolean> found && found.value()) {
            return acknowledge(List.of(settled));
        }
        return deliver(List.of(settled));
    }

    /** Whether Dodo answers a question about an event, whatever it does with the event itself. */
    private boolean answersAbout(Fact.Settled settled) {
        return client.hasEvent(settled.requestId()) instanceof Result.Ok<Boolean>;
    }

    private boolean failed(List<Fact.Settled> batch, Result<Integer> result) {
        batch.forEach(settled -> ambiguousIds.add(settled.requestId()));
        if (isolation.isParked(batch.getFirst())) {
            isolation.postpone(batch.getFirst());
            return true;
        }
        isolation.failed(batch, this::answersAbout);
        return recess.after(result);
    }

    private UsageEvent event(Fact.Settled settled) {
        return new UsageEvent(settled, settings.eventName(), settings.property(), isDated(settled));
    }

    private boolean isDated(Fact.Settled settled) {
        long nowMillis = clock.millis();
        return isYoung(settled) && nowMillis >= distrustedUntilMillis && !undatedIds.contains(settled.requestId());
    }

    private boolean isYoung(Fact.Settled settled) {
        return clock.millis() - settled.atMillis() <= DATED_AGE_MILLIS_MAX;
    }

    private boolean accepted(List<Fact.Settled> batch) throws InterruptedException {
        boolean distrusted =
                batch.stream().anyMatch(settled -> undatedIds.contains(settled.requestId()) && isYoung(settled));
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
        return acknowledge(batch);
    }

    /**
     * A refused batch is taken apart until the events that cause it stand alone. Events of earlier attempts without
     * an answer are looked up first: Dodo may refuse, as too old, what it has long had.
     */
    private boolean refused(List<Fact.Settled> batch, Result<Integer> result) throws InterruptedException {
        if (batch.size() == 1) {
            return refusedAlone(batch.getFirst(), result);
        }
        List<Fact.Settled> doubtful = batch.stream()
                .filter(settled -> ambiguousIds.contains(settled.requestId()))
                .toList();
        if (!doubtful.isEmpty()) {
            List<Fact.Settled> rest = new ArrayList<>(batch);
            return lookUp(doubtful, rest) && (rest.isEmpty() || deliver(rest));
        }
        int middle = batch.size() / 2;
        return deliver(batch.subList(0, middle)) && deliver(batch.subList(middle, batch.size()));
    }

    /** Removes from {@code rest} what Dodo turns out to have. Answers whether that is known of every doubtful one. */
    private boolean lookUp(List<Fact.Settled> doubtful, List<Fact.Settled> rest) throws InterruptedException {
        List<Fact.Settled> present = new ArrayList<>();
        @Nullable Result<Boolean> failure = null;
        for (Fact.Settled settled : doubtful) {
            Result<Boolean> found = client.hasEvent(settled.requestId());
            if (!(found instanceof Result.Ok<Boolean> ok)) {
                failure = found;
                break;
            }
            ambiguousIds.remove(settled.requestId());
            if (ok.value()) {
                present.add(settled);
            }
        }
        rest.removeAll(present);
        if (!present.isEmpty() && !acknowledge(present)) {
            return false;
        }
        return failure == null || recess.after(failure);
    }

    /** Whether the timestamp is at fault is found out by trying without it, not from the wording of a message. */
    private boolean refusedAlone(Fact.Settled settled, Result<Integer> result) throws InterruptedException {
        Result<Boolean> found = client.hasEvent(settled.requestId());
        if (!(found instanceof Result.Ok<Boolean> ok)) {
            return recess.after(found);
        }
        if (ok.value()) {
            return acknowledge(List.of(settled));
        }
        if (isDated(settled)) {
            undatedIds.add(settled.requestId());
            return deliver(List.of(settled));
        }
        return setAside(settled, reason(result));
    }

    private static String reason(Result<Integer> result) {
        return result instanceof Result.Refused<Integer> refused
                ? refused.status() + " " + refused.code() + " " + refused.message()
                : "refused";
    }

    private boolean acknowledge(List<Fact.Settled> settled) throws InterruptedException {
        unrecorded = List.copyOf(settled);
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

    private boolean setAside(Fact.Settled settled, String reason) throws InterruptedException {
        LedgerThread.Reply<Boolean> reply = ledger.ask(new Command.SetAside(settled, reason, clock.millis()));
        if (!recorded(reply)) {
            return false;
        }
        forget(settled);
        observer.eventQuarantined(settled.account());
        LOG.error(
                "usage event {} of {} is set aside, Dodo refuses it: {}",
                settled.requestId(),
                settled.account(),
                reason);
        return true;
    }

    private void forget(Fact.Settled settled) {
        ambiguousIds.remove(settled.requestId());
        undatedIds.remove(settled.requestId());
        attempts.remove(settled.requestId());
        isolation.forget(settled);
    }

    private boolean recorded(LedgerThread.Reply<?> reply) {
        if (!(reply instanceof LedgerThread.Reply.Refused<?> refused)) {
            return true;
        }
        switch (refused.reason()) {
            case BUSY, SENSELESS -> recess.shortly();
            case FAILED, CLOSED -> ended = true;
        }
        return false;
    }
}
