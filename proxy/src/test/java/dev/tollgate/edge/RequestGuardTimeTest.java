package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Limits here: head 1 s, body 60 s at 10 bytes a second, idle 5 s, linger 2 s, 500 bytes to drop. */
class RequestGuardTimeTest {

    private static final String GET = Requests.get("/");
    private static final String LONG_HEAD = Requests.head("POST / HTTP/1.1", "Host: h", "Content-Length: 1000");

    @Test
    void anUnfinishedHeadIsRefusedAfterItsTime() {
        try (GuardChannel channel = open()) {
            channel.send("G");
            channel.advanceMillis(600);
            channel.send("ET / HTT");
            channel.advanceMillis(399);
            channel.assertNotRefused();
            channel.advanceMillis(1);
            channel.assertRefused(408, "request_timeout");
        }
    }

    @Test
    void theTimeOfAHeadStartsWithItsFirstByte() {
        try (GuardChannel channel = open()) {
            channel.send(GET);
            channel.guard().nextRequest();
            channel.advanceMillis(4_000);
            channel.send("GET");
            channel.advanceMillis(999);
            channel.assertNotRefused();
            channel.advanceMillis(1);
            channel.assertRefused(408, "request_timeout");
        }
    }

    @Test
    void everyHeadHasItsOwnTime() {
        try (GuardChannel channel = open()) {
            channel.onRead(() -> channel.guard().nextRequest());
            channel.send("GET");
            channel.advanceMillis(900);
            channel.send(GET.substring(3) + "GET");
            channel.advanceMillis(900);
            channel.assertNotRefused();
            channel.advanceMillis(100);
            channel.assertRefused(408, "request_timeout");
        }
    }

    @Test
    void aHeldHeadHasItsTimeFromWhenTheGateOpens() {
        try (GuardChannel channel = open()) {
            channel.send(GET + "GET");
            channel.advanceMillis(100_000);
            channel.assertNotRefused();
            channel.guard().nextRequest();
            channel.advanceMillis(999);
            channel.assertNotRefused();
            channel.advanceMillis(1);
            channel.assertRefused(408, "request_timeout");
        }
    }

    @Test
    void aFreshConnectionThatStaysSilentIsClosed() {
        try (GuardChannel channel = open()) {
            channel.advanceMillis(4_999);
            assertThat(channel.channel().isOpen()).isTrue();
            channel.advanceMillis(1);
            assertThat(channel.channel().isOpen()).isFalse();
            channel.assertNotRefused();
        }
    }

    @Test
    void anIdleConnectionIsClosedWithoutAWord() {
        try (GuardChannel channel = open()) {
            channel.advanceMillis(3_000);
            channel.send(GET);
            channel.advanceMillis(3_000);
            channel.guard().nextRequest();
            channel.advanceMillis(4_999);
            assertThat(channel.channel().isOpen()).isTrue();
            channel.advanceMillis(1);
            assertThat(channel.channel().isOpen()).isFalse();
            channel.assertNotRefused();
            assertThat(channel.channel().<Object>readOutbound()).isNull();
        }
    }

    @Test
    void noDeadlineRunsWhileARequestIsAnswered() {
        try (GuardChannel channel = open()) {
            channel.send(GET);
            channel.advanceMillis(1_000_000);
            channel.assertNotRefused();
            assertThat(channel.channel().isOpen()).isTrue();
        }
    }

    @Test
    void aBodyThatIsTooSlowIsRefused() {
        try (GuardChannel channel = open()) {
            channel.send(LONG_HEAD + "a".repeat(100));
            channel.advanceMillis(BodyClock.WINDOW_MILLIS);
            channel.assertNotRefused();
            channel.send("a".repeat(99));
            channel.advanceMillis(BodyClock.WINDOW_MILLIS - 1);
            channel.assertNotRefused();
            channel.advanceMillis(1);
            channel.assertRefused(408, "request_timeout");
        }
    }

    @Test
    void aBodyThatIsFastEnoughStillHasToEndInItsTime() {
        try (GuardChannel channel = open()) {
            channel.send(LONG_HEAD);
            for (int i = 0; i < 5; i++) {
                channel.send("a".repeat(100));
                channel.advanceMillis(10_000);
            }
            channel.send("a".repeat(100));
            channel.advanceMillis(9_999);
            channel.assertNotRefused();
            channel.advanceMillis(1);
            channel.assertRefused(408, "request_timeout");
        }
    }

    @Test
    void aBodyThatMayBeSlowStillHasToEndInItsTime() {
        GuardLimits patient = new GuardLimits(100, 200, 400, 8, 1000, 1000, 64, 500, 1_000, 60_000, 0, 5_000, 2_000);
        try (GuardChannel channel = new GuardChannel(patient)) {
            channel.send(LONG_HEAD);
            channel.advanceMillis(59_999);
            channel.assertNotRefused();
            channel.advanceMillis(1);
            channel.assertRefused(408, "request_timeout");
        }
    }

    @Test
    void aCompleteBodyEndsItsDeadline() {
        try (GuardChannel channel = open()) {
            channel.send(LONG_HEAD);
            channel.advanceMillis(9_000);
            channel.send("a".repeat(1_000));
            channel.advanceMillis(100_000);
            channel.assertNotRefused();
        }
    }

    @Test
    void timeInWhichTheServiceDoesNotReadIsNotTheClients() {
        try (GuardChannel channel = open()) {
            channel.send(LONG_HEAD + "a");
            channel.advanceMillis(9_000);
            channel.guard().pauseReading();
            channel.advanceMillis(1_000_000);
            channel.assertNotRefused();
            channel.guard().resumeReading();
            channel.advanceMillis(9_999);
            channel.assertNotRefused();
            channel.advanceMillis(1);
            channel.assertRefused(408, "request_timeout");
        }
    }

    @Test
    void aPausedBodyKeepsWhatIsLeftOfItsTotalTime() {
        try (GuardChannel channel = open()) {
            channel.send(LONG_HEAD);
            for (int i = 0; i < 5; i++) {
                channel.send("a".repeat(100));
                channel.advanceMillis(10_000);
            }
            channel.guard().pauseReading();
            channel.advanceMillis(50_000);
            channel.guard().resumeReading();
            channel.send("a".repeat(100));
            channel.advanceMillis(9_999);
            channel.assertNotRefused();
            channel.advanceMillis(1);
            channel.assertRefused(408, "request_timeout");
        }
    }

    @Test
    void aLostConnectionEndsEveryDeadline() {
        try (GuardChannel channel = open()) {
            channel.send("GET");
            channel.closeAsClient();
            channel.advanceMillis(1_000_000);
            channel.assertNotRefused();
        }
    }

    private static GuardChannel open() {
        return new GuardChannel(BadRequest.LIMITS);
    }
}
