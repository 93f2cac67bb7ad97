package dev.tollgate.exchange;

import dev.tollgate.metering.PromptCounter;
import dev.tollgate.openai.ModelRequest;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How many tokens a prompt probably has: by the length of its text at first, and as they were counted once they were. What
 * is attached counts with all that is allowed for it. On the exchange's event loop.
 */
final class LikelyPrompt {
    /**
     * Whoever is left of an answer that broke off waits for no longer than this. A count takes a fraction of it, but for the
     * first with a vocabulary, which loads that.
     */
    private static final long WAIT_MILLIS = 250;

    private final ExchangeServices services;
    private final ModelRequest request;
    private final Function<String, @Nullable String> encodings;
    private final ByteBuf body;
    private final long attachedTokens;
    private long textTokens;
    private boolean counted;

    private LikelyPrompt(
            ExchangeServices services,
            ModelRequest request,
            Function<String, @Nullable String> encodings,
            ByteBuf body) {
        this.services = services;
        this.request = request;
        this.encodings = encodings;
        this.body = body;
        this.attachedTokens = Bounds.attachedTokens(request, services);
        this.textTokens = request.likelyTextTokens();
    }

    /** Null where an estimate does not depend on it. */
    static @Nullable LikelyPrompt of(
            Work.Paid asked, ExchangeServices services, ExchangeServices.Pricing pricing, ByteBuf body) {
        @Nullable ModelRequest request = asked.request();
        return request != null && asked.tariff() instanceof Tariff.ByUsage tariff && tariff.leastSharePermille() < 1000
                ? new LikelyPrompt(services, request, pricing.encodings(), body)
                : null;
    }

    long tokens() {
        return Math.addExact(textTokens, attachedTokens);
    }

    /** Has the prompt counted; {@code reply} hears of it on any thread. */
    void count(Consumer<PromptCounter.Counted> reply) {
        services.promptCounter().count(request.kind(), encodings.apply(request.model()), body, result -> {
            onLoop(() -> take(result));
            reply.accept(result);
        });
    }

    private void take(PromptCounter.Counted result) {
        if (result.likelyTokens() >= 0) {
            counted = true;
            textTokens = result.likelyTokens();
        }
    }

    /** Goes on once the prompt is counted, or with what is known when that takes too long. */
    void await(Runnable then) {
        if (counted) {
            then.run();
            return;
        }
        Once once = new Once(then);
        ScheduledFuture<?> late = services.loop().schedule(once, WAIT_MILLIS, TimeUnit.MILLISECONDS);
        count(result -> onLoop(() -> {
            late.cancel(false);
            once.run();
        }));
    }

    /** A loop ends after its exchanges, so that nobody waits for a count that comes later still. */
    private void onLoop(Runnable task) {
        try {
            services.loop().execute(task);
        } catch (RejectedExecutionException ended) {
            return;
        }
    }

    /** Runs what it holds the first time. */
    private static final class Once implements Runnable {
        private @Nullable Runnable then;

        Once(Runnable then) {
            this.then = then;
        }

        @Override
        public void run() {
            @Nullable Runnable first = then;
            then = null;
            if (first != null) {
                first.run();
            }
        }
    }
}
