package dev.tollgate.edge;

import dev.tollgate.admission.Caller;
import dev.tollgate.admission.Gate;
import dev.tollgate.exchange.Route;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** What becomes of a request, decided by its head. */
sealed interface Destination {

    /**
     * @param target what to ask the provider for
     * @param coding how the body is compressed, null for not at all
     * @param form whether the body is a form, which goes to the exchange in pieces
     */
    record Provider(
            Route route,
            String target,
            Caller caller,
            @Nullable ContentCoding coding,
            boolean form) implements Destination {

        /** Whether the body is passed on as it comes, instead of being gathered first: what is compressed is decoded whole. */
        boolean streamed() {
            return form && coding == null;
        }
    }

    record Webhook() implements Destination {}

    record People() implements Destination {}

    record Refusal(ApiError error, @Nullable String allow) implements Destination {}

    /** Decides. Immutable. */
    record Finder(RouteTable routes, PortalRoute portal, Gate gate) {
        private static final String IDENTITY = "identity";

        Destination of(HttpRequest head) {
            String path = RouteTable.path(head.uri());
            if (portal.serves(path)) {
                return new People();
            }
            String method = head.method().name();
            return switch (routes.match(method, head.uri())) {
                case RouteTable.Match.Webhook ignored -> new Webhook();
                case RouteTable.Match.Unknown ignored -> new Refusal(ApiErrors.unknownRoute(method, path), null);
                case RouteTable.Match.WrongMethod wrong ->
                    new Refusal(ApiErrors.wrongMethod(method, wrong.allowed()), wrong.allowed());
                case RouteTable.Match.Denied denied -> new Refusal(ApiErrors.deniedRoute(denied.reason()), null);
                case RouteTable.Match.Forwarded forwarded -> forward(head, forwarded);
            };
        }

        private Destination forward(HttpRequest head, RouteTable.Match.Forwarded forwarded) {
            Route route = forwarded.route();
            boolean form = route.streams(head.headers().get(HttpHeaderNames.CONTENT_TYPE, ""));
            String name = head.headers().get(HttpHeaderNames.CONTENT_ENCODING, IDENTITY);
            @Nullable ContentCoding coding = ContentCoding.named(name);
            if (coding == null && !name.equalsIgnoreCase(IDENTITY)) {
                return new Refusal(BodyDecoding.unsupported(), null);
            }
            return switch (gate.identify(head.headers().get(HttpHeaderNames.AUTHORIZATION))) {
                case Gate.Identity.Refused refused -> new Refusal(refused.error(), null);
                case Gate.Identity.Known known -> new Provider(route, forwarded.target(), known.caller(), coding, form);
            };
        }
    }
}
