package dev.tollgate.app;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.tollgate.telemetry.Metrics;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;

/**
 * The operator's port: {@code /healthz}, {@code /readyz}, {@code /metrics}, which tell of no customer, and the operator's
 * page and operations, which ask for the operator's token. Kept apart from the customers' port, and off the event loops, so that a slow scrape
 * disturbs nobody.
 */
final class AdminServer {
    private static final int BACKLOG_CONNECTIONS = 64;

    /** Whether the process may live on, and whether it may be sent requests. A reason stands for no. */
    record Condition(boolean fine, String reason) {
        static final Condition FINE = new Condition(true, "ok");
    }

    private final HttpServer server;

    private AdminServer(HttpServer server) {
        this.server = server;
    }

    /** @throws IOException when the address cannot be bound, in words for the operator */
    static AdminServer start(
            InetSocketAddress address,
            Metrics metrics,
            Supplier<Condition> health,
            Supplier<Condition> readiness,
            HttpHandler putBack,
            HttpHandler operator,
            ExecutorService executor)
            throws IOException {
        HttpServer server = bind(address);
        server.setExecutor(executor);
        server.createContext("/", operator);
        server.createContext("/healthz", exchange -> answer(exchange, "/healthz", health.get()));
        server.createContext("/readyz", exchange -> answer(exchange, "/readyz", readiness.get()));
        server.createContext(
                "/metrics",
                exchange -> answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.scrape()));
        server.createContext(PutBackOperation.PATH, putBack);
        server.start();
        return new AdminServer(server);
    }

    private static HttpServer bind(InetSocketAddress address) throws IOException {
        try {
            return HttpServer.create(address, BACKLOG_CONNECTIONS);
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen on " + address.getHostString() + ":" + address.getPort() + " (server.admin): "
                            + e.getMessage() + "; is the port in use, or not yours to take?",
                    e);
        }
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    void stop() {
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, String path, Condition condition) throws IOException {
        boolean known = exchange.getRequestURI().getPath().equals(path);
        answer(
                exchange,
                !known ? 404 : condition.fine() ? 200 : 503,
                "text/plain",
                (known ? condition.reason() : "no such page") + "\n");
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        try (exchange;
                OutputStream body = exchange.getResponseBody()) {
            boolean reads = exchange.getRequestMethod().equals("GET");
            byte[] bytes = (reads ? text : "use GET\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("content-type", type);
            exchange.sendResponseHeaders(reads ? status : 405, bytes.length);
            body.write(bytes);
        }
    }
}
