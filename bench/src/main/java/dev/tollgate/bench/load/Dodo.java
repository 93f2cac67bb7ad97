package dev.tollgate.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.TimeUnit;

/**
 * The little of Dodo Payments that a running service asks for: every customer has large credits that nothing deducts from,
 * and usage events are counted. An ingest call takes as long as over the internet, which also keeps the service within
 * Dodo's calls a minute, so that shipping goes on at an even rate. Belongs to the loop.
 */
final class Dodo {
    static final String ENTITLEMENT = "cde_bench";

    private static final long INGEST_MILLIS = 300;
    private static final String BALANCE = """
            {"id":"cdb_bench","credit_entitlement_id":"cde_bench","customer_id":"cus_bench","balance":"4000000000000000",\
            "overage":"0","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}""";

    private final Loop loop;
    private long events;

    Dodo(Loop loop) {
        this.loop = loop;
    }

    int listen() {
        return loop.listen(0, Connection::new);
    }

    /** How many usage events have come in, those that came twice counted twice. */
    long events() {
        return events;
    }

    private final class Connection extends HttpReader {
        private static final byte[] EVENT_ID = "\"event_id\"".getBytes(US_ASCII);

        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private String requestLine = "";

        @Override
        void head(byte[] bytes, int length) {
            int end = 0;
            while (bytes[end] != '\r') {
                end++;
            }
            requestLine = new String(bytes, 0, end, US_ASCII);
            body.reset();
        }

        @Override
        void body(byte[] bytes, int from, int to) {
            body.write(bytes, from, to - from);
        }

        @Override
        void end(ChannelHandlerContext ctx) {
            String[] words = requestLine.split(" ", 3);
            String path = words[1].split("\\?", 2)[0];
            if (path.equals("/events/ingest")) {
                int ingested = occurrences(body.toByteArray(), EVENT_ID);
                events += ingested;
                loop.eventLoop()
                        .schedule(
                                () -> answer(ctx, "{\"ingested_count\":" + ingested + "}"),
                                INGEST_MILLIS,
                                TimeUnit.MILLISECONDS);
            } else if (path.equals("/credit-entitlements")) {
                answer(ctx, "{\"items\":[{\"id\":\"" + ENTITLEMENT + "\",\"name\":\"Bench\",\"unit\":\"tokens\"}]}");
            } else if (path.matches("/credit-entitlements/[^/]+/balances/[^/]+")) {
                answer(ctx, BALANCE);
            } else {
                answer(ctx, "{\"items\":[]}");
            }
        }

        private void answer(ChannelHandlerContext ctx, String json) {
            String text = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + json.length()
                    + "\r\n\r\n" + json;
            ctx.writeAndFlush(Unpooled.copiedBuffer(text, US_ASCII));
        }

        private static int occurrences(byte[] bytes, byte[] wanted) {
            int found = 0;
            for (int at = 0; at + wanted.length <= bytes.length; at++) {
                if (bytes[at] == '"'
                        && java.util.Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                    found++;
                }
            }
            return found;
        }
    }
}
