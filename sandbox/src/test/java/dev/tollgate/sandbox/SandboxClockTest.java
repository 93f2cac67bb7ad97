package dev.tollgate.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SandboxClockTest {
    @Test
    void manualTimeStandsStillUntilMoved() {
        try (SandboxClock clock = new SandboxClock(0)) {
            Instant start = clock.instant();
            assertThat(clock.instant()).isEqualTo(start);
            clock.advance(Duration.ofMinutes(3));
            assertThat(clock.instant()).isEqualTo(start.plusSeconds(180));
        }
    }

    @Test
    void tasksRunInOrderOfTheirTimesEachAtItsOwnTime() {
        try (SandboxClock clock = new SandboxClock(0)) {
            Instant start = clock.instant();
            List<String> ran = Collections.synchronizedList(new ArrayList<>());
            clock.schedule(Duration.ofSeconds(20), () -> ran.add("b" + Duration.between(start, clock.instant())));
            clock.schedule(Duration.ofSeconds(10), () -> {
                ran.add("a" + Duration.between(start, clock.instant()));
                clock.schedule(Duration.ofSeconds(5), () -> ran.add("c" + Duration.between(start, clock.instant())));
            });
            clock.advance(Duration.ofSeconds(19));
            assertThat(ran).containsExactly("aPT10S", "cPT15S");
            clock.advance(Duration.ofSeconds(1));
            assertThat(ran).containsExactly("aPT10S", "cPT15S", "bPT20S");
        }
    }

    @Test
    void advancingWaitsForAnnouncedWork() {
        try (SandboxClock clock = new SandboxClock(0)) {
            List<String> order = Collections.synchronizedList(new ArrayList<>());
            clock.schedule(Duration.ofSeconds(1), () -> {
                clock.enterBusy();
                Thread.ofVirtual().start(() -> {
                    order.add("work");
                    clock.schedule(Duration.ofSeconds(1), () -> order.add("follow-up"));
                    clock.leaveBusy();
                });
            });
            clock.advance(Duration.ofSeconds(5));
            assertThat(order).containsExactly("work", "follow-up");
        }
    }

    @Test
    void scaledTimeRunsTasksByItself() throws InterruptedException {
        try (SandboxClock clock = new SandboxClock(100_000)) {
            CountDownLatch ran = new CountDownLatch(1);
            clock.schedule(Duration.ofHours(1), ran::countDown);
            assertThat(ran.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aDueTaskRunsWithoutAdvancing() {
        try (SandboxClock clock = new SandboxClock(0)) {
            List<String> ran = Collections.synchronizedList(new ArrayList<>());
            clock.schedule(Duration.ZERO, () -> ran.add("now"));
            clock.settle();
            assertThat(ran).containsExactly("now");
        }
    }

    @Test
    void timeDoesNotGoBack() {
        try (SandboxClock clock = new SandboxClock(0)) {
            assertThatThrownBy(() -> clock.advance(Duration.ofSeconds(-1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
