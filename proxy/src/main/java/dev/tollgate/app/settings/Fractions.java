package dev.tollgate.app.settings;

import dev.tollgate.app.settings.Yaml.Kind;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Shares and weights, kept in thousandths; never rounded. */
final class Fractions {
    /** Part of something, as a percentage, in thousandths. */
    static final ScalarType<Integer> SHARE = ScalarType.text("a share such as 25%", 0, text -> share(text, 0));

    /** Up to a million, with up to three decimals, in thousandths. */
    static final ScalarType<Long> WEIGHT = new ScalarType<>(
            "a weight such as 1, 2.5 or 0.075",
            Set.of(Kind.TEXT, Kind.INTEGER, Kind.FRACTION),
            false,
            1_000_000L,
            Fractions::weight);

    private static final Pattern PERCENT = Pattern.compile("([0-9]{1,3})(?:\\.([0-9]))? ?%");
    private static final Pattern DECIMAL = Pattern.compile("([0-9]{1,7})(?:\\.([0-9]{1,3}))?");
    private static final int WEIGHT_MOST = 1_000_000;

    private Fractions() {}

    static Reading<Integer> share(String text, int leastPermille) {
        Matcher matcher = PERCENT.matcher(text);
        if (!matcher.matches()) {
            return Reading.bad("expected a share such as 25%");
        }
        int permille = Integer.parseInt(matcher.group(1)) * 10
                + (matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2)));
        return permille >= leastPermille && permille <= 1000
                ? Reading.good(permille)
                : Reading.bad("must be from " + (leastPermille == 0 ? "0%" : "0.1%") + " to 100%");
    }

    private static Reading<Long> weight(String text) {
        Matcher matcher = DECIMAL.matcher(text);
        if (!matcher.matches()) {
            return Reading.bad("expected a weight such as 1, 2.5 or 0.075", "it has at most three decimals");
        }
        String decimals = matcher.group(2) == null ? "" : matcher.group(2);
        long millis = Long.parseLong(matcher.group(1) + (decimals + "000").substring(0, 3));
        return millis <= WEIGHT_MOST * 1000L ? Reading.good(millis) : Reading.bad("must be from 0 to " + WEIGHT_MOST);
    }
}
