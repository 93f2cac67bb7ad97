package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.billing.DodoClient.Pause;
import dev.tollgate.billing.DodoClient.Result;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Carries calls to Dodo: waits for a place in the rate limit, bounds every call in time and size, turns whatever comes
 * back into a {@link Result}, and repeats reads that may succeed later. Safe on every thread that may wait.
 */
final class DodoTransport implements AutoCloseable {
    private static final int PAGE_ITEMS = 100;
    private static final int PAGES_MAX = 500;
    private static final int RETRIES_MAX = 2;
    private static final long BODY_BYTES_MAX = 8 << 20;

    private final BillingSettings.Dodo settings;
    private final InstantSource clock;
    private final Pause pause;
    private final Backoff backoff;
    private final CallLimiter limiter;
    private final HttpClient http;
    private final String root;

    /** Callers that wait for a place in the rate limit; they come and go on any thread. */
    private final AtomicInteger waiting = new AtomicInteger();

    DodoTransport(
            BillingSettings.Dodo settings, InstantSource clock, Pause pause, RandomGenerator random, HttpClient http) {
        this.settings = settings;
        this.clock = clock;
        this.pause = pause;
        this.backoff = new Backoff(random);
        this.limiter = new CallLimiter(settings.rateLimit());
        this.root = settings.baseUri().toString().replaceAll("/+$", "");
        this.http = http;
    }

    static HttpClient http(BillingSettings.Dodo settings, Executor executor) {
        boolean secure = "https".equals(settings.baseUri().getScheme());
        return HttpClient.newBuilder()
                .executor(executor)
                .version(secure ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofMillis(settings.timeoutMillis()))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** Whether somebody waits for a place in the rate limit. */
    boolean isCrowded() {
        return waiting.get() > 0;
    }

    /** One call that changes something; never repeated here, since only the caller knows whether that is harmless. */
    Result<byte[]> post(String path, byte[] body) {
        HttpRequest request = request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        return call(request);
    }

    /** A read, repeated a little when Dodo is out of reach, broken or busy. */
    <A> Result<A> get(String path, DodoJson.Parser<A> parser) {
        HttpRequest request = request(path).GET().build();
        int failures = 0;
        while (true) {
            Result<byte[]> result = call(request);
            long waitMillis = Math.max(backoff.millis(failures), retryAfterMillis(result));
            boolean again = failures < RETRIES_MAX && mayPass(result) && waitMillis <= settings.timeoutMillis();
            if (!again || !paused(waitMillis)) {
                return read(result, parser);
            }
            failures++;
        }
    }

    /** All items of all pages; see {@link #eachPage}. */
    <A> Result<List<A>> pages(String path, DodoJson.Parser<A> parser) {
        List<A> all = new ArrayList<>();
        return eachPage(path, parser, PAGES_MAX, all::addAll).map(ignored -> all);
    }

    /** Reads page after page, from 0 to one that is not full, and answers how many items there were; 404 is an empty list. */
    <A> Result<Integer> eachPage(String path, DodoJson.Parser<A> parser, int pagesMax, Consumer<List<A>> consumer) {
        int items = 0;
        for (int page = 0; page < pagesMax; page++) {
            Result<List<A>> result = page(path, parser, page);
            if (!(result instanceof Result.Ok<List<A>> ok)) {
                return result.map(List::size);
            }
            consumer.accept(ok.value());
            items += ok.value().size();
            if (ok.value().size() < PAGE_ITEMS) {
                return new Result.Ok<>(items);
            }
        }
        return new Result.Unreachable<>("more than " + pagesMax + " pages");
    }

    <A> Result<List<A>> page(String path, DodoJson.Parser<A> parser, int page) {
        String pagePath = path + "page_size=" + PAGE_ITEMS + "&page_number=" + page;
        return orElse(get(pagePath, node -> DodoJson.items(node, parser)), List.of());
    }

    static <A> Result<A> orElse(Result<A> result, A whenNotFound) {
        return result instanceof Result.Refused<A> refused && refused.status() == 404
                ? new Result.Ok<>(whenNotFound)
                : result;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(root + path))
                .timeout(Duration.ofMillis(settings.timeoutMillis()))
                .header("Authorization", "Bearer " + settings.apiKey())
                .header("Accept", "application/json")
                .header("User-Agent", "tollgate");
    }

