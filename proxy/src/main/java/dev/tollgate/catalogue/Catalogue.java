package dev.tollgate.catalogue;

import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a merchant sells: one kind of credits, the meter that deducts them, and the products that grant them. */
public record Catalogue(Credits credits, Meter meter, List<Product> products) {
    public Catalogue {
        products = List.copyOf(products);
        Set<String> ids = new HashSet<>();
        products.forEach(product -> require(ids.add(product.id()), "two products are called " + product.id()));
    }

    public Optional<Product> product(String id) {
        return products.stream().filter(product -> product.id().equals(id)).findFirst();
    }

    /** A credit is one unit of it. */
    public record Credits(String name, String unit) {}

    /** Adds up {@code property} of the usage events called {@code event}. */
    public record Meter(String name, String event, String property, String unit, long unitsPerCredit) {}

    /** How a product is paid. */
    public enum Kind {
        /** Every month. */
        PLAN,
        /** Once. */
        TOP_UP
    }

    /**
     * Something to buy.
     *
     * @param id the merchant's own name for it, unlike Dodo's product id
     * @param expiresAfterDays how long its credits last; 0 for ever
     * @param lowBalancePercent at how much of its credits Dodo warns; 0 for never
     * @param dodoId Dodo's id, once it is known
     */
    public record Product(
            Kind kind,
            String id,
            String name,
            String description,
            Price price,
            long credits,
            int expiresAfterDays,
            int lowBalancePercent,
            Overage overage,
            Optional<String> dodoId) {
        public Product {
            require(credits > 0, "credits");
            require(expiresAfterDays >= 0, "expiresAfterDays");
            require(lowBalancePercent >= 0 && lowBalancePercent <= 100, "lowBalancePercent");
            require(kind == Kind.PLAN || overage instanceof Overage.Off, "only a plan can have overage");
        }
    }

    /** An amount of money in the smallest unit of its currency, such as cents. */
    public record Price(long minorUnits, String currency) {
        public Price {
            require(minorUnits >= 0, "minorUnits");
        }

        /** For people. Two digits after the point, as in all currencies that Dodo bills in but a few. */
        public String text() {
            return BigDecimal.valueOf(minorUnits, 2).toPlainString() + " " + currency;
        }
    }

    /** What happens once a plan's credits are used up. */
    public sealed interface Overage {
        /** Nothing more is served. */
        record Off() implements Overage {}

        /**
         * The rest is billed.
         *
         * @param pricePerMillion for a million credits
         * @param limitCredits empty for no limit
         */
        record Billed(Price pricePerMillion, Optional<Long> limitCredits, Behavior behavior) implements Overage {
            /** The price of one credit in the smallest unit of the currency, exact. */
            public BigDecimal minorUnitsPerCredit() {
                return BigDecimal.valueOf(pricePerMillion.minorUnits(), 6).stripTrailingZeros();
            }
        }
    }

    /** What Dodo does with overage at the end of a billing period; the names are Dodo's. */
    public enum Behavior {
        INVOICE_AT_BILLING,
        FORGIVE_AT_RESET,
        CARRY_DEFICIT,
        CARRY_DEFICIT_AUTO_REPAY
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }
}
