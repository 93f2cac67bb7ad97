package dev.tollgate.sandbox.dodo;

import dev.tollgate.sandbox.http.Handler;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import dev.tollgate.sandbox.http.Wire;
import dev.tollgate.sandbox.structure.Conformity;
import java.io.IOException;
import java.util.Optional;

/** What surrounds every request to Dodo: faults, keys, rate limits, then the endpoint under the world's lock. */
final class DodoHandler implements Handler {
    private static final int STRANGER_PER_SECOND = 20;
    private static final int STRANGER_PER_MINUTE = 100;

    private final World world;
    private final String credentials;
    private final RequestFaults faults;
    private final Conformity conformity;
    private final RateLimiter merchantLimiter = new RateLimiter();
    private final RateLimiter strangerLimiter = new RateLimiter();
    private final Routing routing;

    DodoHandler(World world, String apiKey, RequestFaults faults, Conformity conformity, Routing routing) {
        this.world = world;
        this.credentials = "Bearer " + apiKey;
        this.faults = faults;
        this.conformity = conformity;
        this.routing = routing;
    }

    @Override
    public void handle(Request request, Wire wire) throws IOException {
        wire.pause(faults.stallMillis());
        Optional<Reply> failure = faults.nextFailure();
        if (failure.isPresent()) {
            wire.send(failure.get());
            return;
        }
        Reply reply = answer(request);
        if (!request.method().equals("GET") && reply.status() < 300 && faults.losesAnswer()) {
            wire.cut(true);
        }
        wire.send(reply);
    }

    private Reply answer(Request request) {
        Optional<Routes.Match> page = routing.pages().find(request);
        if (page.isPresent()) {
            return run(page.get(), request);
        }
        Reply reply = limited(request);
        conformity.exchanged(request, reply);
        return reply;
    }

    private Reply limited(Request request) {
        Optional<Routes.Match> open = routing.open().find(request);
        boolean known = request.header("authorization").orElse("").equals(credentials) && open.isEmpty();
        Optional<RateLimiter.Allowance> allowance = allowance(known);
        if (allowance.isPresent() && allowance.get().isExceeded()) {
            return allowance.get().label(faults.label(Replies.error(429, "TOO_MANY_REQUESTS", "Slow down")));
        }
        Reply reply = open.map(match -> run(match, request)).orElseGet(() -> known ? route(request) : Reply.empty(401));
        return allowance.map(limits -> limits.label(reply)).orElse(reply);
    }

    private Optional<RateLimiter.Allowance> allowance(boolean known) {
        DodoRules.Tier tier;
        synchronized (world) {
            tier = world.rules.tier();
        }
        if (tier == DodoRules.Tier.OFF) {
            return Optional.empty();
        }
        return known
                ? merchantLimiter.count(tier.perSecond, tier.perMinute, world.now())
                : strangerLimiter.count(STRANGER_PER_SECOND, STRANGER_PER_MINUTE, world.now());
    }

    private Reply route(Request request) {
        return routing.merchant()
                .find(request)
                .map(match -> run(match, request))
                .orElseGet(() -> Replies.notFound("Path"));
    }

    private Reply run(Routes.Match match, Request request) {
        synchronized (world) {
            return match.endpoint().answer(request, match.ids());
        }
    }
}
