package dev.tollgate.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Account;
import dev.tollgate.openai.ApiError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Which request is a retry of which, and what is forgotten when. */
class ReplaysTest {
    private static final long MEMORY = 100_000;

    private long nanos;
    private final Replays replays = new Replays(Duration.ofMinutes(10).toNanos(), MEMORY, () -> nanos);

    @Test
    void anAnswerIsForgottenWhenItsWindowHasPassed() {
        Recording served = served(named("a"), 10);
        nanos += Duration.ofMinutes(10).toNanos();
        assertThat(claim(named("a"))).isEqualTo(new Replays.Claim.Known(served));
        nanos++;
        assertThat(claim(named("a"))).isInstanceOf(Replays.Claim.Fresh.class);
    }

    @Test
    void theOldestMakeRoomAndNothingIsCountedTwice() {
        for (int i = 0; i < 50; i++) {
            served(named("a" + i), 10_000);
            assertThat(replays.takenBytes()).isLessThanOrEqualTo(MEMORY);
        }
        assertThat(claim(named("a0"))).isInstanceOf(Replays.Claim.Fresh.class);
        assertThat(claim(named("a49"))).isInstanceOf(Replays.Claim.Known.class);
        nanos += Duration.ofMinutes(11).toNanos();
        claim(named("other"));
        assertThat(replays.takenBytes()).as("the two that run").isEqualTo(2 * Replays.ENTRY_BYTES);
    }

    @Test
    void aRetryTakesUpTheTryBeforeItAndOnlyOnce() {
        Recording served = served(tried(0), 10);
        assertThat(claim(tried(2))).isInstanceOf(Replays.Claim.Fresh.class);
        assertThat(claim(tried(1))).isEqualTo(new Replays.Claim.Known(served));
        assertThat(claim(tried(1))).isInstanceOf(Replays.Claim.Fresh.class);
        assertThat(claim(tried(2))).isEqualTo(new Replays.Claim.Known(served));
        assertThat(claim(tried(0))).isInstanceOf(Replays.Claim.Fresh.class);
    }

    @Test
    void whoWasLeftComesFirstThenWhoFailed() {
        served(tried(0), 10);
        Recording failed = start(tried(0));
        failed.finished(false);
        Recording left = start(tried(0));
        left.clientGone();

        assertThat(claim(tried(1))).isEqualTo(new Replays.Claim.Known(left));
        assertThat(claim(tried(1))).isInstanceOf(Replays.Claim.Fresh.class);
        assertThat(claim(tried(1))).isInstanceOf(Replays.Claim.Known.class);
        assertThat(claim(tried(1))).isInstanceOf(Replays.Claim.Fresh.class);
    }

    @Test
    void aNameOfAnotherRequestIsRefusedUntilThatFails() {
        Recording running = start(new Retry(name("a"), "one", Retry.NAMED));
        assertThat(claim(new Retry(name("a"), "two", Retry.NAMED))).isInstanceOf(Replays.Claim.Unlike.class);
        running.finished(false);
        assertThat(claim(new Retry(name("a"), "two", Retry.NAMED))).isInstanceOf(Replays.Claim.Fresh.class);
    }

    @Test
    void whereRunningAnswersTakeAllRoomNothingMoreIsRemembered() {
        for (int i = 0; i < MEMORY / Replays.ENTRY_BYTES; i++) {
            assertThat(claim(named("a" + i))).isInstanceOf(Replays.Claim.Fresh.class);
        }
        assertThat(claim(named("one more"))).isInstanceOf(Replays.Claim.Full.class);
        assertThat(claim(named("a3"))).isInstanceOf(Replays.Claim.Known.class);
    }

    @Test
    void ofManyThreadsOneIsTheFirst() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Callable<Replays.Claim>> claims = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                claims.add(() -> claim(named("a")));
            }
            int fresh = 0;
            for (Future<Replays.Claim> claim : threads.invokeAll(claims)) {
                fresh += claim.get() instanceof Replays.Claim.Fresh ? 1 : 0;
            }
            assertThat(fresh).isEqualTo(1);
            assertThat(replays.takenBytes()).isEqualTo(Replays.ENTRY_BYTES);
        }
    }

    private Replays.Claim claim(Retry retry) {
        return replays.claim(retry, recording(retry));
    }

    private Recording start(Retry retry) {
        Recording recording = recording(retry);
        assertThat(replays.claim(retry, recording)).isInstanceOf(Replays.Claim.Fresh.class);
        return recording;
    }

    private Recording served(Retry retry, int bytes) {
        Recording recording = start(retry);
        recording.head(200, Headers.empty());
        recording.data(Unpooled.wrappedBuffer(new byte[bytes]));
        recording.end();
        recording.finished(true);
        return recording;
    }

    private Recording recording(Retry retry) {
        return new Recording(replays, retry, Runnable::run, new Deaf());
    }

    private static Retry named(String word) {
        return new Retry(name(word), "digest", Retry.NAMED);
    }

    private static Retry tried(int times) {
        return new Retry(name("body"), "digest", times);
    }

    private static Retry.Name name(String word) {
        return new Retry.Name(new Account("cus_1", "cde_1"), "key", word);
    }

    /** A client that takes everything. */
    private static final class Deaf implements ClientSide {
        @Override
        public void head(int status, HttpHeaders headers) {}

        @Override
        public void data(ByteBuf bytes) {
            bytes.release();
        }

        @Override
        public void flush() {}

        @Override
        public void end() {}

        @Override
        public void refuse(ApiError error, HttpHeaders headers) {}

        @Override
        public void abort() {}

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void readUpload(boolean read) {}
    }
}
