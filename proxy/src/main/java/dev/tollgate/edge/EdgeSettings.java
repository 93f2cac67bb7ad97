package dev.tollgate.edge;

import dev.tollgate.exchange.Route;
import java.net.InetSocketAddress;
import java.util.List;

/** Where to listen, how much to take, and what is served. */
public record EdgeSettings(InetSocketAddress address, int connectionsMax, GuardLimits guard, List<Route> routes) {
    public EdgeSettings {
        routes = List.copyOf(routes);
    }
}
