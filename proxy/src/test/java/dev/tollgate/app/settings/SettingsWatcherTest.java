package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Loading.ENVIRONMENT;
import static dev.tollgate.app.settings.Loading.SMALLEST;
import static dev.tollgate.app.settings.Loading.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.settings.SettingsLoader.Loaded;
import dev.tollgate.app.settings.SettingsLoader.Rejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsWatcherTest {
    private static final String TWO_KEYS = SMALLEST + "  - { key: second-key-12345, customer: cus_2 }\n";

    @TempDir
    private Path folder;

    private final List<String> told = new ArrayList<>();
    private final HandStepped scheduler = new HandStepped();
    private Path file;
    private SettingsWatcher watcher;
    private long modifiedMillis = 1_000;

    @BeforeEach
    void watch() throws IOException {
        file = folder.resolve("tollgate.yaml");
        write(SMALLEST);
        watcher = new SettingsWatcher(file, ENVIRONMENT, settings(SMALLEST), new Recorder(), scheduler);
        look(6);
        assertThat(told).isEmpty();
    }

    @AfterEach
    void stop() {
        watcher.close();
        scheduler.shutdownNow();
    }

    @Test
    void aChangedFileTakesEffectOnceTwoLooksFoundItTheSame() throws IOException {
        write(TWO_KEYS);
        look(1);
        assertThat(told).isEmpty();

        look(1);
        assertThat(told).containsExactly("changed to 2 keys");
        assertThat(watcher.settings()).isEqualTo(settings(TWO_KEYS));

        look(5);
        assertThat(told).hasSize(1);
    }

    @Test
    void aFileThatIsStillBeingWrittenIsNotRead() throws IOException {
        write(TWO_KEYS + "# ");
        look(1);
        write(TWO_KEYS + "# still");
        look(1);
        write("");
        look(1);
        write(TWO_KEYS);
        look(1);
        assertThat(told).isEmpty();

        look(1);
        assertThat(told).containsExactly("changed to 2 keys");
    }

    @Test
    void aBrokenFileKeepsTheOldSettingsAndIsReportedOnce() throws IOException {
        write(TWO_KEYS + "bogus: 1\n");
        look(6);

        assertThat(told).hasSize(1);
        assertThat(told.getFirst()).startsWith("rejected: " + file + ":7:1: bogus: unknown key");
        assertThat(watcher.settings()).isEqualTo(settings(SMALLEST));
    }

    @Test
    void aRepairedFileIsReportedEvenWhenItSaysWhatIsInForce() throws IOException {
        write("broken: [");
        look(2);
        write(SMALLEST);
        look(6);

        assertThat(told).hasSize(2);
        assertThat(told.getLast()).isEqualTo("changed to 1 keys");
    }

    @Test
    void aChangeThatChangesNothingIsNotReported() throws IOException {
        write(SMALLEST + "# a comment\n");
        look(6);

        assertThat(told).isEmpty();
    }

    @Test
    void aFileThatVanishesKeepsTheOldSettings() throws IOException {
        Files.delete(file);
        look(6);
        assertThat(told).containsExactly("rejected: " + file + ":1:1: there is no such file; check its path\n");

        write(TWO_KEYS);
        look(2);
        assertThat(told.getLast()).isEqualTo("changed to 2 keys");
    }

    @Test
    void twoChangesWithOneTimeStampAndSizeAreBothSeen() throws IOException {
        write(TWO_KEYS);
        look(2);
        FileTime stamp = Files.getLastModifiedTime(file);
        Files.writeString(file, TWO_KEYS.replace("second-key-12345", "second-key-54321"));
        Files.setLastModifiedTime(file, stamp);
        look(2);

        assertThat(told).containsExactly("changed to 2 keys", "changed to 2 keys");
        assertThat(watcher.settings().keys().getLast().hash()).isEqualTo(ApiKeys.hash("second-key-54321"));
    }

    @Test
    void whatNeedsARestartStaysAndIsReportedAsLongAsItDiffers() throws IOException {
        String moved = TWO_KEYS.replace("8080", "8081")
                + "limits: { body: 1MiB, requests_per_customer: 5 }\n"
                + "gate: { stale_after: 1h }\n"
                + "plans: { gold: {} }\n"
                + "dodo: { refresh: 5s }\n"
                + "upstreams: [ { name: a, base_url: https://a, api_key: k } ]\n";
        write(moved.replace("./data", "./elsewhere"));
        look(2);

        Settings now = watcher.settings();
        assertThat(told)
                .containsExactly("changed to 2 keys"
                        + warning("1:9: server")
                        + warning("2:10: journal")
                        + warning("7:9: limits")
                        + warning("10:7: dodo")
                        + warning("11:12: upstreams"));
        assertThat(now.server()).isEqualTo(settings(SMALLEST).server());
        assertThat(now.limits().bodyBytes()).isEqualTo(16 << 20);
        assertThat(now.limits().requestsPerCustomer()).isEqualTo(5);
        assertThat(now.gate().staleAfterMillis()).isEqualTo(3_600_000);
        assertThat(now.plans()).containsKey("gold");
        assertThat(now.journal()).isEqualTo(settings(SMALLEST).journal());

        assertThat(watcher.reload()).isInstanceOf(Loaded.class);
        assertThat(told).hasSize(2);
        assertThat(told.getLast()).isEqualTo(told.getFirst());
    }

    @Test
    void reloadReadsAtOnce() throws IOException {
        write(TWO_KEYS);
        assertThat(watcher.reload()).isInstanceOf(Loaded.class);
        assertThat(told).containsExactly("changed to 2 keys");

        write("x: y");
        assertThat(watcher.reload()).isInstanceOf(Rejected.class);
        assertThat(told).hasSize(2);

        look(6);
        assertThat(told).hasSize(2);
    }

    @Test
    void closingEndsTheLooking() {
        watcher.close();

        assertThat(scheduler.looking.isCancelled()).isTrue();
    }

    private String warning(String place) {
        return "\n" + file + ":" + place + ": has changed and takes effect after a restart";
    }

    private void write(String text) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.fromMillis(modifiedMillis += 1000));
    }

    private void look(int times) {
        for (int i = 0; i < times; i++) {
            scheduler.look.run();
        }
    }

    private final class Recorder implements SettingsWatcher.Listener {
        @Override
        public void changed(Settings settings, List<Problem> warnings) {
            told.add(("changed to " + settings.keys().size() + " keys\n" + Problem.report(warnings)).strip());
        }

        @Override
        public void rejected(List<Problem> problems) {
            told.add("rejected: " + Problem.report(problems));
        }
    }

    /** Keeps what is to be done every second for the test to do. */
    private static final class HandStepped extends ScheduledThreadPoolExecutor {
        private Runnable look = () -> {};
        private final ScheduledFuture<?> looking;

        HandStepped() {
            super(1);
            looking = schedule(() -> {}, 1, TimeUnit.DAYS);
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long first, long delay, TimeUnit unit) {
            look = task;
            return looking;
        }
    }
}
