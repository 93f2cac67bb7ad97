package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one customer holds of one entitlement. Guarded by the world's lock. */
final class Account {
    final String id;
    final String customerId;
    final Entitlement entitlement;
    final Instant createdAt;
    final List<Grant> grants = new ArrayList<>();
    final List<LedgerEntry> ledger = new ArrayList<>();
    private BigDecimal balance = BigDecimal.ZERO;
    private BigDecimal overage = BigDecimal.ZERO;

    /** A movement: how much, in which direction, and what it does to the two running totals. */
    record Movement(
            String type,
            BigDecimal amount,
            boolean isCredit,
            BigDecimal balanceChange,
            BigDecimal overageChange,
            @Nullable String grantId) {
        static Movement credit(String type, BigDecimal amount, String grantId) {
            return new Movement(type, amount, true, amount, BigDecimal.ZERO, grantId);
        }

        static Movement debit(String type, BigDecimal amount, String grantId) {
            return new Movement(type, amount, false, amount.negate(), BigDecimal.ZERO, grantId);
        }

        static Movement overage(String type, BigDecimal amount, BigDecimal change) {
            return new Movement(type, amount, false, BigDecimal.ZERO, change, null);
        }
    }

    Account(String id, String customerId, Entitlement entitlement, Instant createdAt) {
        this.id = id;
        this.customerId = customerId;
        this.entitlement = entitlement;
        this.createdAt = createdAt;
    }

    BigDecimal balance() {
        return balance;
    }

    BigDecimal overage() {
        return overage;
    }

    /** Applies a movement to the running totals and enters it. No two entries share a time. */
    LedgerEntry enter(String entryId, Movement movement, Cause cause, Instant now) {
        Instant last = ledger.isEmpty() ? Instant.MIN : ledger.getLast().createdAt();
        LedgerEntry entry = new LedgerEntry(
                entryId,
                customerId,
                entitlement.id(),
                movement.grantId(),
                movement.type(),
                movement.amount(),
                movement.isCredit(),
                balance,
                balance.add(movement.balanceChange()),
                overage,
                overage.add(movement.overageChange()),
                now.isAfter(last) ? now : last.plus(1, ChronoUnit.MICROS),
                cause.description(),
                cause.referenceType(),
                cause.referenceId(),
                cause.metadata());
        balance = entry.balanceAfter();
        overage = entry.overageAfter();
        ledger.add(entry);
        return entry;
    }

    ObjectNode json(boolean numeric) {
        Instant last = ledger.isEmpty() ? null : ledger.getLast().createdAt();
        ObjectNode json = Json.object()
                .put("id", id)
                .put("customer_id", customerId)
                .put("credit_entitlement_id", entitlement.id());
        json.set("balance", Amounts.node(balance, numeric));
        json.set("overage", Amounts.node(overage, numeric));
        return json.put("created_at", Times.text(createdAt))
                .put("updated_at", Times.text(last == null ? createdAt : last))
                .put("last_transaction_at", Times.textOrNull(last));
    }
}
