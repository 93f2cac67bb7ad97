package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Quantities.amount;

import dev.tollgate.admission.Caller.HoldPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys, of a plan or a key, that say how requests are held. */
final class HoldShape {
    private static final long MOST_TOKENS = 100_000_000;
    private static final long MOST_UNITS = 1_000_000_000_000_000L;
    private static final String LEAST = "clamp_min_tokens";
    private static final String LIKELY = "estimate_output";
    private static final String OVERSHOOT = "overshoot_max";
    private static final ScalarType<Likely> OUTPUT =
            ScalarType.number("a share such as 25% or a number of tokens", new Likely(1, 1000), HoldShape::likely);

    private HoldShape() {}

    private enum Kind {
        STRICT,
        CLAMP,
        ESTIMATE
    }

    /** So many tokens at most, and such a share of the output. */
    private record Likely(long tokens, int permille) {}

    /** Null when nothing is said. */
    static @Nullable HoldPolicy read(Section section) {
        Kind kind = section.optional("hold", ScalarType.choice(Kind.class), null);
        Long least = section.optional(LEAST, amount(1, MOST_TOKENS), null);
        Likely likely = section.optional(LIKELY, OUTPUT, null);
        Long overshoot = section.optional(OVERSHOOT, amount(0, MOST_UNITS), null);
        warnUnless(section, kind == Kind.CLAMP, "hold: clamp", List.of(LEAST));
        warnUnless(section, kind == Kind.ESTIMATE, "hold: estimate", List.of(LIKELY, OVERSHOOT));
        if (kind == null) {
            return null;
        }
        return switch (kind) {
            case STRICT -> new HoldPolicy.Strict();
            case CLAMP -> new HoldPolicy.Clamp(least == null ? 16 : least);
            case ESTIMATE -> estimate(section, likely, overshoot);
        };
    }

    /** How much a customer may go below zero is for the operator to say, so it has no default. */
    private static HoldPolicy estimate(Section section, @Nullable Likely likely, @Nullable Long overshoot) {
        if (!section.has(OVERSHOOT)) {
            section.error("hold", "estimate needs `overshoot_max`", "the units that a customer may go below zero");
        }
        Likely output = likely == null ? new Likely(Long.MAX_VALUE, 250) : likely;
        return new HoldPolicy.Estimate(output.tokens, output.permille, overshoot == null ? 0 : overshoot);
    }

    private static void warnUnless(Section section, boolean holds, String where, List<String> keys) {
        for (String key : keys) {
            if (!holds && section.has(key)) {
                section.warning(key, "has no effect without `" + where + "`", null);
            }
        }
    }

    private static Reading<Likely> likely(String text) {
        if (text.endsWith("%")) {
            return Fractions.share(text, 1).then(permille -> Reading.good(new Likely(Long.MAX_VALUE, permille)));
        }
        return Quantities.number(text, 1, MOST_TOKENS).then(tokens -> Reading.good(new Likely(tokens, 1000)));
    }
}
