package dev.tollgate.exchange;

import dev.tollgate.admission.Demand;
import dev.tollgate.metering.UnitWeights;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.openai.FormReader;
import dev.tollgate.openai.FormReader.Field;
import dev.tollgate.openai.ModelRequest;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What a form comes to, as far as it was read. */
final class FormWork {

    /** The most tokens that one image to be edited can cost; the dearest known has 6,240 and a few hundred. */
    private static final long IMAGE_TOKENS = 8_192;

    /** As many as the API takes, and a mask. */
    private static final long IMAGES_MAX = 17;

    /** Images are larger than this, so that the length of a form says how many there can be. */
    private static final long IMAGE_BYTES_LEAST = 4_096;

    /** Ten tokens are a second, and what a codec for speech makes of a second has 500 bytes. */
    private static final long AUDIO_BYTES_PER_TOKEN = 50;

    /** What fields behind a file may add without having been held for: a prompt of a page. */
    private static final long FIELDS_BYTES = 8_192;

    /** The formats of a transcription that carry its usage. */
    private static final Set<String> FORMATS_WITH_USAGE = Set.of("json", "diarized_json");

    private FormWork() {}

    static Work of(Route.Policy policy, FormReader form, long length, ExchangeServices services) {
        Optional<String> model = form.get(Field.MODEL);
        if (model.isPresent() && !services.upstreams().directory().serves(model.get())) {
            return new Work.Refused(ApiErrors.modelNotFound(model.get()));
        }
        return switch (policy) {
            case Route.Policy.Metered metered -> metered(metered, form, length, services);
            case Route.Policy.Flat flat -> flat(flat.units(), form, Objects.requireNonNull(flat.kind()));
            case Route.Policy.Free ignored -> new Work.Free();
            case Route.Policy.Denied denied -> new Work.Refused(ApiErrors.deniedRoute(denied.reason()));
        };
    }

    private static Work metered(Route.Policy.Metered policy, FormReader form, long length, ExchangeServices services) {
        ModelRequest.Kind kind = policy.kind();
        if (!reportsUsage(kind, form)) {
            return flat(policy.units(), form, kind);
        }
        Demand demand = kind == ModelRequest.Kind.IMAGES ? images(form, length) : audio(form, length, services);
        long least = policy.units().orElse(0);
        return new Work.Paid(
                null,
                form.get(Field.MODEL).orElse(""),
                new Demand(demand.model(), Math.max(least, demand.promptTokens()), demand.capTokens(), demand.choices())
                        .uncappable(),
                Tariff.byUsage(kind),
                pieces(kind, form, length));
    }

    /** Where the model or the format is not known yet, it does as far as anybody knows. */
    private static boolean reportsUsage(ModelRequest.Kind kind, FormReader form) {
        String model = form.get(Field.MODEL).orElse("");
        return switch (kind) {
            case IMAGES -> !model.startsWith("dall-e");
            case TRANSCRIPTIONS ->
                !model.startsWith("whisper")
                        && (isStream(form)
                                || FORMATS_WITH_USAGE.contains(
                                        form.get(Field.RESPONSE_FORMAT).orElse("json")));
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

    private static Work flat(OptionalLong units, FormReader form, ModelRequest.Kind kind) {
        String model = form.get(Field.MODEL).orElse("default");
        if (units.isEmpty()) {
            return new Work.Refused(ApiErrors.unpricedRequest(model));
        }
        boolean byImage = kind == ModelRequest.Kind.IMAGES || kind == ModelRequest.Kind.IMAGE_VARIATIONS;
        long charge = Math.multiplyExact(units.getAsLong(), byImage ? form.choices() : 1L);
        return new Work.Paid(
                null,
                form.get(Field.MODEL).orElse(""),
                new Demand(model, charge, OptionalLong.of(0), 1).uncappable(),
                new Tariff.Flat(charge),
                UnitWeights.Pieces.NONE);
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

    /** The model's window bounds it, or the length of the sound where that is more: a window may be a mere default. */
    private static Demand audio(FormReader form, long length, ExchangeServices services) {
        String model = form.get(Field.MODEL).orElse("default");
        long window = services.maxInputTokens().applyAsLong(model);
        long sound = Math.max(0, length) / AUDIO_BYTES_PER_TOKEN;
        return new Demand(
                model,
                Math.max(window, Math.addExact(sound, form.fieldBytes())),
                OptionalLong.of(services.maxOutputTokens().applyAsLong(model)),
                1);
    }
}
