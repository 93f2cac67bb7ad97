package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A session in which a customer may pay. Guarded by the world's lock. */
final class Checkout {
    final String id;
    final Customer customer;
    final List<Payment.CartItem> cart;
    final ObjectNode metadata;
    final Instant createdAt;

    /** How long what is subscribed to here is free at first; null for as long as the product says. */
    final @Nullable Integer trialDays;

    private final @Nullable String returnUrl;
    private @Nullable Payment payment;

    Checkout(
            String id,
            Customer customer,
            List<Payment.CartItem> cart,
            ObjectNode metadata,
            @Nullable String returnUrl,
            @Nullable Integer trialDays,
            Instant createdAt) {
        this.trialDays = trialDays;
        this.id = id;
        this.customer = customer;
        this.cart = cart;
        this.metadata = metadata;
        this.returnUrl = returnUrl;
        this.createdAt = createdAt;
    }

    Optional<String> returnUrl() {
        return Optional.ofNullable(returnUrl);
    }

    Optional<String> paymentId() {
        return Optional.ofNullable(payment).map(Payment::id);
    }

    boolean isPaid() {
        return payment != null && payment.isPaid();
    }

    /** Notes the payment that was tried last; it may be tried again until one succeeds. */
    void tried(Optional<Payment> last) {
        payment = last.orElse(null);
    }

    ObjectNode json() {
        return Json.object()
                .put("id", id)
                .put("created_at", Times.text(createdAt))
                .put("customer_email", customer.email())
                .put("customer_name", customer.name())
                .put("payment_id", payment == null ? null : payment.id())
                .put("payment_status", payment == null ? null : payment.status());
    }
}
