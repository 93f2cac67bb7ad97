package dev.tollgate.sdks;

import com.openai.client.OpenAIClient;
import com.openai.client.OpenAIClientImpl;
import com.openai.client.okhttp.OkHttpClient;
import com.openai.core.ClientOptions;
import com.openai.core.RequestOptions;
import com.openai.core.http.HttpClient;
import com.openai.core.http.HttpRequest;
import com.openai.core.http.HttpResponse;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes clients for one scenario and counts the HTTP requests that they make.
 *
 * @param calls set back by scenarios that count from some moment on
 */
record Clients(String scenario, AtomicInteger calls) {
    Clients(String scenario) {
        this(scenario, new AtomicInteger());
    }

    /** With the key of the environment. */
    OpenAIClient one() {
        return of(Objects.requireNonNull(System.getenv("OPENAI_API_KEY")));
    }

    OpenAIClient of(String key) {
        return new OpenAIClientImpl(options(key).build());
    }

    /** One that does not try again by itself. */
    OpenAIClient once(String key) {
        return new OpenAIClientImpl(options(key).maxRetries(0).build());
    }

    /** With another base URL, below the one of the environment. */
    OpenAIClient below(String path) {
        String key = Objects.requireNonNull(System.getenv("OPENAI_API_KEY"));
        return new OpenAIClientImpl(
                options(key).baseUrl(System.getenv("OPENAI_BASE_URL") + path).build());
    }

    private ClientOptions.Builder options(String key) {
        return ClientOptions.builder()
                .httpClient(new Counting(OkHttpClient.builder().build(), calls))
                .fromEnv()
                .apiKey(key)
                .putHeader("x-client-request-id", "java/" + scenario);
    }

    private record Counting(HttpClient inner, AtomicInteger calls) implements HttpClient {
        @Override
        public HttpResponse execute(HttpRequest request, RequestOptions options) {
            calls.incrementAndGet();
            return inner.execute(request, options);
        }

        @Override
        public CompletableFuture<HttpResponse> executeAsync(HttpRequest request, RequestOptions options) {
            calls.incrementAndGet();
            return inner.executeAsync(request, options);
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
