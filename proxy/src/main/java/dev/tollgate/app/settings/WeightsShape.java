package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Fractions.WEIGHT;

import dev.tollgate.metering.UnitWeights;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of the weight file. */
final class WeightsShape {
    private static final ScalarType<String> VERSION = ScalarType.matching(
            "a version of letters, digits, . _ -", Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}"));

    private WeightsShape() {}

    /** Null after a problem was reported. */
    static UnitWeights.@Nullable Table read(Section root, Problems problems) {
        String version = root.required("version", VERSION, "a name that changes whenever a weight does");
        UnitWeights otherwise = root.section("default", section -> weights(section, UnitWeights.TOKENS));
        Map<String, UnitWeights> models =
                root.named("models", ModelsShape.MODEL_NAME, section -> weights(section, otherwise));
        root.end();
        return problems.any() ? null : new UnitWeights.Table(version, otherwise, models);
    }

    /** Details cost what the kind they belong to costs, unless something else is said. */
    private static UnitWeights weights(Section section, UnitWeights otherwise) {
        long input = weight(section, "input", otherwise.inputMillis());
        long output = weight(section, "output", otherwise.outputMillis());
        return new UnitWeights(
                input,
                weight(section, "cached_input", input),
                weight(section, "cache_write", input),
                output,
                weight(section, "reasoning", output),
                weight(section, "image", otherwise.imageMillis()),
                weight(section, "audio_second", otherwise.audioSecondMillis()),
                weight(section, "character", otherwise.characterMillis()),
                weight(section, "call", otherwise.callMillis()));
    }

    private static long weight(Section section, String key, long otherwise) {
        Long given = section.optional(key, WEIGHT, null);
        return given == null ? otherwise : given;
    }
}
