package dev.tollgate.exchange;

import dev.tollgate.admission.Demand;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.openai.ModelRequest;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The most that a request can use, or why nothing bounds it. */
final class Bounds {
    private Bounds() {}

    static Demand demand(ModelRequest request, ExchangeServices services) {
        Demand demand = new Demand(
                request.model(),
                request.promptBoundTokens(allowances(request, services)),
                cap(request, services),
                request.outputChoices());
        return request.kind().capMember().isPresent() ? demand : demand.uncappable();
    }

    /** The part of the bound that is allowed for what is attached, whatever it turns out to be. */
    static long attachedTokens(ModelRequest request, ExchangeServices services) {
        return request.parts().equals(ModelRequest.Parts.NONE)
                ? 0
                : request.attachedTokens(allowances(request, services));
    }

    private static ModelRequest.Allowances allowances(ModelRequest request, ExchangeServices services) {
        return new ModelRequest.Allowances(
                services.upstreams().directory().framingTokens(request.model()),
                ModelRequest.Allowances.IMAGE_TOKENS,
                services.maxInputTokens().applyAsLong(request.model()));
    }

    /** A cap that can be added is left to the gate; where none can, the model itself is the bound. */
    private static OptionalLong cap(ModelRequest request, ExchangeServices services) {
        boolean bounded = request.outputCapTokens().isPresent()
                || request.kind().capMember().isPresent();
        return bounded
                ? request.outputCapTokens()
                : OptionalLong.of(services.maxOutputTokens().applyAsLong(request.model()));
    }

    /** A refusal for a model that nobody serves, for what has no bound, and for what lies in the account that all share. */
    static Optional<ApiError> refusal(ModelRequest request, ExchangeServices services) {
        if (!request.model().isEmpty() && !services.upstreams().directory().serves(request.model())) {
            return Optional.of(ApiErrors.modelNotFound(request.model()));
        }
        for (ModelRequest.Feature feature : request.features()) {
            Optional<ApiError> error = switch (feature) {
                case HOSTED_TOOLS -> Optional.of(unbounded("tools", "tools that the provider runs"));
                case WEB_SEARCH -> Optional.of(unbounded("web_search_options", "web search"));
                case SEVERAL_AGENTS -> Optional.of(unbounded("multi_agent", "several agents"));
                case COMPACTION -> Optional.of(unbounded("context_management", "compaction on the way"));
                case STORED_INPUT -> Optional.of(stored());
                case BACKGROUND -> Optional.of(background());
                case PREDICTION, NON_TEXT_OUTPUT, STORE, OTHER_MODELS -> Optional.empty();
            };
            if (error.isPresent()) {
                return error;
            }
        }
        return Optional.empty();
    }

    private static ApiError unbounded(@Nullable String param, String what) {
        return unsupported(
                param,
                "This service does not offer " + what + ", since its cost has no bound. Remove it from the request.");
    }

    private static ApiError stored() {
        return unsupported(
                null,
                "This service keeps nothing at the provider: previous_response_id, conversation, prompt, file ids and item"
                        + " references are not offered. Send the whole input with every request.");
    }

    private static ApiError background() {
        return unsupported(
                "background",
                "This service does not offer background responses. Leave background out, and use stream for long answers.");
    }

    private static ApiError unsupported(@Nullable String param, String message) {
        return ApiError.invalidRequest(400, "unsupported_parameter", param, message);
    }
}
