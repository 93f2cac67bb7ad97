package dev.tollgate.exchange;

import dev.tollgate.admission.Demand;
import dev.tollgate.metering.UnitWeights;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.openai.FormReader;
import dev.tollgate.openai.FormReader.Field;
import dev.tollgate.openai.ModelRequest;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a form comes to, as far as it was read. */
final class FormWork {

    /** The most tokens that one image to be edited can cost; the dearest known has 6,240 and a few hundred. */
    private static final long IMAGE_TOKENS = 8_192;

    /** As many as the API takes, and a mask. */
    private static final long IMAGES_MAX = 17;

    /** Images are larger than this, so that the length of a form says how many there can be. */
    private static final long IMAGE_BYTES_LEAST = 4_096;

    /** Codecs for speech need more for a second, at their lowest rate. */
    private static final long AUDIO_BYTES_PER_SECOND = 500;

    private static final long TOKENS_PER_AUDIO_SECOND = 10;

    /** What fields behind a file may add without having been held for: a prompt of a page. */
    private static final long FIELDS_BYTES = 8_192;

    /** The formats of a transcription that carry its usage. */
    private static final Set<String> FORMATS_WITH_USAGE = Set.of("json", "verbose_json", "diarized_json");

    private FormWork() {}

    static Work of(Route.Policy policy, FormReader form, long length, ExchangeServices services) {
        String model = model(form, policy.kind());
        if (!model.isEmpty() && !services.upstreams().directory().serves(model)) {
            return new Work.Refused(ApiErrors.modelNotFound(model));
        }
        return switch (policy) {
            case Route.Policy.Metered metered -> metered(metered, form, length, services);
            case Route.Policy.Flat flat ->
                unreported(flat.units(), form, Objects.requireNonNull(flat.kind()), services);
            case Route.Policy.Free ignored -> new Work.Free();
            case Route.Policy.Denied denied -> new Work.Refused(ApiErrors.deniedRoute(denied.reason()));
        };
    }

    private static Work metered(Route.Policy.Metered policy, FormReader form, long length, ExchangeServices services) {
        ModelRequest.Kind kind = policy.kind();
        if (!reportsUsage(kind, form)) {
            return unreported(policy.units(), form, kind, services);
        }
        Demand demand = kind == ModelRequest.Kind.IMAGES ? images(form, length) : audio(form, length, services);
        long least = policy.units().orElse(0);
        return new Work.Paid(
                null,
                form.get(Field.MODEL).orElse(""),
                new Demand(demand.model(), Math.max(least, demand.promptTokens()), demand.capTokens(), demand.choices())
                        .uncappable(),
                Tariff.byUsage(kind),
                pieces(kind, form, length),
                kind == ModelRequest.Kind.TRANSCRIPTIONS ? audioSeconds(length, services) : 0);
    }

    /** Where the model or the format is not known yet, it does as far as anybody knows. */
    private static boolean reportsUsage(ModelRequest.Kind kind, FormReader form) {
        String model = form.get(Field.MODEL).orElse("");
        return switch (kind) {
            case IMAGES -> !model.startsWith("dall-e");
            case TRANSCRIPTIONS ->
                isStream(form)
                        || FORMATS_WITH_USAGE.contains(
                                form.get(Field.RESPONSE_FORMAT).orElse("json"));
            case CHAT,
                    RESPONSES,
                    COMPACT,
                    INPUT_TOKENS,
                    COMPLETIONS,
                    EMBEDDINGS,
                    SPEECH,
                    TRANSLATIONS,
                    IMAGE_VARIATIONS -> false;
        };
    }

    private static boolean isStream(FormReader form) {
        return form.get(Field.STREAM).orElse("").equals("true");
    }

    /** The provider will not say what it used. */
    private static Work unreported(
            OptionalLong units, FormReader form, ModelRequest.Kind kind, ExchangeServices services) {
        boolean byImage = kind == ModelRequest.Kind.IMAGES || kind == ModelRequest.Kind.IMAGE_VARIATIONS;
        int images = byImage ? form.choices() : 0;
        if (units.isEmpty()) {
            return Work.byPiece(null, model(form, kind), new UnitWeights.Pieces(images, 0), services);
        }
        String model = form.get(Field.MODEL).orElse("default");
        long charge = Math.multiplyExact(units.getAsLong(), Math.max(1L, images));
        return new Work.Paid(
                null,
                form.get(Field.MODEL).orElse(""),
                new Demand(model, charge, OptionalLong.of(0), 1).uncappable(),
                new Tariff.Flat(charge),
                UnitWeights.Pieces.NONE);
    }

    /** Variations know one model alone, and may leave it out. */
    private static String model(FormReader form, ModelRequest.@Nullable Kind kind) {
        String otherwise = kind == ModelRequest.Kind.IMAGE_VARIATIONS ? "dall-e-2" : "";
        return form.get(Field.MODEL).orElse(otherwise);
    }

    private static UnitWeights.Pieces pieces(ModelRequest.Kind kind, FormReader form, long length) {
        return kind == ModelRequest.Kind.IMAGES
                ? new UnitWeights.Pieces(imagesSent(form, length) + form.choices(), 0)
                : UnitWeights.Pieces.NONE;
    }

    /** Exact once the form was read. */
    private static long imagesSent(FormReader form, long length) {
        long possible = length < 0 ? IMAGES_MAX : Math.min(IMAGES_MAX, 1 + length / IMAGE_BYTES_LEAST);
        return form.complete() ? form.files() : Math.max(form.files(), possible);
    }

    private static Demand images(FormReader form, long length) {
        long images = imagesSent(form, length);
        long fields = Math.max(form.fieldBytes(), FIELDS_BYTES);
        return new Demand(
                form.get(Field.MODEL).orElse("default"),
                Math.addExact(fields, Math.multiplyExact(images, IMAGE_TOKENS)),
                OptionalLong.of(form.imageBoundTokens()),
                form.choices());
    }

    /** Silence can be coded in next to nothing, so at least what the operator allows for is held. */
    private static long audioSeconds(long length, ExchangeServices services) {
        long bytes = length < 0 ? services.forms().bytes() : length;
        return Math.max(services.pricing().get().audioSecondsLeast(), Math.ceilDiv(bytes, AUDIO_BYTES_PER_SECOND));
    }

    /** The model's window bounds it, or the length of the sound where that is more: a window may be a mere default. */
    private static Demand audio(FormReader form, long length, ExchangeServices services) {
        String model = form.get(Field.MODEL).orElse("default");
        if (model.startsWith("whisper")) {
            // Sold by the second alone.
            return new Demand(model, 0, OptionalLong.of(0), 1);
        }
        long window = services.maxInputTokens().applyAsLong(model);
        long sound = Math.multiplyExact(audioSeconds(length, services), TOKENS_PER_AUDIO_SECOND);
        return new Demand(
                model,
                Math.max(window, Math.addExact(sound, form.fieldBytes())),
                OptionalLong.of(services.maxOutputTokens().applyAsLong(model)),
                1);
    }
}
