package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Credits and debits by hand, with immediate effect. Guarded by the world's lock. */
final class ManualEntries {
    private static final BigDecimal AMOUNT_END = BigDecimal.TEN.pow(10);

    private final World world;
    private final Credits credits;
    private final Map<String, ObjectNode> answersByKey = new HashMap<>();

    ManualEntries(World world, Credits credits) {
        this.world = world;
        this.credits = credits;
    }

    /** Answers {@code POST .../ledger-entries}. */
    Reply add(Account account, ObjectNode body) {
        Optional<BigDecimal> amount = Amounts.parse(body.path("amount"));
        String type = body.path("entry_type").asText();
        boolean known = type.equals("credit") || type.equals("debit");
        if (!known || amount.isEmpty()) {
            return Replies.invalid("entry_type must be credit or debit, and amount a decimal string");
        }
        if (amount.get().signum() <= 0 || amount.get().compareTo(AMOUNT_END) >= 0) {
            return Replies.error(400, "INVALID_REQUEST_PARAMETERS", "amount is out of bounds");
        }
        String key = account.id + "/" + body.path("idempotency_key").asText("");
        boolean keyed = body.hasNonNull("idempotency_key");
        if (keyed && answersByKey.containsKey(key)) {
            return world.rules.replayConflicts()
                    ? Replies.error(409, "INVALID_REQUEST_PARAMETERS", "idempotency_key was used before")
                    : Reply.json(201, answersByKey.get(key));
        }
        if (type.equals("debit") && account.balance().compareTo(amount.get()) < 0) {
            return Replies.error(400, "INVALID_REQUEST_PARAMETERS", "Insufficient balance");
        }
        ObjectNode answer = apply(account, type, amount.get(), body);
        if (keyed) {
            answersByKey.put(key, answer);
        }
        return Reply.json(201, answer);
    }

    /** Adds credits without any limit on the amount. */
    void credit(Account account, BigDecimal amount, @Nullable Instant expiresAt, @Nullable String reason) {
        String type = world.rules.manualEntriesAsAdjustment() ? "manual_adjustment" : "credit_added";
        credits.grant(account, Grant.Source.of("api", null), amount, expiresAt, Cause.api(reason), type);
    }

    /** Takes credits away as far as there are any. */
    void debit(Account account, BigDecimal amount, @Nullable String reason) {
        String type = world.rules.manualEntriesAsAdjustment() ? "manual_adjustment" : "credit_deducted";
        credits.deduct(account, amount, type, Cause.api(reason));
    }

    private ObjectNode apply(Account account, String type, BigDecimal amount, ObjectNode body) {
        BigDecimal balanceBefore = account.balance();
        BigDecimal overageBefore = account.overage();
        String reason = body.path("reason").textValue();
        if (type.equals("credit")) {
            Instant expiresAt = Optional.ofNullable(body.path("expires_at").textValue())
                    .flatMap(Times::parse)
                    .orElse(null);
            credit(account, amount, expiresAt, reason);
        } else {
            debit(account, amount, reason);
        }
        LedgerEntry last = account.ledger.getLast();
        return Json.object()
                .put("id", last.id())
                .put("customer_id", account.customerId)
                .put("credit_entitlement_id", account.entitlement.id())
                .put("entry_type", type)
                .put("amount", Amounts.text(amount))
                .put("is_credit", type.equals("credit"))
                .put("balance_before", Amounts.text(balanceBefore))
                .put("balance_after", Amounts.text(account.balance()))
                .put("overage_before", Amounts.text(overageBefore))
                .put("overage_after", Amounts.text(account.overage()))
                .put("created_at", Times.text(last.createdAt()))
                .put("grant_id", last.grantId())
                .put("reason", reason);
    }
}
