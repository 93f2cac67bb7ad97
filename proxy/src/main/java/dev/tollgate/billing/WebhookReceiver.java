package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tollgate.billing.BillingObserver.WebhookOutcome;
import dev.tollgate.journal.Account;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes Dodo's webhooks. A 2xx is answered only when the effect is durable, or when there is none; with any other
 * answer Dodo delivers again. Repeated and reordered deliveries are harmless, since the ledger knows entries by id.
 *
 * <p>{@link #receive} is safe on every thread and never waits; the work is done on the executor's threads.
 */
public final class WebhookReceiver {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookReceiver.class);
    private static final int BODY_BYTES_MAX = 256 << 10;
    private static final int AT_ONCE_MAX = 64;
    private static final int REMEMBERED_IDS_MAX = 100_000;

    /** Longer than Dodo goes on retrying. */
    private static final Duration REMEMBERED = Duration.ofDays(3);

    private final WebhookVerifier verifier;
    private final String entitlementId;
    private final CreditUnits units;
    private final LedgerClient ledger;
    private final BalanceReader balances;
    private final Predicate<String> ourCustomers;
    private final InstantSource clock;
    private final BillingObserver observer;
    private final Executor executor;

    /** Null while licence keys are no API keys. Written once, before messages come. */
    private volatile @Nullable Licences licences;

    private final Semaphore places = new Semaphore(AT_ONCE_MAX);

    /** Ids that were answered with 2xx; only for counting repeats. */
    private final Cache<String, Boolean> answeredIds;

    /** The three headers of a webhook; {@code null} for one that is missing. All lines of the signature belong here. */
    public record Headers(@Nullable String id, @Nullable String timestamp, List<String> signatureLines) {
        public Headers {
            signatureLines = List.copyOf(signatureLines);
        }
    }

    /** What to tell the sender: 200, 400, 401, 413 or 503, and a few words that reveal nothing. */
    public record Answer(int status, String reason) {}

    /** Takes licence keys that Dodo delivers as API keys. May wait. */
    public interface Licences {
        /**
         * The key works once this returns true; false when it could not be made durable.
         *
         * @param grantId what it came with; empty where that is not known
         */
        boolean adopt(Account account, String grantId, String key) throws InterruptedException;

        /**
         * The key works no longer once this returns true; false when it could not be made durable.
         *
         * @param grantId what it came with; empty where that is not known
         * @param key empty where only the grant is known
         */
        boolean revoke(Account account, String grantId, String key) throws InterruptedException;
    }

    /** What became of a message. */
    private record Ending(String type, WebhookOutcome outcome) {}

    /**
     * @param entitlementId the credits that requests are paid with; entries of others are passed over
     * @param ourCustomers whether a customer id belongs to somebody with a key here
     */
    public WebhookReceiver(
            BillingSettings.Webhooks settings,
            String entitlementId,
            long unitsPerCredit,
            LedgerThread ledger,
            BalanceReader balances,
            Predicate<String> ourCustomers,
            InstantSource clock,
            BillingObserver observer,
            Executor executor) {
        this.verifier = new WebhookVerifier(settings.secrets());
        this.entitlementId = entitlementId;
        this.units = new CreditUnits(unitsPerCredit);
        this.ledger = new LedgerClient(ledger);
        this.balances = balances;
        this.ourCustomers = ourCustomers;
        this.clock = clock;
        this.observer = observer;
        this.executor = executor;
        this.answeredIds = Caffeine.newBuilder()
                .executor(executor)
                .maximumSize(REMEMBERED_IDS_MAX)
                .expireAfterWrite(REMEMBERED)
                .build();
    }

    /** From now on licence keys are API keys. */
    public void keepLicences(Licences keeper) {
        licences = keeper;
    }

    /**
     * Takes one message; the answer comes when its effect is durable.
     *
     * @param body the bytes as they arrived; not to be changed afterwards
     */
    public CompletionStage<Answer> receive(Headers headers, byte[] body) {
        if (body.length > BODY_BYTES_MAX) {
            return CompletableFuture.completedFuture(answer(new Ending("none", WebhookOutcome.TOO_LARGE)));
        }
        if (!places.tryAcquire()) {
            return CompletableFuture.completedFuture(answer(new Ending("none", WebhookOutcome.UNAVAILABLE)));
        }
        try {
            return CompletableFuture.supplyAsync(() -> process(headers, body), executor)
                    .whenComplete((answer, failure) -> places.release());
        } catch (RejectedExecutionException e) {
            places.release();
            return CompletableFuture.completedFuture(answer(new Ending("none", WebhookOutcome.UNAVAILABLE)));
        }
    }

    private Answer process(Headers headers, byte[] body) {
        Ending ending;
        try {
            ending = handle(headers, body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ending = new Ending("none", WebhookOutcome.UNAVAILABLE);
        } catch (RuntimeException e) {
            LOG.error("a webhook failed", e);
            ending = new Ending("none", WebhookOutcome.UNAVAILABLE);
        }
        Answer answer = answer(ending);
        String id = headers.id();
        if (answer.status() == 200 && id != null && answeredIds.asMap().putIfAbsent(id, true) != null) {
            observer.webhookRepeated(ending.type());
        }
        return answer;
    }

    private Answer answer(Ending ending) {
        observer.webhookEnded(ending.type(), ending.outcome());
        return switch (ending.outcome()) {
            case APPLIED, NOTHING_NEW, REFRESHED, IGNORED -> new Answer(200, "ok");
            case MALFORMED -> new Answer(400, "not of the form that its type should have");
            case UNVERIFIED -> new Answer(401, "not signed by Dodo Payments, or too long ago");
            case TOO_LARGE -> new Answer(413, "too large");
            case UNAVAILABLE -> new Answer(503, "try again later");
        };
    }

    private Ending handle(Headers headers, byte[] body) throws InterruptedException {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            return new Ending("none", WebhookOutcome.UNVERIFIED);
        }
        if (!verifier.isAuthentic(headers, text)) {
            return new Ending("none", WebhookOutcome.UNVERIFIED);
        }
        JsonNode envelope;
        try {
            envelope = DodoJson.parse(body);
        } catch (UnreadableException e) {
            return new Ending("none", WebhookOutcome.MALFORMED);
        }
        try {
            WebhookMessage message = WebhookMessage.parse(envelope, units);
            boolean kept = keepLicence(envelope);
            return new Ending(message.type(), kept ? handle(message) : WebhookOutcome.UNAVAILABLE);
        } catch (UnreadableException e) {
            String type = WebhookMessage.label(envelope);
            LOG.warn("a {} webhook is not of the expected form: {}", type, e.getMessage());
            return new Ending(type, WebhookOutcome.MALFORMED);
        }
    }

    /** Answers false when it could not be made durable. */
    private boolean keepLicence(JsonNode envelope) throws InterruptedException {
        Licences keeper = licences;
        Optional<LicenceKeys.Change> change = keeper == null
                ? Optional.empty()
                : LicenceKeys.read(envelope.path("type").asText(), envelope.path("data"));
        if (keeper == null || change.isEmpty()) {
            return true;
        }
        Account account = account(change.get().customerId());
        String grantId = change.get().grantId();
        String key = change.get().key();
        return change.get().works() ? keeper.adopt(account, grantId, key) : keeper.revoke(account, grantId, key);
    }

    private WebhookOutcome handle(WebhookMessage message) throws InterruptedException {
        return switch (message) {
            case WebhookMessage.CreditEntry entry -> apply(entry);
            case WebhookMessage.TermsChange change -> {
                if (!ourCustomers.test(change.customerId())) {
                    yield WebhookOutcome.IGNORED;
                }
                balances.heardOf(account(change.customerId()));
                yield WebhookOutcome.REFRESHED;
            }
            case WebhookMessage.BalanceLow low -> warn(low);
            case WebhookMessage.Other ignored -> WebhookOutcome.IGNORED;
        };
    }

    private WebhookOutcome apply(WebhookMessage.CreditEntry message) throws InterruptedException {
        if (!message.entitlementId().equals(entitlementId)) {
            return WebhookOutcome.IGNORED;
        }
        Command<Command.EntriesAnswer> command =
                new Command.ApplyEntries(account(message.customerId()), List.of(message.entry()), clock.millis());
        return switch (ledger.ask(command)) {
            case LedgerThread.Reply.Refused<Command.EntriesAnswer> ignored -> WebhookOutcome.UNAVAILABLE;
            case LedgerThread.Reply.Durable<Command.EntriesAnswer> durable -> applied(message, durable.answer());
        };
    }

    /** An account that was never read needs no entry now: the reading that makes it known contains it. */
    private WebhookOutcome applied(WebhookMessage.CreditEntry message, Command.EntriesAnswer answer) {
        if (!answer.known()) {
            return refresh(message.customerId());
        }
        if (message.entry().changesGrants()) {
            balances.termsMayHaveChanged(account(message.customerId()));
        }
        ForeignUsage.tell(account(message.customerId()), answer.foreignUnits(), observer);
        if (answer.gap()) {
            var unused = balances.refresh(account(message.customerId()));
        }
        return answer.applied() > 0 ? WebhookOutcome.APPLIED : WebhookOutcome.NOTHING_NEW;
    }

    private WebhookOutcome refresh(String customerId) {
        if (!ourCustomers.test(customerId)) {
            return WebhookOutcome.IGNORED;
        }
        var unused = balances.refresh(account(customerId));
        return WebhookOutcome.REFRESHED;
    }

    private WebhookOutcome warn(WebhookMessage.BalanceLow low) {
        if (!low.entitlementId().equals(entitlementId) || !ourCustomers.test(low.customerId())) {
            return WebhookOutcome.IGNORED;
        }
        observer.balanceLow(account(low.customerId()), low.availableUnits());
        return WebhookOutcome.REFRESHED;
    }

    private Account account(String customerId) {
        return new Account(customerId, entitlementId);
    }
}
