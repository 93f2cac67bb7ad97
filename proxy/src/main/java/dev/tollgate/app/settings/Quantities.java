package dev.tollgate.app.settings;

import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers, durations and sizes, each within bounds; digits may be grouped with {@code _}. */
final class Quantities {
    private static final String DIGITS = "([0-9]+(?:_[0-9]+)*)";
    private static final Pattern NUMBER = Pattern.compile(DIGITS);
    private static final Pattern WITH_UNIT = Pattern.compile(DIGITS + " ?([A-Za-z]*)");
    private static final Map<String, Long> MILLIS =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);
    private static final Map<String, Long> BYTES = Map.of("B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

    private Quantities() {}

    /** A whole number. */
    static ScalarType<Integer> count(int least, int most) {
        return ScalarType.number("a whole number", most, text -> narrow(number(text, least, most)));
    }

    /** A whole number that may be large. */
    static ScalarType<Long> amount(long least, long most) {
        return ScalarType.number("a whole number", most, text -> number(text, least, most));
    }

    /** Milliseconds, written with a unit. */
    static ScalarType<Long> duration(String least, String most) {
        String expected = "a duration such as 500ms, 30s, 5m or 1h";
        long mostMillis = scaled(most, MILLIS);
        return ScalarType.number(expected, mostMillis, text -> withUnit(text, expected, MILLIS, least, most));
    }

    /** Bytes, written with a unit. */
    static ScalarType<Integer> size(String least, String most) {
        String expected = "a size such as 256KiB or 10MiB";
        int mostBytes = Math.toIntExact(scaled(most, BYTES));
        return ScalarType.number(expected, mostBytes, text -> narrow(withUnit(text, expected, BYTES, least, most)));
    }

    static Reading<Long> number(String text, long least, long most) {
        if (!NUMBER.matcher(text).matches()) {
            return Reading.bad("expected a whole number");
        }
        OptionalLong value = multiply(text, 1);
        return value.isPresent() && value.getAsLong() >= least && value.getAsLong() <= most
                ? Reading.good(value.getAsLong())
                : Reading.bad("must be from " + least + " to " + most);
    }

    private static Reading<Long> withUnit(
            String text, String expected, Map<String, Long> units, String least, String most) {
        Matcher matcher = WITH_UNIT.matcher(text);
        if (!matcher.matches()) {
            return Reading.bad("expected " + expected);
        }
        Long unit = units.get(matcher.group(2));
        if (unit == null) {
            return Reading.bad("expected " + expected, unitAdvice(matcher.group(2), units));
        }
        OptionalLong value = multiply(matcher.group(1), unit);
        return value.isPresent()
                        && value.getAsLong() >= scaled(least, units)
                        && value.getAsLong() <= scaled(most, units)
                ? Reading.good(value.getAsLong())
                : Reading.bad("must be from " + least + " to " + most);
    }

    private static String unitAdvice(String unit, Map<String, Long> units) {
        String names = String.join(", ", units.keySet().stream().sorted().toList());
        return unit.isEmpty() ? "add a unit: " + names : "the units are " + names;
    }

    private static Reading<Integer> narrow(Reading<Long> wide) {
        return wide.then(value -> Reading.good(Math.toIntExact(value)));
    }

    /** Reads a bound written in the code; it has a unit and fits. */
    private static long scaled(String bound, Map<String, Long> units) {
        Matcher matcher = WITH_UNIT.matcher(bound);
        Long unit = matcher.matches() ? units.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException(bound);
        }
        return multiply(matcher.group(1), unit).orElseThrow();
    }

    /** The number times the unit; empty when it does not fit a long. */
    private static OptionalLong multiply(String digits, long unit) {
        try {
            return OptionalLong.of(Math.multiplyExact(Long.parseLong(digits.replace("_", "")), unit));
        } catch (ArithmeticException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
