package dev.tollgate.app;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import dev.tollgate.admission.Gate;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.exchange.Attempts;
import dev.tollgate.exchange.ExchangeServices;
import dev.tollgate.exchange.RunningExchanges;
import dev.tollgate.limits.Limiter;
import dev.tollgate.metering.PromptCounter;
import dev.tollgate.telemetry.AccessLog;
import dev.tollgate.telemetry.Metrics;
import dev.tollgate.upstream.UpstreamDirectory;
import dev.tollgate.upstream.Upstreams;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The event loops with what each of them owns: its upstream connections and its running exchanges. Client and provider of
 * one exchange share a loop, so nothing of an exchange is ever locked.
 */
final class Loops {
    private static final long POLL_MILLIS = 10;
    private static final int SEED_BYTES = 32;

    private final EventLoopGroup group;
    private final ExecutorService counting;

    /** Written when the settings are reloaded, read by event loops. */
    private volatile ExchangeServices.Pricing pricing;

    private final IdentityHashMap<EventExecutor, ExchangeServices> services = new IdentityHashMap<>();

    private Loops(EventLoopGroup group, ExchangeServices.Pricing pricing) {
        this.group = group;
        this.pricing = pricing;
        this.counting = countingThread();
    }

    /** One thread, so that counting takes no more than one processor. Its queue has no lock; the counter bounds it. */
    private static ExecutorService countingThread() {
        ThreadPoolExecutor thread = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new LinkedTransferQueue<>(),
                Thread.ofPlatform().name("tollgate-counting").daemon().factory());
        thread.prestartCoreThread();
        return thread;
    }

    /** Charges requests that begin from now on as these settings say. */
    void reprice(Settings settings) {
        pricing = Parts.pricing(settings);
    }

    static Loops start(
            Settings settings,
            Transport transport,
            Gate gate,
            Limiter limiter,
            Money money,
            Metrics metrics,
            InstantSource clock,
            LongSupplier nanoTime)
            throws StartException {
        UpstreamDirectory upstreams = new UpstreamDirectory(UpstreamParts.all(settings), nanoTime, metrics);
        int threads = settings.server().eventLoops() > 0
                ? settings.server().eventLoops()
                : Runtime.getRuntime().availableProcessors();
        Loops loops = new Loops(
                new MultiThreadIoEventLoopGroup(
                        threads, new DefaultThreadFactory("tollgate-loop"), transport.ioHandlers()),
                Parts.pricing(settings));
        PromptCounter promptCounter = new PromptCounter(loops.counting, nanoTime);
        DnsAddressResolverGroup resolver = new DnsAddressResolverGroup(
                new DnsNameResolverBuilder().datagramChannelFactory(transport.datagramChannels()));
        ExchangeServices.Draining draining = new ExchangeServices.Draining(
                settings.drains().timeMillis(),
                settings.drains().bytes(),
                new Semaphore(settings.drains().atOnce()));
        ExchangeServices.Forms forms = new ExchangeServices.Forms(
                settings.limits().formBytes(), new Semaphore(settings.limits().formsGatheredBytes()));
        AccessLog accessLog = new AccessLog();
        Attempts attempts = new Attempts(settings.retries(), nanoTime);
        for (EventExecutor executor : loops.group) {
            EventLoop loop = (EventLoop) executor;
            TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator(randomWithoutFiles());
            loops.services.put(
                    loop,
                    new ExchangeServices(
                            loop,
                            gate,
                            limiter,
                            money.ledger(),
                            new Upstreams(loop, upstreams, transport.channels(), resolver, nanoTime, metrics),
                            metrics,
                            accessLog,
                            new RunningExchanges(),
                            attempts,
                            money.newLane(),
                            clock,
                            nanoTime,
                            () -> ids.generate().toString(),
                            settings.limits().jsonDepth(),
                            forms,
                            model -> settings.models()
                                    .maxInputTokens(model)
                                    .orElse(settings.gate().unknownModelMaxOutputTokens()),
                            model -> settings.models()
                                    .maxOutputTokens(model)
                                    .orElse(settings.gate().unknownModelMaxOutputTokens()),
                            promptCounter,
                            () -> loops.pricing,
                            draining));
        }
        return loops;
    }

    /** Seeded once from the system and computed from there on: the system's own generator reads a file now and then. */
    private static SecureRandom randomWithoutFiles() {
        try {
            SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
            random.setSeed(new SecureRandom().generateSeed(SEED_BYTES));
            return random;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA1PRNG", e);
        }
    }

    EventLoopGroup group() {
        return group;
    }

    ExchangeServices services(EventLoop loop) {
        return Objects.requireNonNull(services.get(loop), "not one of these loops");
    }

    int runningExchanges() {
        return services.values().stream()
                .mapToInt(each -> each.running().count())
                .sum();
    }

    /** Ends exchanges that still wait for a provider, and waits until all of them are booked, but not for ever. */
    boolean stopExchanges(long patienceMillis) throws InterruptedException {
        services.forEach((loop, each) -> loop.execute(each.running()::stopAll));
        long leftMillis = patienceMillis;
        while (runningExchanges() > 0 && leftMillis > 0) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            leftMillis -= POLL_MILLIS;
        }
        return runningExchanges() == 0;
    }

    void close() {
        counting.shutdownNow();
        services.forEach((loop, each) -> loop.execute(each.upstreams()::close));
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
