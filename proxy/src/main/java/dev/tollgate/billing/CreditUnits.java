package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import dev.tollgate.ledger.Reading;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;

/**
 * Turns Dodo's credits, which are decimals, into whole meter units. Where they do not divide evenly the customer gets
 * no more than was granted: balances and allowances are rounded down, overage is rounded up. Entries are converted by
 * their running totals, so that rounding never adds up over a chain of them.
 */
final class CreditUnits {
    /** Beyond this an amount is no amount, or a limit no limit; it leaves room for sums within a long. */
    private static final long UNITS_MAX = 1L << 53;

    private static final int ID_CHARS_MAX = 200;
    private static final String MARK = "tollgate:";
    private static final int CREDIT_DECIMALS_MAX = 10;
    private static final Set<String> USAGE_TYPES = Set.of("credit_deducted", "overage_charged");
    private static final Set<String> CREDIT_TYPES = Set.of("credit_added", "manual_adjustment");

    private final BigDecimal unitsPerCredit;

    CreditUnits(long unitsPerCredit) {
        this.unitsPerCredit = BigDecimal.valueOf(unitsPerCredit);
    }

    long balanceUnits(JsonNode node, String member) throws UnreadableException {
        return units(DodoJson.decimal(node, member), RoundingMode.FLOOR, member);
    }

    long overageUnits(JsonNode node, String member) throws UnreadableException {
        return units(DodoJson.decimal(node, member), RoundingMode.CEILING, member);
    }

    /** What may be overdrawn: {@link Long#MAX_VALUE} for a limit that is absent or beyond all amounts. */
    long limitUnits(JsonNode node, String member) throws UnreadableException {
        if (DodoJson.isAbsent(node, member)) {
            return Long.MAX_VALUE;
        }
        BigDecimal exact = DodoJson.decimal(node, member).multiply(unitsPerCredit);
        if (exact.compareTo(BigDecimal.valueOf(UNITS_MAX)) >= 0) {
            return Long.MAX_VALUE;
        }
        return exact.signum() <= 0 ? 0 : exact.setScale(0, RoundingMode.FLOOR).longValueExact();
    }

    /** One entry of Dodo's credit ledger, as listed and as delivered by webhook. */
    Reading.Entry entry(JsonNode node) throws UnreadableException {
        String id = id(node);
        String type = DodoJson.text(node, "transaction_type");
        return new Reading.Entry(
                id,
                type,
                isUsage(node, type),
                balanceUnits(node, "balance_before"),
                balanceUnits(node, "balance_after"),
                overageUnits(node, "overage_before"),
                overageUnits(node, "overage_after"),
                micros(DodoJson.time(node, "created_at")),
                DodoJson.optionalText(node, "grant_id").orElse(null));
    }

    /** A grant as listed; empty for one that never expires. What is left of it is rounded up, as it is to be kept out. */
    Optional<Fact.Grant> grant(JsonNode node) throws UnreadableException {
        Optional<Instant> expiresAt = DodoJson.optionalTime(node, "expires_at");
        if (expiresAt.isEmpty()) {
            return Optional.empty();
        }
        BigDecimal remaining = DodoJson.decimal(node, "remaining_amount").max(BigDecimal.ZERO);
        long remainingUnits = units(remaining, RoundingMode.CEILING, "remaining_amount");
        return Optional.of(new Fact.Grant(id(node), expiresAt.get().toEpochMilli(), remainingUnits));
    }

    private static String id(JsonNode node) throws UnreadableException {
        String id = DodoJson.text(node, "id");
        if (id.length() > ID_CHARS_MAX || id.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
            throw new UnreadableException("id is not an identifier");
        }
        return id;
    }

    /**
     * A debit that somebody made through the API looks like a deduction, but no meter stands behind it, unless it is one of
     * Tollgate's own. A credit made that way may be what Dodo is to give back.
     */
    private static boolean isUsage(JsonNode node, String type) {
        boolean manual = DodoJson.optionalText(node, "reference_type")
                .filter("api"::equals)
                .isPresent();
        boolean gives = CREDIT_TYPES.contains(type) && node.path("is_credit").asBoolean(false);
        return manual ? deliveryId(node).isPresent() || gives : USAGE_TYPES.contains(type);
    }

    /** What entries that Tollgate makes give as their reason. */
    static String mark(Outbox.Delivery delivery) {
        return MARK + delivery.id();
    }

    /** The delivery that a ledger entry was made for, if it was made here. */
    static Optional<String> deliveryId(JsonNode node) {
        return DodoJson.optionalText(node, "description")
                .filter(reason -> reason.startsWith(MARK))
                .map(reason -> reason.substring(MARK.length()));
    }

    /** An amount in credits as Dodo takes it; empty where it would have to be rounded. */
    Optional<String> exactCredits(long amountUnits) {
        try {
            BigDecimal credits = BigDecimal.valueOf(amountUnits).divide(unitsPerCredit);
            boolean fits = credits.stripTrailingZeros().scale() <= CREDIT_DECIMALS_MAX;
            return fits ? Optional.of(credits.toPlainString()) : Optional.empty();
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    static Instant time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private long units(BigDecimal credits, RoundingMode rounding, String member) throws UnreadableException {
        BigDecimal units = credits.multiply(unitsPerCredit).setScale(0, rounding);
        if (units.abs().compareTo(BigDecimal.valueOf(UNITS_MAX)) > 0) {
            throw new UnreadableException(member + " is too large");
        }
        return units.longValueExact();
    }
}
