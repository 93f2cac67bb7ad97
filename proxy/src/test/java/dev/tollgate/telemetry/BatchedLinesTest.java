package dev.tollgate.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchedLinesTest {
    private final LoggerContext context = new LoggerContext();
    private final PrintStream console = System.out;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final BatchedLines lines = new BatchedLines();

    @AfterEach
    void giveTheConsoleBack() {
        System.setOut(console);
    }

    @Test
    void everyLineIsWrittenOnceInOrderAndTheRestWhenItStops() {
        System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
        lines.setContext(context);
        lines.start();
        StringBuilder expected = new StringBuilder();
        for (int number = 0; number < 1000; number++) {
            lines.doAppend(line("{\"request\":" + number + ",\"model\":\"größer\"}"));
            expected.append("{\"request\":").append(number).append(",\"model\":\"größer\"}\n");
        }
        lines.stop();
        assertThat(written.toString(StandardCharsets.UTF_8)).isEqualTo(expected.toString());
    }

    @Test
    void whatDoesNotFitIsDroppedWithoutWaiting() {
        System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
        lines.setContext(new NeverWriting());
        lines.start();
        for (int number = 0; number < 20_000; number++) {
            lines.doAppend(line("x"));
        }
        lines.stop();
        assertThat(written.size()).isEqualTo(2 * 16_384);
    }

    /** A context whose scheduler takes tasks and runs none. */
    private static final class NeverWriting extends LoggerContext {
        @Override
        public synchronized ScheduledExecutorService getScheduledExecutorService() {
            return new ScheduledThreadPoolExecutor(1, task -> new Thread(() -> {}));
        }
    }

    private LoggingEvent line(String text) {
        return new LoggingEvent("", context.getLogger("access"), Level.INFO, text, null, null);
    }
}
