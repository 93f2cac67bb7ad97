package dev.tollgate.app;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.tollgate.portal.Portal;
import dev.tollgate.portal.PortalRequest;
import dev.tollgate.portal.PortalResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Serves a portal on the admin port, whole answers only. Runs on threads that may wait. */
final class PortalHandler implements HttpHandler {
    private static final int BODY_BYTES_MAX = 64 << 10;

    private final Portal portal;

    PortalHandler(Portal portal) {
        this.portal = portal;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
            if (body.length > BODY_BYTES_MAX) {
                exchange.sendResponseHeaders(413, -1);
                return;
            }
            Map<String, List<String>> headers = new HashMap<>();
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
            PortalRequest request = new PortalRequest(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    headers,
                    new String(body, StandardCharsets.UTF_8));
            if (!(portal.handle(request) instanceof PortalResponse.Whole whole)) {
                exchange.sendResponseHeaders(501, -1);
                return;
            }
            send(exchange, whole);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(HttpExchange exchange, PortalResponse.Whole whole) throws IOException {
        whole.headers().forEach(exchange.getResponseHeaders()::set);
        byte[] bytes = whole.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(whole.status(), bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        }
    }
}
