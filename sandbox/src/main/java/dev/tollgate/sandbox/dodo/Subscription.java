package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A customer's running plan. Guarded by the world's lock. */
final class Subscription {
    final String customerId;
    final Instant createdAt;
    final int trialDays;
    final List<Period> pastPeriods = new ArrayList<>();
    final Set<String> warnedEntitlements = new HashSet<>();
    Product product;
    List<MeterLink> links;
    List<CreditTerms> terms;
    String status = "active";
    Instant previousBilling;
    Instant nextBilling;
    boolean cancelAtNextBilling;

    @Nullable
    Instant cancelledAt;

    private final String id;
    private ObjectNode metadata;

    /** A billing period that has ended. */
    record Period(Instant start, Instant end) {}

    Subscription(
            String id,
            String customerId,
            Product product,
            List<CreditTerms> terms,
            int trialDays,
            ObjectNode metadata,
            Instant now) {
        this.id = id;
        this.trialDays = trialDays;
        this.customerId = customerId;
        this.product = product;
        this.terms = terms;
        this.metadata = metadata;
        this.links = product.links();
        this.createdAt = now;
        this.previousBilling = now;
        this.nextBilling = trialDays > 0 ? now.plus(Duration.ofDays(trialDays)) : product.periodEnd(now);
    }

    /** The next period begins where the last one ended, and is paid for from now on. */
    void renew(Instant now) {
        begin(nextBilling);
        nextBilling = product.periodEnd(now);
    }

    String id() {
        return id;
    }

    /** Another product from now on. */
    void change(Product wanted, List<CreditTerms> wantedTerms) {
        product = wanted;
        links = wanted.links();
        terms = wantedTerms;
    }

    /** A billing period begins, and the one before it ends. */
    void begin(Instant start) {
        pastPeriods.add(new Period(previousBilling, start));
        previousBilling = start;
        nextBilling = product.periodEnd(start);
    }

    ObjectNode metadata() {
        return metadata;
    }

    void metadata(ObjectNode replacement) {
        metadata = replacement;
    }

    /** Whether it gives access and deducts usage. */
    boolean isLive() {
        return status.equals("active") || status.equals("past_due");
    }
}
