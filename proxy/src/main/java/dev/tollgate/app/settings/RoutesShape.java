package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Quantities.amount;

import dev.tollgate.exchange.Route;
import dev.tollgate.openai.ModelRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads which routes are served and how they are charged. Owned by the thread that reads. */
final class RoutesShape {
    private static final long MOST_UNITS = 1_000_000_000_000_000L;
    private static final String USUAL_REASON = "The operator of this service does not offer this route.";

    private static final ScalarType<String> ROUTE_PATH = ScalarType.matching(
            "a path such as /models/{model}, without /v1; {name} stands for one segment, ** at the end for the rest",
            Pattern.compile("(?!/v1(/|$))(/([A-Za-z0-9._~-]+|\\{[a-z_]+}))*(/([A-Za-z0-9._~-]+|\\{[a-z_]+}|\\*\\*))"));
    private static final ScalarType<String> METHOD =
            ScalarType.matching("GET, POST, DELETE or *", Pattern.compile("GET|POST|DELETE|\\*"));
    private static final ScalarType<String> SENTENCE =
            ScalarType.matching("a sentence of up to 300 characters", Pattern.compile("\\P{Cntrl}{1,300}"));

    /** As an operator writes them; the first stands in for one that cannot be read, since it takes most other keys. */
    private enum Policy {
        FLAT,
        METER,
        FREE,
        DENY
    }

    private final Map<String, Route> routes = new LinkedHashMap<>();
    private final Map<String, Place> given = new LinkedHashMap<>();

    private RoutesShape(List<Route> builtIn) {
        builtIn.forEach(route -> routes.put(name(route.method(), route.path()), route));
    }

    /** The built-in routes, where the file does not say otherwise, and those that it adds. */
    static List<Route> read(Section root, List<Route> builtIn) {
        RoutesShape shape = new RoutesShape(builtIn);
        root.sections("routes", shape::route)
                .forEach(route -> shape.routes.put(name(route.method(), route.path()), route));
        return new ArrayList<>(shape.routes.values());
    }

    private Route route(Section section) {
        String path = section.required("path", ROUTE_PATH, "for example /audio/speech");
        String method = section.value("method", METHOD, "POST");
        Policy policy = section.required("policy", ScalarType.choice(Policy.class), "meter, flat, free or deny");
        ModelRequest.@Nullable Kind kind = section.optional("body", ScalarType.choice(ModelRequest.Kind.class), null);
        @Nullable Long units = section.optional("units", amount(1, MOST_UNITS), null);
        @Nullable String reason = section.optional("reason", SENTENCE, null);
        String name = name(method, path);
        refuseRepetition(section, name);
        check(section, policy, kind, units, reason);
        @Nullable Route usual = routes.get(name);
        return new Route(
                method,
                path.startsWith("/") ? path : "/" + path,
                policy(
                        section,
                        policy,
                        kind == null && usual != null ? usual.policy().kind() : kind,
                        units,
                        reason));
    }

    private Route.Policy policy(
            Section section,
            Policy policy,
            ModelRequest.@Nullable Kind kind,
            @Nullable Long units,
            @Nullable String reason) {
        OptionalLong charge = units == null ? OptionalLong.empty() : OptionalLong.of(units);
        return switch (policy) {
            case METER -> {
                if (kind == null) {
                    section.error("policy", "to meter it, Tollgate must know its body", "add `body`, or use flat");
                    yield new Route.Policy.Denied(USUAL_REASON);
                }
                yield new Route.Policy.Metered(kind, charge);
            }
            case FLAT -> new Route.Policy.Flat(kind, charge);
            case FREE -> new Route.Policy.Free(kind);
            case DENY -> new Route.Policy.Denied(reason == null ? USUAL_REASON : reason);
        };
    }

    private void refuseRepetition(Section section, String name) {
        Place earlier = given.putIfAbsent(name, section.place());
        if (earlier != null) {
            section.error("path", "this method and path stand here already", "see line " + earlier.line());
        }
    }

    private static void check(
            Section section,
            Policy policy,
            ModelRequest.@Nullable Kind kind,
            @Nullable Long units,
            @Nullable String reason) {
        if (policy == Policy.DENY && kind != null) {
            section.error("body", "has no meaning for a route that is denied", "leave it out");
        }
        if (units != null && (policy == Policy.DENY || policy == Policy.FREE)) {
            section.error("units", "has no meaning for a route that is free or denied", "leave it out, or use flat");
        }
        if (reason != null && policy != Policy.DENY) {
            section.error("reason", "has a meaning only for a route that is denied", "leave it out");
        }
    }

    private static String name(String method, String path) {
        return method + " " + path;
    }
}
