package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts, renews and ends plans. Guarded by the world's lock. */
final class Subscriptions {
    private final World world;
    private final Credits credits;
    private final Licences licences;
    private final Webhooks webhooks;

    Subscriptions(World world, Credits credits, Licences licences, Webhooks webhooks) {
        this.world = world;
        this.credits = credits;
        this.licences = licences;
        this.webhooks = webhooks;
    }

    /** A paid plan with its first credits, or one on trial with what comes with that. */
    Subscription start(
            Customer customer,
            Product product,
            JsonNode creditOverrides,
            int trialDays,
            ObjectNode metadata,
            @Nullable String checkoutId) {
        List<CreditTerms> terms = terms(product.attachments(), creditOverrides);
        Subscription subscription = new Subscription(
                world.ids.next("sub_"), customer.id(), product, terms, trialDays, metadata, world.now());
        world.subscriptions.put(subscription.id(), subscription);
        boolean trial = subscription.trialDays > 0;
        Payment payment = pay(subscription, trial ? 0 : product.amountCents(), checkoutId);
        publish("subscription.active", subscription);
        if (trial) {
            grantTrial(subscription);
        } else {
            grantCycle(subscription, payment);
        }
        awaitRenewal(subscription);
        licences.deliver(
                product,
                1,
                new LicenceKey.Origin(customer.id(), product.id(), payment.id(), subscription.id()),
                metadata);
        return subscription;
    }

    /** Ends a plan now. Credits already granted live on until their own expiry. */
    void end(Subscription subscription, String status) {
        subscription.status = status;
        subscription.cancelledAt = world.now();
        publish("subscription." + status, subscription);
        licences.follow(subscription);
    }

    /** Pauses, resumes or otherwise changes the status. */
    void changeStatus(Subscription subscription, String status) {
        boolean resumed = status.equals("active") && subscription.status.equals("paused");
        subscription.status = status;
        if (!subscription.isLive() && !List.of("paused", "on_hold").contains(status)) {
            subscription.cancelledAt = world.now();
        }
        publish(resumed ? "subscription.unpaused" : "subscription." + status, subscription);
        licences.follow(subscription);
        if (subscription.isLive() && !subscription.nextBilling.isAfter(world.now())) {
            turnCycle(subscription);
        }
    }

    /**
     * Goes over to another product at once; its credits are added to what is left, which lives on until its own expiry.
     * What is charged, and whether a new period begins, is said by Dodo's mode.
     */
    void changePlan(Subscription subscription, Product product, String mode) {
        int difference = Math.max(0, product.amountCents() - subscription.product.amountCents());
        Duration period = Duration.between(subscription.previousBilling, subscription.nextBilling);
        Duration left = Duration.between(world.now(), subscription.nextBilling);
        int charged = switch (mode) {
            case "full_immediately" -> product.amountCents();
            case "difference_immediately" -> difference;
            default -> (int) (difference * left.toSeconds() / Math.max(1, period.toSeconds()));
        };
        subscription.change(product, terms(product.attachments(), Json.array()));
        if (mode.equals("full_immediately")) {
            subscription.begin(world.now());
            awaitRenewal(subscription);
        }
        Payment payment = pay(subscription, charged, null);
        publish("subscription.plan_changed", subscription);
        grantCycle(subscription, payment);
        licences.replace(subscription);
    }

    void moveNextBilling(Subscription subscription, Instant next) {
        subscription.nextBilling = next;
        awaitRenewal(subscription);
        publish("subscription.updated", subscription);
    }

    void updated(Subscription subscription) {
        publish("subscription.updated", subscription);
    }

    /** Terms of attachments, each with the override for its entitlement merged in. */
    List<CreditTerms> terms(JsonNode attachments, JsonNode overrides) {
        List<CreditTerms> terms = new ArrayList<>();
        for (JsonNode attachment : attachments) {
            String entitlementId = attachment.path("credit_entitlement_id").asText();
            ObjectNode merged = attachment.deepCopy();
            for (JsonNode override : overrides) {
                if (override.path("credit_entitlement_id").asText().equals(entitlementId)) {
                    merged.setAll((ObjectNode) override);
                }
            }
            terms.add(CreditTerms.of(merged, world.entitlement(entitlementId)));
        }
        return terms;
    }

    private void awaitRenewal(Subscription subscription) {
        Instant due = subscription.nextBilling;
        world.clock.scheduleAt(due, () -> {
            synchronized (world) {
                if (subscription.nextBilling.equals(due)) {
                    turnCycle(subscription);
                }
            }
        });
    }

    private void turnCycle(Subscription subscription) {
        if (!subscription.isLive()) {
            return;
        }
        if (subscription.cancelAtNextBilling) {
            end(subscription, "cancelled");
            return;
        }
        subscription.renew(world.now());
        int overageCents = subscription.terms.stream()
                .mapToInt(
                        terms -> terms.overageCents(account(subscription, terms).overage()))
                .sum();
        Payment payment = pay(subscription, Math.addExact(subscription.product.amountCents(), overageCents), null);
        publish("subscription.renewed", subscription);
        for (CreditTerms terms : subscription.terms) {
            if (!terms.carriesOverage()) {
                credits.resetOverage(
                        account(subscription, terms), Cause.subscription(subscription, "Overage reset at renewal"));
            }
        }
        grantCycle(subscription, payment);
        awaitRenewal(subscription);
    }

    private void grantCycle(Subscription subscription, Payment payment) {
        for (CreditTerms terms : subscription.terms) {
            Grant.Source source = new Grant.Source("subscription", subscription.id(), 0, null, terms);
            Instant expiry =
                    terms.expiresAfterDays() == 0 ? null : world.now().plus(Duration.ofDays(terms.expiresAfterDays()));
            Cause cause = Cause.cycle(subscription, payment.id());
            credits.grant(account(subscription, terms), source, terms.credits(), expiry, cause);
        }
    }

    private void grantTrial(Subscription subscription) {
        for (CreditTerms terms : subscription.terms) {
            Grant.Source source = new Grant.Source("subscription", subscription.id(), 0, null, terms);
            Instant expiry = terms.trialCreditsEndWithTrial() ? subscription.nextBilling : null;
            Cause cause = Cause.subscription(subscription, "Credits of a trial");
            credits.grant(account(subscription, terms), source, terms.trialCredits(), expiry, cause);
        }
    }

    private Account account(Subscription subscription, CreditTerms terms) {
        return world.openAccount(subscription.customerId, world.entitlement(terms.entitlementId()));
    }

    private Payment pay(Subscription subscription, int amountCents, @Nullable String checkoutId) {
        Payment payment = new Payment(
                world.ids.next("pay_"),
                world.customer(subscription.customerId),
                amountCents,
                subscription.product.currency(),
                subscription.id(),
                checkoutId,
                List.of(),
                subscription.metadata(),
                "succeeded",
                world.now());
        world.payments.put(payment.id(), payment);
        ObjectNode payload = payment.json().put("payload_type", "Payment");
        webhooks.publish("payment.succeeded", () -> payload);
        return payment;
    }

    /** The payload is the state at delivery time, not at this time. */
    private void publish(String type, Subscription subscription) {
        webhooks.publish(type, () -> {
            synchronized (world) {
                return Json.object()
                        .put("payload_type", "Subscription")
                        .setAll(SubscriptionDocument.of(world, subscription));
            }
        });
    }
}
