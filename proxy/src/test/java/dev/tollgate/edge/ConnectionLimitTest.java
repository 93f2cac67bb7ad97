package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConnectionLimitTest {

    private final ConnectionLimit limit = new ConnectionLimit(2, BadRequest.LIMITS);

    @Test
    void connectionsUpToTheLimitAreServedAndCounted() {
        EmbeddedChannel first = connect();
        EmbeddedChannel second = connect();
        assertThat(limit.openConnections()).isEqualTo(2);
        assertThat(isServed(first)).isTrue();
        assertThat(isServed(second)).isTrue();
        first.close().syncUninterruptibly();
        assertThat(limit.openConnections()).isEqualTo(1);
        assertThat(isServed(connect())).isTrue();
    }

    @Test
    void aConnectionAboveTheLimitIsAnsweredAndClosedWithoutBeingCounted() {
        connect();
        connect();
        EmbeddedChannel third = connect();
        String answer = text(third.readOutbound());
        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        assertThat(answer)
                .startsWith("HTTP/1.1 503 Service Unavailable\r\n")
                .contains("\r\nconnection: close\r\n")
                .contains("\r\nretry-after: 1\r\n")
                .contains("\r\ncontent-length: " + body.length() + "\r\n");
        assertThat(body).startsWith("{\"error\":{").contains("\"code\":\"too_many_connections\"");
        assertThat(isServed(third)).isFalse();
        assertThat(limit.openConnections()).isEqualTo(2);
    }

    @Test
    void aRefusedConnectionDropsItsRequestAndLingersForAMoment() {
        connect();
        connect();
        EmbeddedChannel third = connect();
        third.releaseOutbound();
        ByteBuf request = third.alloc().buffer().writeBytes(Requests.bytes(Requests.get("/")));
        third.writeInbound(request);
        assertThat(request.refCnt()).isZero();
        assertThat(third.<Object>readOutbound()).isNull();
        third.advanceTimeBy(1_999, TimeUnit.MILLISECONDS);
        third.runPendingTasks();
        assertThat(third.isOpen()).isTrue();
        third.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        third.runPendingTasks();
        assertThat(third.isOpen()).isFalse();
        assertThat(limit.openConnections()).isEqualTo(2);
    }

    @Test
    void noMoreConnectionsLingerThanMayBeOpen() {
        for (int i = 0; i < 4; i++) {
            connect().releaseOutbound();
        }
        EmbeddedChannel fifth = connect();
        assertThat(fifth.isOpen()).isFalse();
        assertThat(fifth.<Object>readOutbound()).isNull();
    }

    @Test
    void aLimitOfNoConnectionsIsABug() {
        assertThatThrownBy(() -> new ConnectionLimit(0, BadRequest.LIMITS))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private EmbeddedChannel connect() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.pipeline().addLast(limit, new Served());
        channel.pipeline().fireChannelActive();
        return channel;
    }

    private static boolean isServed(EmbeddedChannel channel) {
        Served served = channel.pipeline().get(Served.class);
        return served != null && served.active;
    }

    private static String text(ByteBuf bytes) {
        try {
            return bytes.toString(StandardCharsets.US_ASCII);
        } finally {
            bytes.release();
        }
    }

    private static final class Served extends ChannelInboundHandlerAdapter {
        private boolean active;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            active = true;
        }
    }
}
