package dev.tollgate.exchange;

import dev.tollgate.admission.Gate;
import dev.tollgate.openai.ChatRequest;
import dev.tollgate.openai.ModelSplice;
import dev.tollgate.upstream.Dialect;
import dev.tollgate.upstream.UpstreamCall;
import dev.tollgate.upstream.Upstreams;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One exchange's request as the provider gets it who is asked: the caller's bytes with the few members spliced in that this
 * provider needs. On the exchange's event loop.
 */
final class Forwarding implements Upstreams.Preparation {
    private final Ask ask;
    private final @Nullable ChatRequest request;
    private final Gate.Verdict.@Nullable Admitted admitted;
    private boolean askedForUsage;

    /** @param request null for requests that are not metered, and so go out as they came */
    Forwarding(Ask ask, @Nullable ChatRequest request, Gate.Verdict.@Nullable Admitted admitted) {
        this.ask = ask;
        this.request = request;
        this.admitted = admitted;
    }

    /** The model asked for; null for requests without one. */
    @Nullable
    String model() {
        return request == null ? null : request.model();
    }

    /** Whether the provider asked last was asked for usage on Tollgate's own account. */
    boolean askedForUsage() {
        return askedForUsage;
    }

    @Override
    public UpstreamCall.Request prepare(Dialect dialect) {
        return new UpstreamCall.Request(
                ask.route().method(), ask.route().path(), Headers.toProvider(ask.headers()), body(dialect));
    }

    private ByteBuf body(Dialect dialect) {
        if (request == null) {
            return ask.body().retainedSlice();
        }
        askedForUsage = dialect.takesUsageOption() && request.stream() && !request.asksForUsage();
        ChatRequest.CapMember member = switch (dialect.capMember()) {
            case MAX_COMPLETION_TOKENS -> ChatRequest.CapMember.MAX_COMPLETION_TOKENS;
            case MAX_TOKENS -> ChatRequest.CapMember.MAX_TOKENS;
        };
        ByteBuf rewritten =
                request.rewrite(ask.body(), new ChatRequest.Rewrite(askedForUsage, capTokens(dialect), member));
        String name = dialect.nameOf(request.model());
        return name.equals(request.model()) ? rewritten : ModelSplice.rename(rewritten, name);
    }

    /**
     * The cap to write: the one that was added, or the caller's own where the provider might not read the member that they
     * chose. A cap that is not obeyed bounds nothing.
     */
    private @Nullable Long capTokens(Dialect dialect) {
        if (admitted != null && admitted.capTokens().isPresent()) {
            return admitted.capTokens().getAsLong();
        }
        if (request == null || request.outputCapTokens().isEmpty()) {
            return null;
        }
        long cap = request.outputCapTokens().getAsLong();
        return dialect.capMember() == Dialect.CapMember.MAX_TOKENS && cap > 0 ? cap : null;
    }
}
