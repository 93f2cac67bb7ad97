package dev.tollgate.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes each message as a line to standard output, many at once, on the logging context's scheduler a few times a second.
 * Whoever logs never waits and wakes nobody, which is what an appender with a waiting thread costs most; beyond
 * {@value #LINES_MAX} waiting lines, further ones are dropped. Stopping writes what is left.
 *
 * <p>The queue is the one shared state.
 */
public final class BatchedLines extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private static final int LINES_MAX = 16_384;
    private static final int PAUSE_MILLIS = 50;

    private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(LINES_MAX);
    private @Nullable ScheduledFuture<?> writing;

    @Override
    public void start() {
        super.start();
        writing = getContext()
                .getScheduledExecutorService()
                .scheduleWithFixedDelay(this::writeWaiting, PAUSE_MILLIS, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    protected void append(ILoggingEvent event) {
        lines.offer(event.getFormattedMessage());
    }

    private synchronized void writeWaiting() {
        List<String> waiting = new ArrayList<>();
        lines.drainTo(waiting);
        if (waiting.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        waiting.forEach(line -> text.append(line).append('\n'));
        PrintStream output = System.out;
        output.writeBytes(text.toString().getBytes(StandardCharsets.UTF_8));
        output.flush();
    }

    @Override
    public void stop() {
        super.stop();
        ScheduledFuture<?> ended = writing;
        if (ended != null) {
            ended.cancel(false);
        }
        writeWaiting();
    }
}
