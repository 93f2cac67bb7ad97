package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelFuture;
import org.junit.jupiter.api.Test;

/** Limits here: linger 2 s, 500 bytes to drop. */
class LingeringCloseTest {

    @Test
    void aCloseBetweenRequestsIsImmediate() {
        try (GuardChannel channel = open()) {
            channel.send(Requests.get("/"));
            channel.closeFromBehind();
            assertThat(channel.channel().isOpen()).isFalse();
        }
    }

    @Test
    void aCloseAfterARefusalWaitsWhileInputIsDropped() {
        try (GuardChannel channel = refused()) {
            channel.closeFromBehind();
            assertThat(channel.channel().config().isAutoRead()).isTrue();
            channel.send("a".repeat(500));
            channel.advanceMillis(1_999);
            assertThat(channel.closes()).noneMatch(ChannelFuture::isDone);
            channel.advanceMillis(1);
            assertThat(channel.closes()).hasSize(1).allMatch(ChannelFuture::isSuccess);
            assertThat(channel.channel().isOpen()).isFalse();
            assertThat(channel.passed()).isEmpty();
        }
    }

    @Test
    void aCloseInTheMiddleOfABodyWaits() {
        try (GuardChannel channel = open()) {
            channel.send(Requests.head("POST / HTTP/1.1", "Host: h", "Content-Length: 9"));
            int passed = channel.passed().length;
            channel.closeFromBehind();
            channel.send("123456789");
            assertThat(channel.passed()).hasSize(passed);
            assertThat(channel.channel().isOpen()).isTrue();
            channel.advanceMillis(2_000);
            assertThat(channel.channel().isOpen()).isFalse();
        }
    }

    @Test
    void aCloseWhileLaterRequestsAreHeldWaits() {
        try (GuardChannel channel = open()) {
            channel.send(Requests.get("/") + "GET");
            channel.closeFromBehind();
            assertThat(channel.channel().isOpen()).isTrue();
        }
    }

    @Test
    void aRefusalThatIsAnsweredAtOnceStillReadsOn() {
        try (GuardChannel channel = open()) {
            channel.onRefusal(channel::closeFromBehind);
            channel.send("get / HTTP/1.1\r\n");
            assertThat(channel.channel().isOpen()).isTrue();
            assertThat(channel.channel().config().isAutoRead()).isTrue();
        }
    }

    @Test
    void tooMuchInputEndsTheWaiting() {
        try (GuardChannel channel = refused()) {
            channel.closeFromBehind();
            channel.send("a".repeat(400));
            channel.send("a".repeat(101));
            assertThat(channel.closes()).hasSize(1).allMatch(ChannelFuture::isSuccess);
            assertThat(channel.channel().isOpen()).isFalse();
        }
    }

    @Test
    void aSecondCloseEndsTheWaiting() {
        try (GuardChannel channel = refused()) {
            channel.closeFromBehind();
            channel.closeFromBehind();
            assertThat(channel.closes()).hasSize(2).allMatch(ChannelFuture::isSuccess);
        }
    }

    @Test
    void aClientThatClosesEndsTheWaiting() {
        try (GuardChannel channel = refused()) {
            channel.closeFromBehind();
            channel.closeAsClient();
            assertThat(channel.closes()).hasSize(1).allMatch(ChannelFuture::isSuccess);
        }
    }

    private static GuardChannel refused() {
        GuardChannel channel = open();
        channel.send("get / HTTP/1.1\r\n");
        channel.assertRefused(400, "malformed_request");
        return channel;
    }

    private static GuardChannel open() {
        return new GuardChannel(BadRequest.LIMITS);
    }
}
