package dev.tollgate.edge;

import dev.tollgate.exchange.Route;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a path and method lead to. What is not listed is refused; every route is served with and without /v1. Of several
 * routes that fit, the one that is spelled out furthest counts. Immutable.
 */
final class RouteTable {
    private static final String VERSION_PREFIX = "/v1";
    private static final String WEBHOOK_PATH = "/webhooks/dodo";
    private static final String ANY_REST = "**";

    /** The one query that official SDKs send to routes served here; whatever else stands in a query stays behind. */
    private static final String PASSING_QUERY = "beta=true";

    /** Where a request goes. */
    sealed interface Match {
        /** @param target what to ask the provider for */
        record Forwarded(Route route, String target) implements Match {}

        record Denied(String reason) implements Match {}

        record Webhook() implements Match {}

        record WrongMethod(String allowed) implements Match {}

        record Unknown() implements Match {}
    }

    /** The routes below one sequence of segments. */
    private static final class Node {
        private final Map<String, Node> named = new HashMap<>();
        private @Nullable Node any;
        private final Map<String, Route> here = new TreeMap<>();
        private final Map<String, Route> below = new TreeMap<>();
    }

    private final Node root = new Node();

    RouteTable(List<Route> routes) {
        routes.forEach(this::add);
    }

    /** @param target an origin-form target that the guard has accepted, query included */
    Match match(String method, String target) {
        String path = path(target);
        if (path.equals(WEBHOOK_PATH)) {
            return method.equals("POST") ? new Match.Webhook() : new Match.WrongMethod("POST");
        }
        String plain = path.startsWith(VERSION_PREFIX + "/") ? path.substring(VERSION_PREFIX.length()) : path;
        @Nullable Map<String, Route> fitting = find(root, segments(plain), 0);
        if (fitting == null) {
            return new Match.Unknown();
        }
        @Nullable Route route = fitting.getOrDefault(method, fitting.get(Route.ANY_METHOD));
        if (route == null) {
            return new Match.WrongMethod(offered(fitting));
        }
        return route.policy() instanceof Route.Policy.Denied denied
                ? new Match.Denied(denied.reason())
                : new Match.Forwarded(route, plain + passingQuery(target));
    }

    private static String offered(Map<String, Route> routes) {
        return routes.values().stream()
                .filter(route -> !(route.policy() instanceof Route.Policy.Denied))
                .map(Route::method)
                .collect(Collectors.joining(", "));
    }

    static String path(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    private static String passingQuery(String target) {
        return target.endsWith("?" + PASSING_QUERY) ? "?" + PASSING_QUERY : "";
    }

    private void add(Route route) {
        Node node = root;
        for (String segment : segments(route.path())) {
            if (segment.equals(ANY_REST)) {
                node.below.put(route.method(), route);
                return;
            }
            node = segment.startsWith("{") ? anyOf(node) : node.named.computeIfAbsent(segment, ignored -> new Node());
        }
        node.here.put(route.method(), route);
    }

    private static Node anyOf(Node node) {
        @Nullable Node any = node.any;
        if (any == null) {
            any = new Node();
            node.any = any;
        }
        return any;
    }

    /** The routes of the best fitting path by method; null when none fits. */
    private static @Nullable Map<String, Route> find(Node node, String[] segments, int depth) {
        if (depth == segments.length) {
            return node.here.isEmpty() ? belowOf(node) : node.here;
        }
        @Nullable Node named = node.named.get(segments[depth]);
        @Nullable Map<String, Route> found = named == null ? null : find(named, segments, depth + 1);
        if (found == null && node.any != null && !segments[depth].isEmpty()) {
            found = find(node.any, segments, depth + 1);
        }
        boolean empty = segments[depth].isEmpty();
        return found == null && !empty ? belowOf(node) : found;
    }

    private static @Nullable Map<String, Route> belowOf(Node node) {
        return node.below.isEmpty() ? null : node.below;
    }

    private static String[] segments(String path) {
        return path.substring(1).split("/", -1);
    }
}
