package dev.tollgate.exchange;

import dev.tollgate.admission.Demand;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.openai.ChatRequest;
import java.util.Optional;

/** The most that a request can use, or why nothing bounds it. */
final class Bounds {
    private Bounds() {}

    static Demand demand(ChatRequest request, ExchangeServices services) {
        ChatRequest.Allowances allowances = new ChatRequest.Allowances(
                services.upstreams().directory().framingTokens(request.model()),
                ChatRequest.Allowances.IMAGE_TOKENS,
                services.maxInputTokens().applyAsLong(request.model()));
        return new Demand(
                request.model(),
                request.promptBoundTokens(allowances),
                request.outputCapTokens(),
                request.outputChoices());
    }

    /**
     * A refusal for a model that nobody serves, and for what would run the model on input that is not in the body, as often
     * as the provider likes.
     */
    static Optional<ApiError> refusal(ChatRequest request, ExchangeServices services) {
        if (!services.upstreams().directory().serves(request.model())) {
            return Optional.of(ApiErrors.modelNotFound(request.model()));
        }
        for (ChatRequest.Feature feature : request.features()) {
            Optional<ApiError> error = switch (feature) {
                case HOSTED_TOOLS -> Optional.of(unbounded("tools", "tools that the provider runs"));
                case WEB_SEARCH -> Optional.of(unbounded("web_search_options", "web search"));
                case STORED_INPUT -> Optional.of(unbounded(null, "input stored at the provider"));
                case PREDICTION, NON_TEXT_OUTPUT, STORE, OTHER_MODELS -> Optional.empty();
            };
            if (error.isPresent()) {
                return error;
            }
        }
        return Optional.empty();
    }

    private static ApiError unbounded(@org.jspecify.annotations.Nullable String param, String what) {
        return ApiError.invalidRequest(
                400,
                "unsupported_parameter",
                param,
                "This service does not offer " + what + ", since its cost has no bound. Remove it from the request.");
    }
}
