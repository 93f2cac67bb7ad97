package dev.tollgate.sandbox.dodo;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether usage may go beyond zero, and how far.
 *
 * @param limit null for no limit
 */
record OveragePolicy(boolean enabled, @Nullable BigDecimal limit) {
    /** Allowed when any live subscription allows it, as far as the most generous one does. */
    static OveragePolicy of(World world, String customerId, Entitlement entitlement) {
        List<CreditTerms> allowing = world.liveSubscriptionsOf(customerId).stream()
                .flatMap(subscription -> subscription.terms.stream())
                .filter(terms -> terms.entitlementId().equals(entitlement.id()) && terms.overageEnabled())
                .toList();
        return allowing.stream()
                .reduce((first, second) -> first.overageLimit() == null
                                || (second.overageLimit() != null
                                        && first.overageLimit().compareTo(second.overageLimit()) >= 0)
                        ? first
                        : second)
                .map(OveragePolicy::of)
                .orElse(new OveragePolicy(false, null));
    }

    static OveragePolicy of(CreditTerms terms) {
        return new OveragePolicy(terms.overageEnabled(), terms.overageLimit());
    }

    /** How much more overage is allowed; empty for any amount. */
    Optional<BigDecimal> headroom(BigDecimal overage) {
        if (!enabled) {
            return Optional.of(BigDecimal.ZERO);
        }
        return Optional.ofNullable(limit).map(most -> most.subtract(overage).max(BigDecimal.ZERO));
    }
}
