package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.dodo.Payment.CartItem;
import dev.tollgate.sandbox.http.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What happens when somebody pays. Guarded by the world's lock. */
final class Sales {
    private final World world;
    private final Credits credits;
    private final Subscriptions subscriptions;
    private final Licences licences;
    private final Webhooks webhooks;

    Sales(World world, Credits credits, Subscriptions subscriptions, Licences licences, Webhooks webhooks) {
        this.world = world;
        this.credits = credits;
        this.subscriptions = subscriptions;
        this.licences = licences;
        this.webhooks = webhooks;
    }

    /** Pays a checkout session: plans start, packs are granted. A paid session stays as it is. */
    void pay(Checkout checkout) {
        if (checkout.isPaid()) {
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
                int trialDays = checkout.trialDays == null ? product.trialDays() : checkout.trialDays;
                subscriptions.start(
                        checkout.customer, product, item.creditOverrides(), trialDays, checkout.metadata, checkout.id);
            }
        }
        checkout.tried(world.payments.values().stream()
                .filter(payment -> checkout.id.equals(payment.checkoutId()) && payment.isPaid())
                .findFirst());
    }

    /** The customer's bank says no. The session stays open for another try. */
    void decline(Checkout checkout) {
        if (checkout.isPaid()) {
            return;
        }
        int cents = checkout.cart.stream()
                .mapToInt(item -> Optional.ofNullable(world.products.get(item.productId()))
                        .map(product -> Math.multiplyExact(product.amountCents(), item.quantity()))
                        .orElse(0))
                .sum();
        checkout.tried(Optional.of(
                payment(checkout.customer, cents, "USD", checkout.cart, checkout.metadata, checkout.id, "failed")));
    }

    /** A pack of credits without any product, as a test would buy it. */
    void topUp(Customer customer, Entitlement entitlement, BigDecimal amount, @Nullable Duration validFor) {
        Payment payment = payment(customer, 1900, "USD", List.of(), Json.object(), null, "succeeded");
        Instant expiry = validFor == null ? null : world.now().plus(validFor);
        credits.grant(
                world.openAccount(customer.id(), entitlement),
                Grant.Source.of("one_time", payment.id()),
                amount,
                expiry,
                Cause.payment(payment.id(), "Credits from one-time purchase", Json.object()));
    }

    private void sellPack(Checkout checkout, Product product, CartItem item) {
        Payment payment = payment(
                checkout.customer,
                Math.multiplyExact(product.amountCents(), item.quantity()),
                product.currency(),
                checkout.cart,
                checkout.metadata,
                checkout.id,
                "succeeded");
        licences.deliver(
                product,
                item.quantity(),
                new LicenceKey.Origin(checkout.customer.id(), product.id(), payment.id(), null),
                checkout.metadata);
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
            @Nullable String checkoutId,
            String status) {
        Payment payment = new Payment(
                world.ids.next("pay_"),
                customer,
                amountCents,
                currency,
                null,
                checkoutId,
                cart,
                metadata,
                status,
                world.now());
        world.payments.put(payment.id(), payment);
        ObjectNode payload = payment.json().put("payload_type", "Payment");
        webhooks.publish("payment." + status, () -> payload);
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
