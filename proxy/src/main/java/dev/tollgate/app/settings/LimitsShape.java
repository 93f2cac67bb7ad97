package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Quantities.amount;
import static dev.tollgate.app.settings.Quantities.count;

import dev.tollgate.limits.Restrictions;
import dev.tollgate.limits.Restrictions.Budget;
import dev.tollgate.limits.Restrictions.Period;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys, of a plan or a key, that limit its use beside credits. */
final class LimitsShape {
    private static final long MOST_PER_MINUTE = 1_000_000_000;
    private static final long MOST_UNITS = 1_000_000_000_000_000L;
    private static final Pattern MODEL = Pattern.compile("[!-)+-~]{1,256}\\*?|\\*");

    private static final ScalarType<String> MODEL_PATTERN =
            ScalarType.matching("a model's name, or its beginning and a *", MODEL);
    private static final ScalarType<LocalDate> DATE =
            ScalarType.text("a date such as 2027-01-31", LocalDate.EPOCH, LimitsShape::date);

    private LimitsShape() {}

    static Restrictions read(Section section) {
        return section.section("limits", LimitsShape::limits);
    }

    private static Restrictions limits(Section section) {
        @Nullable Long requests = section.optional("requests_per_minute", amount(1, MOST_PER_MINUTE), null);
        @Nullable Long tokens = section.optional("tokens_per_minute", amount(1, MOST_PER_MINUTE), null);
        @Nullable Integer atOnce = section.optional("requests_at_once", count(1, 1_000_000), null);
        return new Restrictions(
                requests == null ? 0 : requests,
                tokens == null ? 0 : tokens,
                atOnce == null ? 0 : atOnce,
                section.optionalValues("models", MODEL_PATTERN),
                section.section("budget", LimitsShape::budget));
    }

    private static @Nullable Budget budget(Section section) {
        @Nullable Long units = section.optional("units", amount(1, MOST_UNITS), null);
        Period per = section.value("per", ScalarType.choice(Period.class), "month");
        if (units == null && section.has("per")) {
            section.warning("per", "has no effect without `units`", null);
        }
        return units == null ? null : new Budget(units, per);
    }

    /** The end of the last day on which a key works, in UTC. */
    static long expiresMillis(Section section) {
        @Nullable LocalDate last = section.optional("expires", DATE, null);
        return last == null
                ? Long.MAX_VALUE
                : last.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }

    private static Reading<LocalDate> date(String text) {
        try {
            return text.length() == 10
                    ? Reading.good(LocalDate.parse(text))
                    : Reading.bad("expected a date such as 2027-01-31");
        } catch (DateTimeException e) {
            return Reading.bad("expected a date such as 2027-01-31");
        }
    }
}
