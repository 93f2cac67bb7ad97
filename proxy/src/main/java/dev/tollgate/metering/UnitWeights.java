package dev.tollgate.metering;

import dev.tollgate.openai.Usage;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What each kind of usage costs, in thousandths of a meter unit. The default, {@link #TOKENS}, makes a unit a token.
 *
 * <p>Immutable. All arithmetic is exact: it throws {@link ArithmeticException} rather than overflow, and rounds up once,
 * at the end.
 *
 * @param inputMillis prompt tokens that are neither read from a cache nor written to one
 * @param cachedInputMillis prompt tokens read from a cache
 * @param cacheWriteMillis prompt tokens written to a cache
 * @param outputMillis answer tokens that are shown, and what a provider's total has beyond input and output
 * @param reasoningMillis answer tokens that are not shown
 * @param imageMillis an image, sent or made, whatever tokens it costs beside that
 * @param audioSecondMillis a second of audio that the provider reports instead of tokens
 * @param characterMillis a character of text to be spoken, where the answer reports nothing
 * @param callMillis one request
 */
public record UnitWeights(
        long inputMillis,
        long cachedInputMillis,
        long cacheWriteMillis,
        long outputMillis,
        long reasoningMillis,
        long imageMillis,
        long audioSecondMillis,
        long characterMillis,
        long callMillis) {

    /** A token, a second of audio and a character are a unit each. */
    public static final UnitWeights TOKENS = new UnitWeights(1000, 1000, 1000, 1000, 1000, 0, 1000, 1000, 0);

    public UnitWeights {
        boolean tokens = inputMillis >= 0 && cachedInputMillis >= 0 && cacheWriteMillis >= 0;
        boolean answers = outputMillis >= 0 && reasoningMillis >= 0;
        boolean sound = audioSecondMillis >= 0 && characterMillis >= 0;
        if (!tokens || !answers || !sound || imageMillis < 0 || callMillis < 0) {
            throw new IllegalArgumentException("weights cannot be negative");
        }
    }

    /** Weights of tokens alone; reasoning costs what other output does. */
    public UnitWeights(long inputMillis, long cachedInputMillis, long cacheWriteMillis, long outputMillis) {
        this(inputMillis, cachedInputMillis, cacheWriteMillis, outputMillis, outputMillis, 0, 0, 0, 0);
    }

    /** What is counted in pieces and known before the model runs. */
    public record Pieces(long images, long characters) {
        public static final Pieces NONE = new Pieces(0, 0);

        public Pieces {
            if (images < 0 || characters < 0) {
                throw new IllegalArgumentException("there is no negative number of pieces");
            }
        }
    }

    /** The units of a reported usage. Details beyond the part they belong to are not believed. */
    public long units(Usage usage, Pieces pieces) {
        long cached = Math.min(usage.cachedTokens(), usage.inputTokens());
        long written = Math.min(usage.cacheWriteTokens(), usage.inputTokens() - cached);
        long plain = usage.inputTokens() - cached - written;
        long output = usage.billableTokens() - usage.inputTokens();
        long reasoning = Math.min(usage.reasoningTokens(), output);
        long millis = Math.addExact(flatMillis(pieces), audioMillis(usage));
        millis = Math.addExact(millis, Math.multiplyExact(plain, inputMillis));
        millis = Math.addExact(millis, Math.multiplyExact(cached, cachedInputMillis));
        millis = Math.addExact(millis, Math.multiplyExact(written, cacheWriteMillis));
        millis = Math.addExact(millis, Math.multiplyExact(reasoning, reasoningMillis));
        return roundUp(Math.addExact(millis, Math.multiplyExact(output - reasoning, outputMillis)));
    }

    private long audioMillis(Usage usage) {
        return Math.ceilDiv(Math.multiplyExact(usage.audioMillis(), audioSecondMillis), 1000);
    }

    /** At least the units of any usage of tokens within {@code bound}, however it is split. */
    public long units(TokenBound bound, Pieces pieces) {
        long input = Math.multiplyExact(bound.promptTokens(), dearestInputMillis());
        long output = Math.multiplyExact(bound.outputTokens(), dearestOutputMillis());
        return roundUp(Math.addExact(flatMillis(pieces), Math.addExact(input, output)));
    }

    /** The most that a prompt token can cost. */
    public long dearestInputMillis() {
        return Math.max(inputMillis, Math.max(cachedInputMillis, cacheWriteMillis));
    }

    /** The most that an answer token can cost. */
    public long dearestOutputMillis() {
        return Math.max(outputMillis, reasoningMillis);
    }

    /** What a request costs whatever its tokens. */
    public long flatMillis(Pieces pieces) {
        long millis = Math.addExact(callMillis, Math.multiplyExact(pieces.images(), imageMillis));
        return Math.addExact(millis, Math.multiplyExact(pieces.characters(), characterMillis));
    }

    /** The dearer of two weights, kind by kind: it bounds what either of them charges. */
    UnitWeights orDearer(UnitWeights other) {
        return new UnitWeights(
                Math.max(inputMillis, other.inputMillis),
                Math.max(cachedInputMillis, other.cachedInputMillis),
                Math.max(cacheWriteMillis, other.cacheWriteMillis),
                Math.max(outputMillis, other.outputMillis),
                Math.max(reasoningMillis, other.reasoningMillis),
                Math.max(imageMillis, other.imageMillis),
                Math.max(audioSecondMillis, other.audioSecondMillis),
                Math.max(characterMillis, other.characterMillis),
                Math.max(callMillis, other.callMillis));
    }

    private static long roundUp(long millis) {
        return Math.ceilDiv(millis, 1000);
    }

    /**
     * Weights by model, under a version that every settlement names.
     *
     * <p>A model that is not listed has the weights of the longest listed name that it continues with a {@code -} or
     * {@code :}, else {@code otherwise}. {@code ft:model:organisation::id} that no listed {@code ft:} name begins has those
     * of the model it was tuned from.
     */
    public record Table(String version, UnitWeights otherwise, Map<String, UnitWeights> models) {
        /** An image whose tokens nobody reports counts as the dearest one known whose tokens are reported. */
        private static final long IMAGE_MILLIS = 6_240_000;

        /** Every token of every model is a unit. */
        public static final Table TOKENS = new Table(
                "tokens",
                UnitWeights.TOKENS,
                Map.of("dall-e", new UnitWeights(1000, 1000, 1000, 1000, 1000, IMAGE_MILLIS, 1000, 1000, 0)));

        private static final String TUNED = "ft:";

        public Table {
            Objects.requireNonNull(version);
            Objects.requireNonNull(otherwise);
            models = Map.copyOf(models);
        }

        /**
         * What an answer is charged at: the answering model's own weights where it is listed and is the model that was asked
         * for or a dated snapshot of it, else those of the model that was asked for. So {@link #dearest} bounds it.
         */
        public UnitWeights of(String asked, @Nullable String answered) {
            @Nullable UnitWeights own = answered != null && isSnapshot(asked, answered) ? models.get(answered) : null;
            return own == null ? find(asked) : own;
        }

        /** At least the weights of every answer to a request for this model. */
        public UnitWeights dearest(String asked) {
            UnitWeights dearest = find(asked);
            for (Map.Entry<String, UnitWeights> entry : models.entrySet()) {
                if (isSnapshot(asked, entry.getKey())) {
                    dearest = dearest.orDearer(entry.getValue());
                }
            }
            return dearest;
        }

        private static boolean isSnapshot(String model, String name) {
            int next = model.length() + 1;
            return name.length() > next
                    && name.startsWith(model)
                    && name.charAt(next - 1) == '-'
                    && Character.isDigit(name.charAt(next));
        }

        private UnitWeights find(String model) {
            @Nullable UnitWeights found = longest(model);
            if (found == null && model.startsWith(TUNED)) {
                found = longest(model.substring(TUNED.length()));
            }
            return found == null ? otherwise : found;
        }

        private @Nullable UnitWeights longest(String name) {
            @Nullable UnitWeights found = models.get(name);
            for (int end = name.length() - 1; found == null && end > 0; end--) {
                if (name.charAt(end) == '-' || name.charAt(end) == ':') {
                    found = models.get(name.substring(0, end));
                }
            }
            return found;
        }
    }
}