    private static boolean mayPass(Result<byte[]> result) {
        return switch (result) {
            case Result.Ok<byte[]> ignored -> false;
            case Result.Unreachable<byte[]> ignored -> true;
            case Result.Refused<byte[]> refused ->
                refused.status() == 429 || refused.status() == 408 || refused.status() >= 500;
        };
    }

    private static long retryAfterMillis(Result<byte[]> result) {
        return result instanceof Result.Refused<byte[]> refused ? refused.retryAfterMillis() : 0;
    }

    static <A> Result<A> read(Result<byte[]> result, DodoJson.Parser<A> parser) {
        return switch (result) {
            case Result.Unreachable<byte[]> unreachable -> new Result.Unreachable<>(unreachable.reason());
            case Result.Refused<byte[]> refused -> refused.as();
            case Result.Ok<byte[]> ok -> {
                try {
                    yield new Result.Ok<>(parser.parse(DodoJson.parse(ok.value())));
                } catch (UnreadableException e) {
                    yield new Result.Unreachable<>("an answer that cannot be read: " + e.getMessage());
                }
            }
        };
    }

    private Result<byte[]> call(HttpRequest request) {
        long heldBackMillis = waitForPlace();
        if (heldBackMillis > 0) {
            return new Result.Refused<>(429, "TOO_MANY_REQUESTS", "held back by our own limit", heldBackMillis);
        }
        CompletableFuture<HttpResponse<byte[]>> sent = http.sendAsync(request, info -> new BoundedBody(BODY_BYTES_MAX));
        try {
            return answer(sent.get(settings.timeoutMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            sent.cancel(true);
            return new Result.Unreachable<>("no answer within " + settings.timeoutMillis() + " ms");
        } catch (ExecutionException e) {
            return new Result.Unreachable<>(describe(e.getCause()));
        } catch (InterruptedException e) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            return new Result.Unreachable<>("interrupted");
        }
    }

    /** Answers 0 with a place taken, or how long there will be none when that is too long to wait. */
    private long waitForPlace() {
        long leftMillis = settings.timeoutMillis();
        waiting.incrementAndGet();
        try {
            while (true) {
                long waitMillis = limiter.take(1, clock.millis());
                if (waitMillis == 0 || waitMillis > leftMillis || !paused(waitMillis)) {
                    return waitMillis;
                }
                leftMillis -= waitMillis;
            }
        } finally {
            waiting.decrementAndGet();
        }
    }

    private boolean paused(long millis) {
        try {
            pause.pause(millis);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Result<byte[]> answer(HttpResponse<byte[]> response) {
        long nowMillis = clock.millis();
        boolean limited = response.statusCode() == 429;
        long retryAfterMillis = RetryAfter.millis(response.headers(), limited, nowMillis);
        if (retryAfterMillis > 0 && (limited || RetryAfter.isUsedUp(response.headers()))) {
            limiter.closeFor(retryAfterMillis, nowMillis);
        }
        if (response.statusCode() / 100 == 2) {
            return new Result.Ok<>(response.body());
        }
        return refusal(response.statusCode(), response.body(), retryAfterMillis);
    }

    private static Result<byte[]> refusal(int status, byte[] body, long retryAfterMillis) {
        try {
            JsonNode node = DodoJson.parse(body);
            String code = DodoJson.optionalText(node, "code").orElse("");
            String message = DodoJson.optionalText(node, "message").orElse("");
            return new Result.Refused<>(status, code, message, retryAfterMillis);
        } catch (UnreadableException e) {
            return new Result.Refused<>(status, "", "", retryAfterMillis);
        }
    }

    private static String describe(@Nullable Throwable failure) {
        if (failure == null) {
            return "failed";
        }
        String kind = failure.getClass().getSimpleName();
        return failure instanceof IOException && failure.getMessage() != null
                ? kind + ": " + failure.getMessage()
                : kind;
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
