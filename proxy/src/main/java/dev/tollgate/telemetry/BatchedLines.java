package dev.tollgate.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Writes each message as a line to standard output, many at once, on a thread of its own that looks for new ones a few
 * times a second. Whoever logs never waits and wakes nobody, which is what an appender with a waiting thread costs most;
 * beyond {@value #LINES_MAX} waiting lines, further ones are dropped. Stopping writes what is left.
 *
 * <p>The queue is the one shared state; everything else belongs to the writing thread.
 */
public final class BatchedLines extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private static final int LINES_MAX = 16_384;
    private static final int PAUSE_MILLIS = 50;

    private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(LINES_MAX);
    private @Nullable Thread writer;

    @Override
    public void start() {
        Thread thread = new Thread(this::write, "tollgate-access-log");
        thread.setDaemon(true);
        writer = thread;
        startWithoutWriter();
        thread.start();
    }

    /** Takes lines, and writes them only when it is stopped. */
    void startWithoutWriter() {
        super.start();
    }

    @Override
    protected void append(ILoggingEvent event) {
        lines.offer(event.getFormattedMessage());
    }

    private void write() {
        try {
            while (!Thread.interrupted()) {
                Thread.sleep(PAUSE_MILLIS);
                writeWaiting();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void writeWaiting() {
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
        Thread thread = writer;
        if (thread != null) {
            end(thread);
        }
        writeWaiting();
    }

    private static void end(Thread thread) {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
