package dev.tollgate.exchange;

import dev.tollgate.admission.Demand;
import dev.tollgate.admission.Gate;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ChatRequest;
import io.netty.buffer.ByteBuf;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What one request comes to: why it is refused, or what it may cost and what goes to the provider. Immutable. */
sealed interface Work {

    record Refused(ApiError error) implements Work {}

    /** Costs nothing; forwarded as it came. */
    record Free() implements Work {}

    /** Runs a model; its credits are held before it is forwarded. */
    record Paid(ChatRequest request, Demand demand, Tariff tariff) implements Work {

        /** The body to forward: the one that came, with what Tollgate has to add. */
        ByteBuf body(ByteBuf came, Gate.Verdict.Admitted admitted) {
            @Nullable
            Long cap = admitted.addedCapTokens().isPresent()
                    ? admitted.addedCapTokens().getAsLong()
                    : null;
            return request.rewrite(
                    came,
                    new ChatRequest.Rewrite(asksForUsage(), cap, ChatRequest.CapMember.MAX_COMPLETION_TOKENS));
        }

        /** Whether Tollgate asks for usage on its own account, so that it must be taken out of the answer again. */
        boolean asksForUsage() {
            return request.stream() && !request.asksForUsage();
        }
    }

    /** Reads what was asked. */
    static Work of(Ask ask, ExchangeServices services) {
        if (!ask.route().metered()) {
            return new Free();
        }
        return switch (ChatRequest.scan(ask.body(), new ChatRequest.ScanLimits(services.jsonDepth()))) {
            case ChatRequest.ScanResult.Rejected rejected -> new Refused(rejected.error());
            case ChatRequest.ScanResult.Scanned scanned -> paid(scanned.request(), services);
        };
    }

    private static Work paid(ChatRequest request, ExchangeServices services) {
        Optional<ApiError> unbounded = Bounds.refusal(request);
        if (unbounded.isPresent()) {
            return new Refused(unbounded.get());
        }
        return new Paid(request, Bounds.demand(request, services.maxInputTokens()), new Tariff.ByUsage());
    }
}
