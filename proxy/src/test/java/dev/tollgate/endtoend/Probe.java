package dev.tollgate.endtoend;

import dev.tollgate.app.Tollgate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Ways to look at a running service from outside. */
final class Probe {
    private static final int SOCKET_MILLIS = 10_000;

    private Probe() {}

    /** Sends bytes as they are and returns all that comes back until the other side closes or {@code ends} is seen. */
    static String raw(int port, String request, String ends) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(SOCKET_MILLIS);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            String tail = "";
            while (!tail.contains(ends)) {
                int count = socket.getInputStream().read(buffer);
                if (count < 0) {
                    break;
                }
                answer.write(buffer, 0, count);
                String seen = tail + new String(buffer, 0, count, StandardCharsets.ISO_8859_1);
                tail = seen.substring(Math.max(0, seen.length() - count - ends.length()));
            }
            return answer.toString(StandardCharsets.UTF_8);
        }
    }

    static HttpResponse<String> admin(Tollgate tollgate, String path) {
        URI uri = URI.create("http://127.0.0.1:" + tollgate.adminAddress().getPort() + path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The value of a metric, summed over its labels. */
    static String metric(Tollgate tollgate, String name) {
        return admin(tollgate, "/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .map(line -> new BigDecimal(line.substring(line.lastIndexOf(' ') + 1)))
                .reduce(BigDecimal::add)
                .map(sum -> sum.stripTrailingZeros().toPlainString())
                .orElseThrow(() -> new AssertionError("no metric " + name));
    }
}
