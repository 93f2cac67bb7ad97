package dev.tollgate.upstream;

import dev.tollgate.telemetry.Metrics;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolverGroup;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way of one event loop to all providers: chooses one for a request, and another one while nothing can have been billed.
 *
 * <p>Owned by its event loop; every method must be called there.
 */
public final class Upstreams {
    private final UpstreamDirectory directory;
    private final Metrics metrics;
    private final Map<String, UpstreamPool> pools = new HashMap<>();

    /** Makes the request for one provider; called again for each provider that is tried. */
    public interface Preparation {
        UpstreamCall.Request prepare(Dialect dialect);

        /** Whether it can be made again. A body that passes as it comes cannot. */
        default boolean repeatable() {
            return true;
        }
    }

    public Upstreams(
            EventLoop loop,
            UpstreamDirectory directory,
            ChannelFactory<? extends Channel> channels,
            AddressResolverGroup<InetSocketAddress> resolver,
            LongSupplier nanoTime,
            Metrics metrics) {
        this.directory = directory;
        this.metrics = metrics;
        for (UpstreamDirectory.Upstream upstream : directory.all()) {
            pools.put(
                    upstream.settings().name(),
                    new UpstreamPool(loop, upstream.settings(), channels, resolver, nanoTime));
        }
    }

    public UpstreamDirectory directory() {
        return directory;
    }

    /**
     * Sends a request to the first provider of the model that takes it.
     *
     * @param model one that the directory serves; null for requests without a model
     */
    public UpstreamCall call(@Nullable String model, Preparation preparation, UpstreamCall.Listener listener) {
        RoutedCall call = new RoutedCall(this, directory.candidates(model), model, preparation, listener);
        call.start();
        return call;
    }

    /**
     * Asks every provider for the same, in the order of their priority, and no other one in its place.
     *
     * @param listeners by the provider's name
     */
    public List<UpstreamCall> callEach(Preparation preparation, Function<String, UpstreamCall.Listener> listeners) {
        List<UpstreamCall> calls = new ArrayList<>();
        for (UpstreamDirectory.Upstream upstream : directory.all()) {
            String name = upstream.settings().name();
            RoutedCall call = new RoutedCall(this, List.of(upstream), null, preparation, listeners.apply(name));
            calls.add(call);
            call.start();
        }
        return calls;
    }

    UpstreamPool pool(UpstreamDirectory.Upstream upstream) {
        return Objects.requireNonNull(pools.get(upstream.settings().name()));
    }

    Metrics metrics() {
        return metrics;
    }

    /** Closes idle connections; those in use close when their call ends. */
    public void close() {
        pools.values().forEach(UpstreamPool::close);
    }
}
