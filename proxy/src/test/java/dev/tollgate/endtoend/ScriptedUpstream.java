package dev.tollgate.endtoend;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A provider on a real socket that does as it is told with each request, and keeps what it was sent. */
final class ScriptedUpstream implements AutoCloseable {
    static final String COMPLETION = """
            {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,\
            "message":{"role":"assistant","content":"Hi","refusal":null},"finish_reason":"stop"}],\
            "usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}""";

    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile BodyFault bodyFault = (connection, request) -> false;
    private volatile Behaviour behaviour = answer(200, COMPLETION);

    /** A request as it came. */
    record Request(String line, Map<String, String> headers, String body) {}

    /** What to do with a request. */
    interface Behaviour {
        /** @return whether the connection goes on */
        boolean serve(Socket socket, Request request) throws IOException;
    }

    /** Which requests are reset when their head has come and most of a large body has not; both count from 1. */
    interface BodyFault {
        boolean breaks(int connection, int request);
    }

    ScriptedUpstream() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    String baseUrl() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    /** An entry for the settings, in YAML's flow style; {@code more} begins with a comma or is empty. */
    String settings(String name, String more) {
        return "{ name: " + name + ", base_url: \"" + baseUrl() + "/v1\", api_key: \"sk-" + name + "\"" + more + " }";
    }

    void behave(Behaviour next) {
        behaviour = next;
    }

    void breakBodies(BodyFault fault) {
        bodyFault = fault;
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    int connections() {
        return connections.get();
    }

    static Behaviour answer(int status, String body, String... headers) {
        return (socket, request) -> {
            write(socket, status, body, headers);
            return true;
        };
    }

    /** Answers, and closes the connection without having said so. */
    static Behaviour answerAndClose(String body) {
        return (socket, request) -> {
            write(socket, 200, body);
            return false;
        };
    }

    static Behaviour stall() {
        return (socket, request) -> {
            boolean more = socket.getInputStream().read() >= 0;
            return more;
        };
    }

    static Behaviour reset() {
        return (socket, request) -> {
            socket.setSoLinger(true, 0);
            return false;
        };
    }

    /** Sends these bytes as they are. */
    static Behaviour raw(String bytes, boolean goesOn) {
        return (socket, request) -> {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.UTF_8));
            return goesOn;
        };
    }

    private static void write(Socket socket, int status, String body, String... headers) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + status + " Status\r\nContent-Type: application/json\r\nContent-Length: "
                + bytes.length + "\r\n" + String.join("", List.of(headers)) + "\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().write(bytes);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                int number = connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket, number));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket, int number) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int count = 1; ; count++) {
                in.mark(1);
                if (in.read() < 0) {
                    return;
                }
                in.reset();
                if (bodyFault.breaks(number, count)) {
                    socket.setSoLinger(true, 0);
                    return;
                }
                Request request = read(in);
                requests.add(request);
                if (!behaviour.serve(socket, request)) {
                    return;
                }
            }
        } catch (IOException ended) {
            // Tollgate has closed the connection, or the test is over.
        }
    }

    private static Request read(InputStream in) throws IOException {
        String line = line(in);
        Map<String, String> headers = new HashMap<>();
        for (String field = line(in); !field.isEmpty(); field = line(in)) {
            int colon = field.indexOf(':');
            if (colon < 0) {
                return new Request(line, headers, "not HTTP");
            }
            headers.put(
                    field.substring(0, colon).toLowerCase(Locale.ROOT),
                    field.substring(colon + 1).trim());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Request(line, headers, new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    /** Refuses connections from now on, and resets those that are open. */
    void goDown() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
