package dev.tollgate.portal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.AccountView;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * An account's credits as the gate sees them, once or whenever something happens to them. Safe on every thread.
 */
final class BalanceFeed {
    private static final long APART_MILLIS = 250;
    private static final long ALIVE_SECONDS = 15;

    private final CustomerPortal.Books books;

    /** Who listens to which account; each is woken by a permit. */
    private final Map<Account, Set<Semaphore>> listeners = new ConcurrentHashMap<>();

    BalanceFeed(CustomerPortal.Books books) {
        this.books = books;
    }

    void heard(List<Fact> facts) {
        if (listeners.isEmpty()) {
            return;
        }
        for (Fact fact : facts) {
            listeners.getOrDefault(fact.account(), Set.of()).forEach(Semaphore::release);
        }
    }

    PortalResponse credits(Person person) throws InterruptedException {
        AccountView view = books.view(person.account());
        return view.known()
                ? Replies.json(200, document(view))
                : Replies.error(503, "balance_unknown", "The balance has not been read yet. Try again in a moment.");
    }

    PortalResponse events(Person person) {
        return new PortalResponse.Events(
                Map.of("content-type", "text/event-stream", "cache-control", "no-store", "x-accel-buffering", "no"),
                sink -> run(person.account(), sink));
    }

    private void run(Account account, PortalResponse.Sink sink) throws InterruptedException {
        Semaphore news = new Semaphore(1);
        Set<Semaphore> mine = listeners.computeIfAbsent(account, any -> ConcurrentHashMap.newKeySet());
        mine.add(news);
        try {
            String shown = "";
            boolean listening = true;
            while (listening) {
                boolean woken = news.tryAcquire(ALIVE_SECONDS, TimeUnit.SECONDS);
                news.drainPermits();
                String next = Replies.event("credits", document(books.view(account)));
                if (!next.equals(shown)) {
                    listening = sink.send(next);
                    shown = next;
                } else if (!woken) {
                    listening = sink.send(": still here\n\n");
                }
                TimeUnit.MILLISECONDS.sleep(APART_MILLIS);
            }
        } finally {
            mine.remove(news);
            listeners.computeIfPresent(account, (any, left) -> left.isEmpty() ? null : left);
        }
    }

    /** What was agreed beyond the balance: how the subscription stands, what may be overdrawn, and which credits expire when. */
    private static void addTerms(ObjectNode document, Fact.Terms terms, long netUnits) {
        document.put("deducting_subscriptions", terms.deductingSubscriptions());
        document.put("subscription", terms.standing().name().toLowerCase(Locale.ROOT));
        if (terms.overageLimitUnits() == Long.MAX_VALUE) {
            document.putNull("overage_limit");
        } else {
            document.put("overage_limit", terms.overageLimitUnits());
        }
        ArrayNode expiring = document.putArray("expiring");
        for (Fact.Grant grant : terms.grants()) {
            // What was left when Dodo listed it; since then it may have become less, and never exceeds the balance.
            long units = Math.min(grant.remainingUnits(), netUnits);
            if (units <= 0) {
                continue;
            }
            expiring.addObject()
                    .put("credits", units)
                    .put("at", Instant.ofEpochMilli(grant.expiresAtMillis()).toString());
        }
    }

    private static ObjectNode document(AccountView view) {
        ObjectNode document = Replies.object().put("known", view.known());
        document.put("balance", view.netUnits())
                .put("not_yet_deducted", view.unreflectedUnits())
                .put("held", view.heldUnits());
        if (view.availableUnits() == Long.MAX_VALUE) {
            document.putNull("available");
        } else {
            document.put("available", view.availableUnits());
        }
        boolean moved = view.tipMicros() > view.completeMicros(); // else it is when the first reading began to look
        if (moved) {
            document.put(
                    "last_movement_at",
                    Instant.ofEpochMilli(view.tipMicros() / 1000).toString());
        } else {
            document.putNull("last_movement_at");
        }
        addTerms(document, view.terms(), view.netUnits());
        return document;
    }
}
