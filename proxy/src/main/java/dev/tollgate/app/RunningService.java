package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.app.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The service as a command of another process reaches it: through the admin port, with the operator's token. */
final class RunningService {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Settings.Address address;
    private final String token;

    /** How many events were put back, or which were not in quarantine, so that none was. */
    record PutBack(int events, List<String> strangers) {
        PutBack {
            strangers = List.copyOf(strangers);
        }
    }

    RunningService(Settings.Address address, String token) {
        this.address = address;
        this.token = token;
    }

    /** @throws IOException when the service does not take it, in words for the operator */
    PutBack putBack(boolean all, List<String> requestIds) throws IOException {
        JsonMapper mapper = JsonMapper.builder().build();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (all) {
            json.put("all", true);
        } else {
            requestIds.forEach(json.putArray("request_ids")::add);
        }
        HttpResponse<byte[]> response = send("POST", PutBackOperation.PATH, null, mapper.writeValueAsBytes(json));
        JsonNode answer = mapper.readTree(response.body());
        if (response.statusCode() != 200 && !answer.has("not_in_quarantine")) {
            throw new IOException("the service at " + address + " answered " + response.statusCode() + ": "
                    + answer.path("error").asText("no reason given"));
        }
        List<String> strangers = new ArrayList<>();
        answer.path("not_in_quarantine").forEach(id -> strangers.add(id.asText()));
        return new PutBack(answer.path("put_back").asInt(), strangers);
    }

    /**
     * The keys of a customer that were made while the service ran.
     *
     * @throws IOException when the service does not say, in words for the operator
     */
    List<JsonNode> keys(String customerId) throws IOException {
        List<JsonNode> keys = new ArrayList<>();
        answered(send("GET", keysPath(customerId), null, new byte[0]))
                .path("keys")
                .forEach(keys::add);
        return keys;
    }

    /** @throws IOException when the key is not known to be revoked, in words for the operator */
    void revoke(String customerId, String keyId) throws IOException {
        answered(send("DELETE", keysPath(customerId), "id=" + keyId, new byte[0]));
    }

    /**
     * What became of a correction.
     *
     * @throws IOException when it is not known to be booked, in words for the operator
     */
    JsonNode correct(String requestId, long units, String reason) throws IOException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("request_id", requestId).put("units", units).put("reason", reason);
        byte[] body = JsonMapper.builder().build().writeValueAsBytes(json);
        return answered(send("POST", "/api/corrections", null, body));
    }

    private static String keysPath(String customerId) {
        return "/api/customers/" + customerId + "/keys";
    }

    private JsonNode answered(HttpResponse<byte[]> response) throws IOException {
        JsonNode answer = JsonMapper.builder().build().readTree(response.body());
        if (response.statusCode() != 200) {
            throw new IOException("the service at " + address + " answered " + response.statusCode() + ": "
                    + answer.at("/error/message").asText("no reason given"));
        }
        return answer;
    }

    private HttpResponse<byte[]> send(String method, String path, @Nullable String query, byte[] body)
            throws IOException {
        HttpRequest request = HttpRequest.newBuilder(uri(path, query))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (IOException e) {
            throw new IOException(
                    "the service does not answer at " + address + " (server.admin): " + e.getMessage(), e);
        }
    }

    /** A service that listens on every address is asked on the loopback one. */
    private URI uri(String path, @Nullable String query) throws IOException {
        InetAddress named = new InetSocketAddress(address.host(), address.port()).getAddress();
        String host = named != null && named.isAnyLocalAddress() ? "127.0.0.1" : address.host();
        try {
            return new URI("http", null, host, address.port(), path, query, null);
        } catch (URISyntaxException e) {
            throw new IOException("server.admin is no address: " + address, e);
        }
    }
}
