package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.dodo.Payment.CartItem;
import dev.tollgate.sandbox.http.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happens when somebody pays. Guarded by the world's lock. */
final class Sales {
    private final World world;
    private final Credits credits;
    private final Subscriptions subscriptions;
    private final Webhooks webhooks;

    Sales(World world, Credits credits, Subscriptions subscriptions, Webhooks webhooks) {
        this.world = world;
        this.credits = credits;
        this.subscriptions = subscriptions;
        this.webhooks = webhooks;
    }

    /** Pays a checkout session: plans start, packs are granted. A paid session stays as it is. */
    void pay(Checkout checkout) {
        if (checkout.paymentId().isPresent()) {
            return;
        }
        for (CartItem item : checkout.cart) {
            Product product = world.products.get(item.productId());
            if (product == null) {
                continue;
            }
            if (product.isOneTime()) {
                sellPack(checkout, product, item);
            } else {
                subscriptions.start(checkout.customer, product, item.creditOverrides(), checkout.metadata, checkout.id);
            }
        }
        checkout.paid(world.payments.values().stream()
                .filter(payment -> checkout.id.equals(payment.checkoutId()))
                .findFirst()
                .map(Payment::id)
                .orElse(""));
    }

    /** A pack of credits without any product, as a test would buy it. */
    void topUp(Customer customer, Entitlement entitlement, BigDecimal amount, @Nullable Duration validFor) {
        Payment payment = payment(customer, 1900, "USD", List.of(), Json.object(), null);
        Instant expiry = validFor == null ? null : world.now().plus(validFor);
        credits.grant(
                world.openAccount(customer.id(), entitlement),
                Grant.Source.of("one_time", payment.id()),
                amount,
                expiry,
                Cause.payment(payment.id(), "Credits from one-time purchase", Json.object()));
    }

    /** Gives a payment back, and takes what is left of its credits. */
    ObjectNode refund(Payment payment) {
        world.accountsOf(payment.customer().id()).forEach(account -> credits.refund(account, payment));
        ObjectNode refund = Json.object()
                .put("refund_id", world.ids.next("ref_"))
                .put("payment_id", payment.id())
                .put("business_id", World.BUSINESS_ID)
                .put("status", "succeeded")
                .put("amount", payment.amountCents())
                .put("currency", payment.currency())
                .put("is_partial", false)
                .put("created_at", Times.text(world.now()));
        refund.set("customer", payment.customer().brief());
        refund.putObject("metadata");
        webhooks.publish("refund.succeeded", () -> refund.deepCopy().put("payload_type", "Refund"));
        return refund;
    }

    private void sellPack(Checkout checkout, Product product, CartItem item) {
        Payment payment = payment(
                checkout.customer,
                Math.multiplyExact(product.amountCents(), item.quantity()),
                product.currency(),
                checkout.cart,
                checkout.metadata,
                checkout.id);
        for (CreditTerms terms : subscriptions.terms(product.attachments(), item.creditOverrides())) {
            Instant expiry =
                    terms.expiresAfterDays() == 0 ? null : world.now().plus(Duration.ofDays(terms.expiresAfterDays()));
            credits.grant(
                    world.openAccount(checkout.customer.id(), world.entitlement(terms.entitlementId())),
                    new Grant.Source("one_time", payment.id(), 0, null, terms),
                    terms.credits().multiply(BigDecimal.valueOf(item.quantity())),
                    expiry,
                    Cause.payment(payment.id(), "Credits from one-time purchase", checkout.metadata));
        }
    }

    private Payment payment(
            Customer customer,
            int amountCents,
            String currency,
            List<CartItem> cart,
            ObjectNode metadata,
            @Nullable String checkoutId) {
        Payment payment = new Payment(
                world.ids.next("pay_"), customer, amountCents, currency, null, checkoutId, cart, metadata, world.now());
        world.payments.put(payment.id(), payment);
        ObjectNode payload = payment.json().put("payload_type", "Payment");
        webhooks.publish("payment.succeeded", () -> payload);
        return payment;
    }

    /** Reads the {@code product_cart} of a checkout. */
    static CartItem cartItem(JsonNode item) {
        return new CartItem(
                item.path("product_id").asText(),
                Math.max(item.path("quantity").asInt(1), 1),
                item.path("credit_entitlements"));
    }
}
