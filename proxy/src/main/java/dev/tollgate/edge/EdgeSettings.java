package dev.tollgate.edge;

import java.net.InetSocketAddress;

/** Where to listen, and how much to take. */
public record EdgeSettings(InetSocketAddress address, int connectionsMax, GuardLimits guard) {}
