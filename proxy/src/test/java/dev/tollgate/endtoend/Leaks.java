package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Collects Netty's leak reports, wired up in logback-test.xml, so that a leaked buffer turns a test red. */
public final class Leaks extends AppenderBase<ILoggingEvent> {
    private static final List<String> REPORTS = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
        REPORTS.add(event.getFormattedMessage());
    }

    /** Leaks are found when a dropped buffer is collected and another one is allocated. */
    @SuppressWarnings("PMD.DoNotCallGarbageCollectionExplicitly")
    static void assertNone() {
        for (int i = 0; i < 3; i++) {
            System.gc();
            io.netty.buffer.PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
            io.netty.buffer.ByteBufAllocator.DEFAULT.directBuffer(1).release();
        }
        assertThat(REPORTS).isEmpty();
    }
}
