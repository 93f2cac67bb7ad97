package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RequestGuardGateTest {

    private static final String FIRST = Requests.post("first");
    private static final String SECOND = Requests.get("/second");
    private static final String THIRD = Requests.chunked("5\r\nthird\r\n0\r\n\r\n");

    @Test
    void pipelinedRequestsComeOneAtATimeWhereverTheyAreCut() {
        byte[] all = Requests.bytes(FIRST + SECOND + THIRD);
        for (int cut = 0; cut < all.length; cut++) {
            try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
                channel.sendCut(all, cut);
                assertThat(channel.passedText()).isEqualTo(FIRST);
                channel.guard().nextRequest();
                assertThat(channel.passedText()).isEqualTo(FIRST + SECOND);
                channel.guard().nextRequest();
                assertThat(channel.passedText()).isEqualTo(FIRST + SECOND + THIRD);
                channel.assertNotRefused();
            }
        }
    }

    @Test
    void aRequestThatComesAfterTheAnswerPassesAtOnce() {
        try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
            channel.send(FIRST);
            channel.guard().nextRequest();
            channel.send(SECOND);
            assertThat(channel.passedText()).isEqualTo(FIRST + SECOND);
        }
    }

    @Test
    void anAnswerGivenWhileTheRequestIsBeingPassedOnLetsTheNextOneIn() {
        try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
            channel.onRead(() -> {
                if (channel.passedText().endsWith(SECOND)) {
                    channel.guard().nextRequest();
                }
            });
            channel.send(SECOND + SECOND + SECOND);
            assertThat(channel.passedText()).isEqualTo(SECOND + SECOND + SECOND);
        }
    }

    @Test
    void anAnswerThatIsOutBeforeTheBodyLetsTheNextRequestInAfterTheBody() {
        try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
            byte[] first = Requests.bytes(FIRST);
            channel.send(Requests.slice(first, 0, first.length - 2));
            channel.guard().nextRequest();
            channel.send(Requests.slice(first, first.length - 2, first.length));
            channel.send(SECOND + SECOND);
            assertThat(channel.passedText()).isEqualTo(FIRST + SECOND);
        }
    }

    @Test
    void heldRequestsAreFollowedByTheEndOfARead() {
        try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
            channel.send(FIRST + SECOND);
            int before = channel.readCompletes();
            channel.guard().nextRequest();
            assertThat(channel.readCompletes()).isEqualTo(before + 1);
            channel.guard().nextRequest();
            assertThat(channel.readCompletes()).isEqualTo(before + 1);
        }
    }

    @Test
    void askingForTheNextRequestWithoutOneInProgressIsABug() {
        try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
            assertThatThrownBy(() -> channel.guard().nextRequest()).isInstanceOf(IllegalStateException.class);
            channel.send(SECOND);
            channel.guard().nextRequest();
            assertThatThrownBy(() -> channel.guard().nextRequest()).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void readingGoesOnWhileAnsweringUntilTooMuchIsHeld() {
        try (GuardChannel channel = new GuardChannel(BadRequest.LIMITS)) {
            channel.send(SECOND);
            assertThat(channel.channel().config().isAutoRead()).isTrue();
            channel.send("G".repeat(64));
            assertThat(channel.channel().config().isAutoRead()).isTrue();
            channel.send("G");
            assertThat(channel.channel().config().isAutoRead()).isFalse();
            channel.assertNotRefused();
        }
    }

    @Test
    void readingStartsAgainWhenHeldRequestsAreLetIn() {
        try (GuardChannel channel = new GuardChannel(BadRequest.LIMITS)) {
            channel.send(SECOND + SECOND + SECOND + SECOND);
            assertThat(channel.channel().config().isAutoRead()).isFalse();
            channel.guard().nextRequest();
            assertThat(channel.channel().config().isAutoRead()).isFalse();
            channel.guard().nextRequest();
            assertThat(channel.channel().config().isAutoRead()).isTrue();
        }
    }

    @Test
    void readingPausesAndResumesForTheHandlerBehind() {
        try (GuardChannel channel = new GuardChannel(BadRequest.LIMITS)) {
            channel.send(SECOND);
            channel.guard().pauseReading();
            assertThat(channel.channel().config().isAutoRead()).isFalse();
            channel.send("G".repeat(65));
            channel.guard().resumeReading();
            assertThat(channel.channel().config().isAutoRead()).isFalse();
        }
    }

    @Test
    void oneEmptyLineBeforeARequestIsDropped() {
        byte[] bytes = Requests.bytes("\r\n" + SECOND);
        for (int cut = 0; cut < bytes.length; cut++) {
            try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
                channel.send(FIRST);
                channel.guard().nextRequest();
                channel.sendCut(bytes, cut);
                assertThat(channel.passedText()).isEqualTo(FIRST + SECOND);
                channel.guard().nextRequest();
                channel.send(bytes);
                assertThat(channel.passedText()).isEqualTo(FIRST + SECOND + SECOND);
            }
        }
    }

    @Test
    void nothingPassesAfterARefusal() {
        try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
            channel.send("get / HTTP/1.1\r\n");
            channel.send(SECOND);
            channel.guard().nextRequest();
            channel.send(SECOND);
            assertThat(channel.passed()).isEmpty();
            channel.assertRefused(400, "malformed_request");
            assertThat(channel.channel().config().isAutoRead()).isFalse();
        }
    }

    @Test
    void aHandlerThatClosesInTheMiddleEndsThePassing() {
        try (GuardChannel channel = new GuardChannel(withoutLinger())) {
            channel.onRead(channel::closeFromBehind);
            channel.send(Requests.chunked("5\r\nhello\r\nX") + SECOND);
            channel.assertNotRefused();
            assertThat(channel.channel().isOpen()).isFalse();
        }
    }

    @Test
    void manyTinyChunksAreRefused() {
        try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
            channel.send(Requests.chunked("1\r\na\r\n".repeat(ChunkScanner.FREE_CHUNKS)));
            channel.send("1\r\na\r\n".repeat(16));
            channel.assertNotRefused();
            channel.send("1\r\na\r\n".repeat(2));
            channel.assertRefused(400, "too_many_chunks");
        }
    }

    @Test
    void manyLargerChunksPass() {
        try (GuardChannel channel = new GuardChannel(GuardLimits.defaults())) {
            String chunk = "40\r\n" + "a".repeat(64) + "\r\n";
            channel.send(Requests.chunked(chunk.repeat(3 * ChunkScanner.FREE_CHUNKS) + "0\r\n\r\n"));
            channel.assertNotRefused();
            assertThat(channel.guard().isClientSending()).isFalse();
        }
    }

    @Test
    void aRequestAtEveryLimitPasses() {
        GuardLimits limits = BadRequest.LIMITS;
        String line = "POST /" + "a".repeat(limits.requestLineBytes() - "POST / HTTP/1.1".length()) + " HTTP/1.1";
        String long1 = "a: " + "b".repeat(limits.fieldBytes() - 3);
        String start = "Host: h\r\nContent-Length: 1000\r\n" + long1 + "\r\nA: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: ";
        String fields = start + "c".repeat(limits.fieldSectionBytes() - start.length() - 2) + "\r\n";
        String request = line + "\r\n" + fields + "\r\n" + "d".repeat(limits.bodyBytes());
        try (GuardChannel channel = new GuardChannel(limits)) {
            channel.send(request);
            channel.assertNotRefused();
            assertThat(channel.passedText()).isEqualTo(request);
        }
    }

    private static GuardLimits withoutLinger() {
        return new GuardLimits(100, 200, 400, 8, 1000, 1000, 64, 500, 1_000, 60_000, 10, 5_000, 0);
    }
}
