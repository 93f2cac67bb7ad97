package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pays money back. Dodo does not say what becomes of the credits that came with it: by its rules the sandbox takes the same
 * share of them away, as far as they are left, or leaves them. Guarded by the world's lock.
 */
final class Refunds {
    private final World world;
    private final Credits credits;
    private final Licences licences;
    private final Webhooks webhooks;
    final Map<String, Refund> byId = new LinkedHashMap<>();

    Refunds(World world, Credits credits, Licences licences, Webhooks webhooks) {
        this.world = world;
        this.credits = credits;
        this.licences = licences;
        this.webhooks = webhooks;
    }

    Refund pay(Payment payment, int cents, @Nullable String reason, ObjectNode metadata) {
        Refund refund = new Refund(
                world.ids.next("ref_"), payment, cents, cents < payment.amountCents(), reason, metadata, world.now());
        byId.put(refund.id(), refund);
        if (world.rules.refundsTakeCredits()) {
            takeCredits(payment, cents);
        }
        if ("full".equals(status(payment))) {
            licences.takeBack(payment.id());
        }
        ObjectNode payload = refund.json().put("payload_type", "Refund");
        webhooks.publish("refund.succeeded", () -> payload);
        return refund;
    }

    List<Refund> of(Payment payment) {
        return byId.values().stream()
                .filter(refund -> refund.payment().id().equals(payment.id()))
                .toList();
    }

    int refundedCents(Payment payment) {
        return of(payment).stream().mapToInt(Refund::amountCents).sum();
    }

    /** {@code partial} or {@code full}, or null for a payment that nothing was paid back of. */
    @Nullable
    String status(Payment payment) {
        int cents = refundedCents(payment);
        if (cents == 0) {
            return null;
        }
        return cents < payment.amountCents() ? "partial" : "full";
    }

    private void takeCredits(Payment payment, int cents) {
        for (Account account : world.accountsOf(payment.customer().id())) {
            account.grants.stream()
                    .filter(grant -> payment.id().equals(grant.paymentId))
                    .forEach(grant -> credits.takeBack(
                            account,
                            grant,
                            grant.initial
                                    .multiply(BigDecimal.valueOf(cents))
                                    .divide(
                                            BigDecimal.valueOf(payment.amountCents()),
                                            account.entitlement.precision(),
                                            RoundingMode.DOWN),
                            Cause.payment(payment.id(), "Refunded", payment.metadata())));
        }
    }
}
