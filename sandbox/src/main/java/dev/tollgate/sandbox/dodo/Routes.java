package dev.tollgate.sandbox.dodo;

import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the endpoint for a method and a path such as {@code /meters/{}}. Immutable once filled. */
final class Routes {
    private final List<Route> routes = new ArrayList<>();

    /** Answers a request; {@code ids} holds what stood for each {@code {}} of the path. */
    @FunctionalInterface
    interface Endpoint {
        Reply answer(Request request, List<String> ids);
    }

    private record Route(String method, List<String> pattern, Endpoint endpoint) {}

    /** An endpoint and the ids in its path. */
    record Match(Endpoint endpoint, List<String> ids) {}

    Routes on(String method, String pattern, Endpoint endpoint) {
        routes.add(new Route(method, segments(pattern), endpoint));
        return this;
    }

    Optional<Match> find(Request request) {
        List<String> path = segments(request.path());
        for (Route route : routes) {
            Optional<List<String>> ids =
                    route.method.equals(request.method()) ? match(route.pattern, path) : Optional.empty();
            if (ids.isPresent()) {
                return Optional.of(new Match(route.endpoint, ids.get()));
            }
        }
        return Optional.empty();
    }

    private static List<String> segments(String path) {
        return List.of(path.split("/", -1));
    }

    private static Optional<List<String>> match(List<String> pattern, List<String> path) {
        if (pattern.size() != path.size()) {
            return Optional.empty();
        }
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < pattern.size(); i++) {
            if (pattern.get(i).equals("{}")) {
                ids.add(URLDecoder.decode(path.get(i), StandardCharsets.UTF_8));
            } else if (!pattern.get(i).equals(path.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(ids);
    }
}
