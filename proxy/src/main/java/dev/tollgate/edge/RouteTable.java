package dev.tollgate.edge;

import dev.tollgate.exchange.Route;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a path and method lead to. What is not listed is refused; every route is served with and without /v1. */
final class RouteTable {
    private static final String VERSION_PREFIX = "/v1";
    private static final String WEBHOOK_PATH = "/webhooks/dodo";

    private static final Map<String, Route> BY_PATH = Arrays.stream(Route.values())
            .collect(Collectors.toMap(Route::path, Function.identity(), (a, b) -> a, TreeMap::new));

    /** Where a request goes. */
    sealed interface Match {
        record Forwarded(Route route) implements Match {}

        record Webhook() implements Match {}

        record WrongMethod(String allowed) implements Match {}

        record Unknown() implements Match {}
    }

    private RouteTable() {}

    /** @param target an origin-form target that the guard has accepted, query included */
    static Match match(String method, String target) {
        String path = path(target);
        if (path.equals(WEBHOOK_PATH)) {
            return method.equals("POST") ? new Match.Webhook() : new Match.WrongMethod("POST");
        }
        String plain = path.startsWith(VERSION_PREFIX + "/") ? path.substring(VERSION_PREFIX.length()) : path;
        @Nullable Route route = BY_PATH.get(plain);
        if (route == null) {
            return new Match.Unknown();
        }
        return route.method().name().equals(method)
                ? new Match.Forwarded(route)
                : new Match.WrongMethod(route.method().name());
    }

    static String path(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }
}
