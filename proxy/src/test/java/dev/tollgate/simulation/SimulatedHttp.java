package dev.tollgate.simulation;

import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/** The way to Dodo, without sockets: it takes time, and may lose or refuse what goes either way. */
final class SimulatedHttp extends HttpClient {
    private static final long TIMEOUT_MILLIS = 5_000;

    private final SimulatedDodo dodo;
    private final Timeline timeline;
    private final Faults faults;

    SimulatedHttp(SimulatedDodo dodo, Timeline timeline, Faults faults) {
        this.dodo = dodo;
        this.timeline = timeline;
        this.faults = faults;
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, HttpResponse.BodyHandler<T> responseBodyHandler) {
        try {
            return CompletableFuture.completedFuture(send(request, responseBodyHandler));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> responseBodyHandler)
            throws IOException {
        faults.mayCrash("before " + request.method() + " " + request.uri().getPath());
        timeline.pause(faults.between(1, 150));
        if (faults.isOut()) {
            timeline.pause(faults.coin() ? 0 : TIMEOUT_MILLIS);
            throw new IOException("out");
        }
        if (faults.dodoFails()) {
            return disturbed(request, responseBodyHandler);
        }
        return whole(request, responseBodyHandler);
    }

    private <T> HttpResponse<T> whole(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        SimulatedDodo.Answer answer = dodo.serve(request.uri(), body(request));
        timeline.note("Dodo answers " + answer.status() + " to " + request.method() + " "
                + request.uri().getPath());
        timeline.pause(faults.between(1, 150));
        faults.mayCrash("after " + request.method() + " " + request.uri().getPath());
        return new Response<>(request, answer.status(), Map.of(), answer.body(), handler);
    }

    private <T> HttpResponse<T> disturbed(HttpRequest request, HttpResponse.BodyHandler<T> handler) throws IOException {
        int kind = faults.oneOf(5);
        timeline.note("Dodo's disturbance " + kind + " at " + request.uri().getPath());
        return switch (kind) {
            case 0 -> new Response<>(request, 429, Map.of("Retry-After", List.of("7")), "", handler);
            case 1 -> new Response<>(request, 503, Map.of(), "", handler);
            case 2 -> {
                whole(request, handler);
                yield new Response<>(request, 500, Map.of(), "", handler);
            }
            case 3 -> {
                whole(request, handler);
                timeline.pause(TIMEOUT_MILLIS);
                throw new HttpTimeoutException("the answer is lost");
            }
            default -> throw new IOException("the connection is lost");
        };
    }

    private static byte[] body(HttpRequest request) {
        Collector collector = new Collector();
        request.bodyPublisher().ifPresent(publisher -> publisher.subscribe(collector));
        return collector.bytes();
    }

    /** Takes all there is at once. */
    private static final class Collector implements Flow.Subscriber<ByteBuffer> {
        private byte[] bytes = new byte[0];

        byte[] bytes() {
            return bytes;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ByteBuffer item) {
            byte[] more = new byte[bytes.length + item.remaining()];
            System.arraycopy(bytes, 0, more, 0, bytes.length);
            item.get(more, bytes.length, more.length - bytes.length);
            bytes = more;
        }

        @Override
        public void onError(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void onComplete() {}
    }

    private record Response<T>(HttpRequest request, int statusCode, HttpHeaders headers, T body)
            implements HttpResponse<T> {
        Response(
                HttpRequest request,
                int status,
                Map<String, List<String>> headers,
                String text,
                HttpResponse.BodyHandler<T> handler) {
            this(request, status, HttpHeaders.of(headers, (name, value) -> true), read(status, text, handler));
        }

        private static <T> T read(int status, String text, HttpResponse.BodyHandler<T> handler) {
            HttpHeaders none = HttpHeaders.of(Map.of(), (name, value) -> true);
            HttpResponse.BodySubscriber<T> subscriber = handler.apply(new Head(status, none));
            subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long items) {}

                @Override
                public void cancel() {}
            });
            subscriber.onNext(List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
            subscriber.onComplete();
            return subscriber.getBody().toCompletableFuture().join();
        }

        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
    }

    private record Head(int statusCode, HttpHeaders headers) implements HttpResponse.ResponseInfo {
        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request,
            HttpResponse.BodyHandler<T> responseBodyHandler,
            HttpResponse.PushPromiseHandler<T> pushPromiseHandler) {
        return sendAsync(request, responseBodyHandler);
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return Optional.empty();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return Optional.empty();
    }

    @Override
    public Redirect followRedirects() {
        return Redirect.NEVER;
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return Optional.empty();
    }

    @Override
    public SSLContext sslContext() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public SSLParameters sslParameters() {
        return new SSLParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return Optional.empty();
    }

    @Override
    public Version version() {
        return Version.HTTP_1_1;
    }

    @Override
    public Optional<Executor> executor() {
        return Optional.empty();
    }

    @Override
    public void shutdownNow() {}
}
