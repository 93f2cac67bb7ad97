package dev.tollgate.app;

import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What Dodo says about an account beyond its balance, in words for people. Pure. */
final class TermsText {
    private TermsText() {}

    /** What became different. */
    static String change(Fact.Terms before, Fact.Terms after) {
        List<String> parts = new ArrayList<>();
        if (before.overageLimitUnits() != after.overageLimitUnits()) {
            parts.add("overage allowed: " + Wording.limit(after.overageLimitUnits()));
        }
        if (before.standing() != after.standing()) {
            parts.add("subscription: " + standing(after.standing()));
        }
        if (before.deductingSubscriptions() != after.deductingSubscriptions()) {
            parts.add("deducted by " + Wording.count(after.deductingSubscriptions(), "subscription"));
        }
        if (!before.grants().equals(after.grants())) {
            parts.add("expiring: " + Wording.number(after.expiringUnits(Long.MAX_VALUE)));
        }
        return parts.isEmpty() ? "terms as before" : String.join(", ", parts);
    }

    static String standing(Fact.Standing standing) {
        return standing.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
