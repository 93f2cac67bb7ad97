package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.dodo.Account.Movement;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The only place where credits move: grants, deductions, overage, expiry. Every movement makes a ledger entry and a
 * webhook. Guarded by the world's lock.
 */
final class Credits {
    private static final String REFUND = "refund";
    private static final Comparator<Grant> BY_EXPIRY =
            Comparator.comparing(grant -> grant.expiresAt == null ? Instant.MAX : grant.expiresAt);

    private final World world;
    private final Webhooks webhooks;

    Credits(World world, Webhooks webhooks) {
        this.world = world;
        this.webhooks = webhooks;
    }

    /** Adds a grant; new credits first pay off overage where the terms say so. */
    LedgerEntry grant(
            Account account, Grant.Source source, BigDecimal amount, @Nullable Instant expiresAt, Cause cause) {
        return grant(account, source, amount, expiresAt, cause, "credit_added");
    }

    LedgerEntry grant(
            Account account,
            Grant.Source source,
            BigDecimal amount,
            @Nullable Instant expiresAt,
            Cause cause,
            String type) {
        Grant grant = new Grant(world.ids.next("cdg_"), source, amount, expiresAt, world.now(), cause.paymentId());
        account.grants.add(grant);
        BigDecimal repaid = source.terms() != null && source.terms().repaysOverage()
                ? amount.min(account.overage())
                : BigDecimal.ZERO;
        grant.remaining = amount.subtract(repaid);
        LedgerEntry entry = enter(
                account, new Movement(type, amount, true, amount.subtract(repaid), repaid.negate(), grant.id), cause);
        if (expiresAt != null) {
            world.clock.scheduleAt(expiresAt, () -> expireLocked(account, grant));
        }
        return entry;
    }

    /** Takes up to {@code amount} out of live grants, one entry for each grant touched; returns what was not covered. */
    BigDecimal deduct(Account account, BigDecimal amount, String type, Cause cause) {
        BigDecimal rest = amount;
        for (Grant grant : liveGrants(account)) {
            if (rest.signum() == 0) {
                break;
            }
            BigDecimal taken = rest.min(grant.remaining);
            grant.remaining = grant.remaining.subtract(taken);
            rest = rest.subtract(taken);
            enter(account, Movement.debit(type, taken, grant.id), cause);
        }
        warnIfLow(account);
        return rest;
    }

    /** Takes credits out of one grant as far as they are left, because they were paid back. */
    void takeBack(Account account, Grant grant, BigDecimal amount, Cause cause) {
        BigDecimal taken = amount.min(grant.remaining);
        if (grant.isLive() && taken.signum() > 0) {
            grant.remaining = grant.remaining.subtract(taken);
            enter(account, Movement.debit(REFUND, taken, grant.id), cause);
        }
    }

    /** Records usage beyond zero as far as plans allow; returns what was dropped. */
    BigDecimal chargeOverage(Account account, BigDecimal amount, Cause cause) {
        OveragePolicy policy = OveragePolicy.of(world, account.customerId, account.entitlement);
        BigDecimal charged = amount.min(policy.headroom(account.overage()).orElse(amount));
        if (charged.signum() > 0) {
            enter(account, Movement.overage("overage_charged", charged, charged), cause);
        }
        return amount.subtract(charged);
    }

    /** Clears overage at the end of a cycle. */
    void resetOverage(Account account, Cause cause) {
        BigDecimal overage = account.overage();
        if (overage.signum() > 0) {
            enter(account, Movement.overage("overage_reset", overage, overage.negate()), cause);
        }
    }

    private List<Grant> liveGrants(Account account) {
        var live = account.grants.stream().filter(Grant::isLive);
        return (world.rules.earliestExpiryFirst() ? live.sorted(BY_EXPIRY) : live).toList();
    }

    private void expireLocked(Account account, Grant grant) {
        synchronized (world) {
            expire(account, grant);
        }
    }

