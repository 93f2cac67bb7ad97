package dev.tollgate.limits;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an operator allows, beside credits. Immutable.
 *
 * @param requestsPerMinute 0 for any number
 * @param tokensPerMinute 0 for any number
 * @param requestsAtOnce 0 for any number
 * @param models names, or beginnings with a {@code *} behind them; none for every model
 */
public record Restrictions(
        long requestsPerMinute,
        long tokensPerMinute,
        int requestsAtOnce,
        List<String> models,
        @Nullable Budget budget) {

    public static final Restrictions NONE = new Restrictions(0, 0, 0, List.of(), null);

    public Restrictions {
        if (requestsPerMinute < 0 || tokensPerMinute < 0 || requestsAtOnce < 0) {
            throw new IllegalArgumentException("a limit cannot be negative");
        }
        models = List.copyOf(models);
    }

    /** So many meter units in each period; the periods are those of the calendar, in UTC, and weeks begin on Monday. */
    public record Budget(long units, Period per) {
        public Budget {
            if (units < 1) {
                throw new IllegalArgumentException("a budget has a unit at least: " + units);
            }
            Objects.requireNonNull(per);
        }
    }

    /** How long a budget lasts. */
    public enum Period {
        DAY,
        WEEK,
        MONTH
    }

    boolean allows(String model) {
        return models.isEmpty() || models.stream().anyMatch(pattern -> matches(pattern, model));
    }

    private static boolean matches(String pattern, String model) {
        return pattern.endsWith("*")
                ? model.startsWith(pattern.substring(0, pattern.length() - 1))
                : model.equals(pattern);
    }
}
