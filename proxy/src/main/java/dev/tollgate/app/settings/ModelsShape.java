package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Quantities.amount;

import dev.tollgate.metering.PromptCounter;
import dev.tollgate.models.ModelTable;
import dev.tollgate.models.ModelTable.Model;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of the model file. */
final class ModelsShape {
    static final ScalarType<String> MODEL_NAME = ScalarType.matching(
            "a model name of letters, digits and . _ / : -", Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:-]{0,199}"));
    private static final ScalarType<String> ENCODING = ScalarType.text(
            "the name of a tokenizer such as o200k_base",
            "o200k_base",
            text -> PromptCounter.knows(text) ? Reading.good(text) : Reading.bad("no such tokenizer is known"));
    private static final long MOST_TOKENS = 100_000_000;

    private ModelsShape() {}

    /** Null after a problem was reported. */
    static @Nullable ModelTable read(Section root, Problems problems) {
        Map<String, Model> models = root.named("models", MODEL_NAME, ModelsShape::model);
        root.end();
        if (models.isEmpty() && !problems.any()) {
            root.error("models", "needs at least one", null);
        }
        return problems.any() ? null : new ModelTable(models);
    }

    private static Model model(Section section) {
        long context = section.required("context", amount(1, MOST_TOKENS), "the tokens of prompt and answer together");
        Long maxInput = section.optional("max_input", amount(1, MOST_TOKENS), null);
        long maxOutput = section.required("max_output", amount(0, MOST_TOKENS), "the most tokens of one answer");
        String encoding = section.optional("encoding", ENCODING, null);
        return new Model(maxInput == null ? context : maxInput, maxOutput, encoding);
    }
}
