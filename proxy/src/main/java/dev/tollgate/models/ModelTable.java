package dev.tollgate.models;

import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The token limits of every known model, in tokens for one request and one choice.
 *
 * <p>A name that is not listed is looked up by its longest listed prefix that ends before a {@code -}, so a dated
 * snapshot has the limits of its model. {@code ft:model:organisation::id} has those of the model it was tuned from.
 */
public record ModelTable(Map<String, Model> models) {
    private static final int LONGEST_NAME = 256;

    public ModelTable {
        models = Map.copyOf(models);
        require(!models.isEmpty(), "no models");
    }

    /** The most tokens one answer can have; empty when the model is unknown. */
    public OptionalLong maxOutputTokens(String model) {
        Model known = find(model);
        return known == null ? OptionalLong.empty() : OptionalLong.of(known.maxOutput);
    }

    /** The most tokens one prompt can have; empty when the model is unknown. */
    public OptionalLong maxInputTokens(String model) {
        Model known = find(model);
        return known == null ? OptionalLong.empty() : OptionalLong.of(known.maxInput);
    }

    /** The model's tokenizer; null when it is not known. */
    public @Nullable String encoding(String model) {
        Model known = find(model);
        return known == null ? null : known.encoding;
    }

    private @Nullable Model find(String model) {
        if (model.length() > LONGEST_NAME) {
            return null;
        }
        String name = model.startsWith("ft:") ? model.split(":", 3)[1] : model;
        Model known = models.get(name);
        for (int end = name.lastIndexOf('-'); known == null && end > 0; end = name.lastIndexOf('-', end - 1)) {
            known = models.get(name.substring(0, end));
        }
        return known;
    }

    /** The token limits of a model. {@code maxInput} is what one request may hold, {@code encoding} its tokenizer. */
    public record Model(
            long maxInput, long maxOutput, @Nullable String encoding) {
        public Model(long maxInput, long maxOutput) {
            this(maxInput, maxOutput, null);
        }

        public Model {
            require(maxInput > 0, "maxInput");
            require(maxOutput >= 0, "maxOutput");
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }
}
