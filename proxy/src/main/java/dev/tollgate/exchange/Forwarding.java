package dev.tollgate.exchange;

import dev.tollgate.admission.Gate;
import dev.tollgate.limits.Pass;
import dev.tollgate.openai.ModelRequest;
import dev.tollgate.upstream.Dialect;
import dev.tollgate.upstream.UpstreamCall;
import dev.tollgate.upstream.Upstreams;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * One exchange's request as the provider gets it who is asked: the caller's bytes with the few members spliced in that this
 * provider needs. On the exchange's event loop.
 */
final class Forwarding implements Upstreams.Preparation {
    private final Ask ask;
    private final Holding hold;
    private final Pass pass;
    private final @Nullable Upload upload;
    private boolean askedForUsage;
    private boolean tellsRates;

    /** @param upload what comes instead of the body, null for the body */
    Forwarding(Ask ask, Holding hold, Pass pass, @Nullable Upload upload) {
        this.ask = ask;
        this.hold = hold;
        this.pass = pass;
        this.upload = upload;
    }

    /** The model asked for; null for requests without one. */
    @Nullable
    String model() {
        return hold.work().map(Work.Paid::modelAsked).orElse(null);
    }

    /** Whether the provider asked last was asked for usage on Tollgate's own account. */
    boolean askedForUsage() {
        return askedForUsage;
    }

    /**
     * What the caller gets to see of an answer's head. A rate of the caller's own key is told in place of the provider's for
     * the same unit, also where this answer does not tell it: two limits under one name would be neither.
     */
    HttpHeaders toCaller(HttpHeaders fromProvider) {
        return Headers.toCaller(fromProvider, name -> tellsRates && !pass.limits(name));
    }

    @Override
    public boolean repeatable() {
        return upload == null || !upload.begun();
    }

    @Override
    public UpstreamCall.Request prepare(Dialect dialect) {
        tellsRates = dialect.rateLimitHeaders() == Dialect.RateLimitHeaders.PASS;
        return new UpstreamCall.Request(
                ask.method(), ask.target(), Headers.toProvider(ask.headers()), body(dialect), form(dialect));
    }

    private UpstreamCall.@Nullable Upload form(Dialect dialect) {
        @Nullable String model = model();
        return upload == null || model == null ? upload : upload.withModel(dialect.nameOf(model));
    }

    private ByteBuf body(Dialect dialect) {
        @Nullable ModelRequest request = hold.work().map(Work.Paid::request).orElse(null);
        if (request == null) {
            return ask.body().retainedSlice();
        }
        askedForUsage = dialect.takesUsageOption() && wantsUsage(request);
        ByteBuf rewritten = request.rewrite(
                ask.body(),
                new ModelRequest.Rewrite(askedForUsage, capTokens(request, dialect), capMember(request, dialect)));
        String name = dialect.nameOf(request.model());
        return name.equals(request.model()) ? rewritten : ModelRequest.withModel(rewritten, name);
    }

    /** Only these two kinds of streams have to be asked; the others would refuse the question. */
    private static boolean wantsUsage(ModelRequest request) {
        boolean hasToBeAsked =
                request.kind() == ModelRequest.Kind.CHAT || request.kind() == ModelRequest.Kind.COMPLETIONS;
        return hasToBeAsked && request.stream() && !request.asksForUsage();
    }

    /** Only chat has two names for its cap. */
    private static ModelRequest.CapMember capMember(ModelRequest request, Dialect dialect) {
        if (request.kind() != ModelRequest.Kind.CHAT) {
            return request.kind().capMember().orElse(ModelRequest.CapMember.MAX_TOKENS);
        }
        return switch (dialect.capMember()) {
            case MAX_COMPLETION_TOKENS -> ModelRequest.CapMember.MAX_COMPLETION_TOKENS;
            case MAX_TOKENS -> ModelRequest.CapMember.MAX_TOKENS;
        };
    }

    /**
     * The cap to write: the one that was granted, or the caller's own where the provider might not read the member that they
     * chose. A cap that is not obeyed bounds nothing.
     */
    private @Nullable Long capTokens(ModelRequest request, Dialect dialect) {
        if (request.kind().capMember().isEmpty()) {
            return null;
        }
        var granted = hold.admitted().map(Gate.Verdict.Admitted::capTokens);
        if (granted.isPresent() && granted.get().isPresent()) {
            return granted.get().getAsLong();
        }
        long own = request.outputCapTokens().orElse(0);
        boolean unread =
                request.kind() == ModelRequest.Kind.CHAT && dialect.capMember() == Dialect.CapMember.MAX_TOKENS;
        return unread && own > 0 ? (Long) own : null;
    }
}
