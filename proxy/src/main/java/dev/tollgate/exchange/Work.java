package dev.tollgate.exchange;

import dev.tollgate.admission.Demand;
import dev.tollgate.metering.UnitWeights;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.openai.ModelRequest;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What one request comes to: why it is refused, or what it may cost and what goes to the provider. Immutable. */
sealed interface Work {

    record Refused(ApiError error) implements Work {}

    /** Costs nothing; forwarded as it came. */
    record Free() implements Work {}

    /**
     * Costs something; its credits are held before it is forwarded.
     *
     * @param request null when the body was not read
     * @param model the model asked for; empty when none is known
     * @param pieces what of it is counted in pieces
     * @param audioSeconds the most seconds of audio that the provider may report instead of tokens
     */
    record Paid(
            @Nullable ModelRequest request,
            String model,
            Demand demand,
            Tariff tariff,
            UnitWeights.Pieces pieces,
            long audioSeconds)
            implements Work {

        /** One that no audio comes with. */
        Paid(@Nullable ModelRequest request, String model, Demand demand, Tariff tariff, UnitWeights.Pieces pieces) {
            this(request, model, demand, tariff, pieces, 0);
        }

        boolean stream() {
            return request != null && request.stream();
        }

        /** The model that the provider is chosen by; null where none is known. */
        @Nullable
        String modelAsked() {
            return model.isEmpty() ? null : model;
        }

        /** Whether a successful answer may be something else than JSON or events. */
        boolean answersInBytes() {
            return request == null || request.kind() == ModelRequest.Kind.SPEECH;
        }
    }

    /** Reads what was asked. */
    static Work of(Ask ask, ExchangeServices services) {
        return switch (ask.route().policy()) {
            case Route.Policy.Metered metered ->
                read(metered.kind(), ask, services, request -> metered(request, metered.units(), services));
            case Route.Policy.Flat flat -> flat(flat, ask, services);
            case Route.Policy.Free free ->
                free.kind() == null ? new Free() : read(free.kind(), ask, services, request -> new Free());
            case Route.Policy.Denied denied -> new Refused(ApiErrors.deniedRoute(denied.reason()));
        };
    }

    private static Work flat(Route.Policy.Flat flat, Ask ask, ExchangeServices services) {
        if (flat.units().isEmpty()) {
            return new Refused(ApiErrors.unpricedRoute());
        }
        long units = flat.units().getAsLong();
        return flat.kind() == null
                ? flat(null, ask.route().path(), units)
                : read(flat.kind(), ask, services, request -> flat(request, request.model(), units));
    }

    private static Work read(
            ModelRequest.Kind kind, Ask ask, ExchangeServices services, Function<ModelRequest, Work> then) {
        if (kind.takesOnlyForm()) {
            return new Refused(ApiErrors.notAForm());
        }
        ModelRequest.ScanLimits limits = new ModelRequest.ScanLimits(services.jsonDepth());
        return switch (ModelRequest.scan(kind, ask.body(), limits)) {
            case ModelRequest.ScanResult.Rejected rejected -> new Refused(rejected.error());
            case ModelRequest.ScanResult.Scanned scanned -> {
                Optional<ApiError> unbounded = Bounds.refusal(scanned.request(), services);
                yield unbounded.<Work>map(Refused::new).orElseGet(() -> then.apply(scanned.request()));
            }
        };
    }

    private static Work metered(ModelRequest request, OptionalLong units, ExchangeServices services) {
        if (request.reportsUsage()) {
            return new Paid(
                    request,
                    request.model(),
                    Bounds.demand(request, services),
                    Tariff.byUsage(request.kind()),
                    pieces(request));
        }
        if (units.isPresent()) {
            return flat(request, request.model(), units.getAsLong());
        }
        boolean images = request.kind() == ModelRequest.Kind.IMAGES;
        return byPiece(
                request,
                request.model(),
                new UnitWeights.Pieces(images ? request.outputChoices() : 0, request.characters()),
                services);
    }

    /** Charged by what is known beforehand, which must cost something. */
    static Work byPiece(
            @Nullable ModelRequest request, String model, UnitWeights.Pieces pieces, ExchangeServices services) {
        UnitWeights weights = services.pricing().get().weights().of(model, null);
        return weights.flatMillis(pieces) == 0
                ? new Refused(ApiErrors.unpricedRequest(model))
                : new Paid(
                        request,
                        model,
                        new Demand(model, 0, OptionalLong.of(0), 1).uncappable(),
                        new Tariff.ByPiece(),
                        pieces);
    }

    private static Work flat(@Nullable ModelRequest request, String model, long unitsEach) {
        int pieces = request != null && request.kind() == ModelRequest.Kind.IMAGES ? request.outputChoices() : 1;
        long units = Math.multiplyExact(unitsEach, pieces);
        return new Paid(
                request,
                request == null ? "" : request.model(),
                new Demand(model, units, OptionalLong.of(0), 1).uncappable(),
                new Tariff.Flat(units),
                UnitWeights.Pieces.NONE);
    }

    /** Images that are sent, and those that are made. */
    private static UnitWeights.Pieces pieces(ModelRequest request) {
        int made = request.kind() == ModelRequest.Kind.IMAGES ? request.outputChoices() : 0;
        return new UnitWeights.Pieces(request.parts().images() + made, 0);
    }
}
