package dev.tollgate.sandbox.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.sandbox.RawClient;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpServerTest {
    private final BlockingQueue<Request> seen = new LinkedBlockingQueue<>();
    private volatile Handler handler = HttpServerTest::echo;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.start("test", 0, (request, wire) -> {
            seen.add(request);
            handler.handle(request, wire);
        });
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void severalRequestsShareAConnectionEvenWhenSentAtOnce() throws IOException {
        try (RawClient client = client()) {
            client.write("POST /a HTTP/1.1\r\ncontent-length: 2\r\n\r\nonGET /b?x=1&y=%20z HTTP/1.1\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 200 OK\r\n").endsWith("POST /a on");
            assertThat(client.readResponse()).endsWith("GET /b ");
            assertThat(seen.remove().query()).isEmpty();
            assertThat(seen.remove().query()).isEqualTo(Map.of("x", "1", "y", " z"));
            assertThat(server.connectionsAccepted()).isEqualTo(1);
        }
    }

    @Test
    void headersAreReadInLowerCaseAndRepeatedOnesJoined() throws IOException {
        try (RawClient client = client()) {
            client.write("GET / HTTP/1.1\r\nX-One: a\r\nx-ONE:b\r\n\r\n");
            client.readResponse();
            assertThat(seen.remove().headers()).containsEntry("x-one", "a, b");
        }
    }

    @Test
    void chunkedBodiesArriveWholeHoweverTheyAreCut() throws IOException {
        String head = "POST /c HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        String body = "4;note=1\r\nabcd\r\n1\r\ne\r\n0\r\nx-trailer: 1\r\n\r\n";
        try (RawClient client = client()) {
            for (String one : (head + body).split("", -1)) {
                client.write(one);
            }
            assertThat(client.readResponse()).endsWith("POST /c abcde");
        }
    }

    @Test
    void aBodyLargerThanAnyBufferArrivesWhole() throws IOException {
        String body = "0123456789".repeat(200_000);
        try (RawClient client = client()) {
            client.write("POST /big HTTP/1.1\r\ncontent-length: " + body.length() + "\r\n\r\n" + body);
            assertThat(client.readResponse()).endsWith("POST /big " + body);
        }
    }

    @Test
    void expectContinueIsAnsweredBeforeTheBodyIsRead() throws IOException {
        try (RawClient client = client()) {
            client.write("POST /e HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 100 Continue");
            client.write("ok");
            assertThat(client.readResponse()).endsWith("POST /e ok");
        }
    }

    @Test
    void connectionCloseIsHonoured() throws IOException {
        try (RawClient client = client()) {
            client.write("GET /x HTTP/1.1\r\nconnection: close\r\n\r\n");
            RawClient.Received received = client.readToEnd();
            assertThat(received.reset()).isFalse();
            assertThat(received.text()).endsWith("GET /x ");
        }
    }

    @Test
    void cutsHappenAtExactlyTheOrderedByte() throws IOException {
        for (int bytes : new int[] {0, 1, 17, 40}) {
            handler = (request, wire) -> {
                wire.arm(new Wire.Fault(bytes, false, -1, 0, 0));
                echo(request, wire);
            };
            try (RawClient client = client()) {
                client.write("GET /cut HTTP/1.1\r\n\r\n");
                RawClient.Received received = client.readToEnd();
                assertThat(received.bytes()).hasSize(bytes);
                assertThat(received.reset()).isFalse();
            }
        }
    }

    @Test
    void aResetIsNotAnOrderlyEnd() throws IOException {
        handler = (request, wire) -> {
            wire.arm(new Wire.Fault(0, true, -1, 0, 0));
            echo(request, wire);
        };
        try (RawClient client = client()) {
            client.write("GET /reset HTTP/1.1\r\n\r\n");
            assertThat(client.readToEnd().reset()).isTrue();
        }
    }

    @Test
    void splitAndStalledAnswersArriveUnchanged() throws IOException {
        handler = (request, wire) -> {
            wire.arm(new Wire.Fault(-1, false, 20, 5, 1));
            echo(request, wire);
        };
        try (RawClient client = client()) {
            client.write("GET /split HTTP/1.1\r\n\r\nGET /again HTTP/1.1\r\n\r\n");
            assertThat(client.readResponse()).endsWith("GET /split ");
            assertThat(client.readResponse()).endsWith("GET /again ");
        }
    }

    @Test
    void chunkedAnswersAreFramed() throws IOException {
        handler = (request, wire) -> {
            wire.startChunked(200, Map.of("connection", "close"));
            wire.chunk("hello".getBytes(StandardCharsets.UTF_8));
            wire.chunk(new byte[0]);
            wire.chunk("w".getBytes(StandardCharsets.UTF_8));
            wire.endChunked();
        };
        try (RawClient client = client()) {
            client.write("GET / HTTP/1.1\r\n\r\n");
            assertThat(client.readToEnd().text())
                    .contains("transfer-encoding: chunked\r\n")
                    .endsWith("\r\n\r\n5\r\nhello\r\n1\r\nw\r\n0\r\n\r\n");
        }
    }

    @Test
    void aPauseEndsAsSoonAsTheClientLeaves() throws Exception {
        BlockingQueue<String> noticed = new LinkedBlockingQueue<>();
        handler = (request, wire) -> {
            try {
                wire.pause(3_600_000);
            } catch (IOException gone) {
                noticed.add("gone");
                throw gone;
            }
        };
        RawClient client = client();
        client.write("GET / HTTP/1.1\r\n\r\n");
        assertThat(seen.poll(10, TimeUnit.SECONDS)).isNotNull();
        assertThat(server.openRequests()).isEqualTo(1);
        client.close();
        assertThat(noticed.poll(10, TimeUnit.SECONDS)).isEqualTo("gone");
    }

    @Test
    void refusingEndsOpenConnectionsAndAcceptingComesBackOnTheSamePort() throws IOException {
        try (RawClient client = client()) {
            client.write("GET / HTTP/1.1\r\n\r\n");
            client.readResponse();
            server.refuseConnections();
            assertThatThrownBy(this::client).isInstanceOf(IOException.class);
            assertThatThrownBy(client::readResponse).isInstanceOf(IOException.class);
        }
        server.acceptConnections();
        try (RawClient client = client()) {
            client.write("GET /back HTTP/1.1\r\n\r\n");
            assertThat(client.readResponse()).endsWith("GET /back ");
        }
    }

    @Test
    void thousandsOfConnectionsAreServedAtTheSameTime() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 2000; i++) {
                RawClient client = client();
                clients.add(client);
                client.write("GET /" + i + " HTTP/1.1\r\n\r\n");
            }
            for (int i = 0; i < clients.size(); i++) {
                assertThat(clients.get(i).readResponse()).endsWith("GET /" + i + " ");
            }
            assertThat(server.openConnections()).isEqualTo(2000);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    private RawClient client() throws IOException {
        return new RawClient(URI.create("http://127.0.0.1:" + server.port()));
    }

    private static void echo(Request request, Wire wire) throws IOException {
        byte[] head = (request.method() + " " + request.path() + " ").getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[head.length + request.body().length];
        System.arraycopy(head, 0, body, 0, head.length);
        System.arraycopy(request.body(), 0, body, head.length, request.body().length);
        wire.send(new Reply(200, Map.of(), body));
    }
}