    /** Ends a grant: what the terms let roll over moves to a new grant, the rest expires. */
    private void expire(Account account, Grant grant) {
        if (grant.expired) {
            return;
        }
        BigDecimal left = grant.remaining;
        grant.remaining = BigDecimal.ZERO;
        grant.expired = true;
        if (left.signum() == 0) {
            return;
        }
        CreditTerms terms = grant.source.terms();
        Cause cause = Cause.api("Grant expired");
        if (terms == null || !terms.rolloverEnabled()) {
            enter(account, Movement.debit("credit_expired", left, grant.id), cause);
        } else if (grant.source.rolloverCount() >= terms.rolloverCountMax()) {
            enter(account, Movement.debit("rollover_forfeited", left, grant.id), cause);
        } else {
            rollOver(account, grant, left, terms);
        }
    }

    /** The old grant expires whole, and the part that rolls over is added again. */
    private void rollOver(Account account, Grant grant, BigDecimal left, CreditTerms terms) {
        BigDecimal kept = left.multiply(BigDecimal.valueOf(terms.rolloverPercent()))
                .divide(BigDecimal.valueOf(100), account.entitlement.precision(), RoundingMode.DOWN);
        grant.rolledOver = true;
        enter(account, Movement.debit("credit_expired", left, grant.id), Cause.api("Rolled over"));
        if (kept.signum() > 0) {
            Grant.Source source =
                    new Grant.Source("rollover", grant.source.id(), grant.source.rolloverCount() + 1, grant.id, terms);
            Duration lifetime = Duration.ofDays(Math.max(terms.expiresAfterDays(), 1));
            grant(account, source, kept, world.now().plus(lifetime), Cause.api("Rolled over"), "credit_rolled_over");
        }
    }

    private LedgerEntry enter(Account account, Movement movement, Cause cause) {
        LedgerEntry entry = account.enter(world.ids.next("cdl_"), movement, cause, world.now());
        if (!movement.type().equals(REFUND)) { // Dodo has no event for these
            ObjectNode payload = entry.json().put("payload_type", "CreditLedgerEntry");
            webhooks.publish(webhookType(movement.type()), () -> payload);
        }
        if (movement.isCredit()) {
            world.liveSubscriptionsOf(account.customerId)
                    .forEach(subscription -> subscription.warnedEntitlements.remove(account.entitlement.id()));
        }
        return entry;
    }

    private static String webhookType(String transactionType) {
        return switch (transactionType) {
            case "credit_added" -> "credit.added";
            case "credit_deducted" -> "credit.deducted";
            case "credit_expired" -> "credit.expired";
            case "credit_rolled_over" -> "credit.rolled_over";
            case "rollover_forfeited" -> "credit.rollover_forfeited";
            case "overage_charged" -> "credit.overage_charged";
            case "overage_reset" -> "credit.overage_reset";
            default -> "credit.manual_adjustment";
        };
    }

    private void warnIfLow(Account account) {
        for (Subscription subscription : world.liveSubscriptionsOf(account.customerId)) {
            subscription.terms.stream()
                    .filter(terms -> terms.entitlementId().equals(account.entitlement.id()))
                    .filter(terms -> account.balance().compareTo(threshold(terms)) < 0)
                    .filter(terms -> subscription.warnedEntitlements.add(terms.entitlementId()))
                    .forEach(terms -> publishLow(account, subscription, terms));
        }
    }

    private static BigDecimal threshold(CreditTerms terms) {
        return terms.credits()
                .multiply(BigDecimal.valueOf(terms.lowBalancePercent()))
                .movePointLeft(2);
    }

    private void publishLow(Account account, Subscription subscription, CreditTerms terms) {
        ObjectNode payload = dev.tollgate.sandbox.http.Json.object()
                .put("payload_type", "CreditBalanceLow")
                .put("brand_id", World.BRAND_ID)
                .put("customer_id", account.customerId)
                .put("subscription_id", subscription.id())
                .put("credit_entitlement_id", account.entitlement.id())
                .put("credit_entitlement_name", account.entitlement.name())
                .put("available_balance", Amounts.text(account.balance()))
                .put("subscription_credits_amount", Amounts.text(terms.credits()))
                .put("threshold_amount", Amounts.text(threshold(terms)))
                .put("threshold_percent", terms.lowBalancePercent());
        webhooks.publish("credit.balance_low", () -> payload);
    }
}
