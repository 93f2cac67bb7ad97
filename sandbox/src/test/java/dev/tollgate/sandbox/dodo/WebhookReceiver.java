package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.RunningSandbox;
import dev.tollgate.sandbox.http.HttpServer;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import dev.tollgate.sandbox.http.Wire;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** An endpoint that remembers what it received and answers as told. */
final class WebhookReceiver implements AutoCloseable {
    private final HttpServer server;
    private final List<Request> received = new CopyOnWriteArrayList<>();
    private volatile int status = 200;

    WebhookReceiver() throws IOException {
        server = HttpServer.start("receiver", 0, this::receive);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.port() + "/hooks");
    }

    void answerWith(int newStatus) {
        status = newStatus;
    }

    List<Request> received() {
        return received;
    }

    List<String> types() {
        return received.stream()
                .map(request -> body(request).path("type").asText())
                .toList();
    }

    List<String> ids() {
        return received.stream()
                .map(request -> request.header("webhook-id").orElseThrow())
                .toList();
    }

    static ObjectNode body(Request request) {
        return RunningSandbox.json(new String(request.body(), StandardCharsets.UTF_8));
    }

    /** Whether one of the signatures was made with this secret, by the published recipe. */
    static boolean isSigned(Request request, String secret) throws Exception {
        String signed = request.header("webhook-id").orElseThrow() + "."
                + request.header("webhook-timestamp").orElseThrow() + "."
                + new String(request.body(), StandardCharsets.UTF_8);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
        String wanted =
                "v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
        return RunningSandbox.pieces(request.header("webhook-signature").orElseThrow(), " ")
                .contains(wanted);
    }

    private void receive(Request request, Wire wire) throws IOException {
        received.add(request);
        wire.send(Reply.empty(status));
    }

    @Override
    public void close() {
        server.close();
    }
}
