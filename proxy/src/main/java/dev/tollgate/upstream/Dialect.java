package dev.tollgate.upstream;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How requests to one provider differ from requests to OpenAI.
 *
 * @param capMember the only output cap that the provider can be relied on to obey
 * @param takesUsageOption whether a stream may be asked for its usage; some servers refuse {@code stream_options}
 * @param modelNames by the name that callers use: the provider's own name, where it has another one
 * @param framingTokens the most that its chat template adds to a prompt, for a whole request
 * @param apiVersion of Azure's classic paths, which carry the deployment; null for paths like OpenAI's
 * @param headers sent with every request; their values may be secret
 * @param rateLimitHeaders whether callers see what it says about rates
 */
public record Dialect(
        Kind kind,
        CapMember capMember,
        boolean takesUsageOption,
        Map<String, String> modelNames,
        long framingTokens,
        @Nullable String apiVersion,
        Map<String, String> headers,
        RateLimitHeaders rateLimitHeaders) {

    /** Whose protocol it is. */
    public enum Kind {
        OPENAI,
        /** The key goes into {@code api-key}. */
        AZURE,
        /** Another server that follows OpenAI's. */
        COMPATIBLE
    }

    /** The member of a chat request that carries an output cap. */
    public enum CapMember {
        MAX_COMPLETION_TOKENS,
        MAX_TOKENS
    }

    /** What becomes of its {@code x-ratelimit-*} header fields, which speak of the operator's account. */
    public enum RateLimitHeaders {
        DROP,
        PASS
    }

    public Dialect {
        Objects.requireNonNull(kind);
        Objects.requireNonNull(capMember);
        Objects.requireNonNull(rateLimitHeaders);
        modelNames = Map.copyOf(modelNames);
        headers = Map.copyOf(headers);
        if (framingTokens < 0) {
            throw new IllegalArgumentException("framing cannot be negative: " + framingTokens);
        }
        if (apiVersion != null && kind != Kind.AZURE) {
            throw new IllegalArgumentException("only Azure has paths with an API version");
        }
    }

    /** The provider's name for a model. */
    public String nameOf(String model) {
        return modelNames.getOrDefault(model, model);
    }

    @Override
    public String toString() {
        return kind + " dialect";
    }
}
