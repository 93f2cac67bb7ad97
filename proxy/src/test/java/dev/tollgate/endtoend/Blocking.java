package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import reactor.blockhound.BlockHound;

/**
 * Watches event loops for calls that wait. Netty names its own threads as ones that must not; what is allowed on them is
 * listed here with the reason why it is harmless.
 */
public final class Blocking implements LauncherSessionListener {
    private static final List<String> CALLS = new CopyOnWriteArrayList<>();

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        BlockHound.builder()
                .loadIntegrations()
                // A line for the log is handed over under a lock that is held for the time of a copy.
                .allowBlockingCallsInside("ch.qos.logback.classic.Logger", "callAppenders")
                // Classes are loaded once, in the first seconds.
                .allowBlockingCallsInside("java.lang.ClassLoader", "loadClass")
                .blockingMethodCallback(method -> CALLS.add(method + trace()))
                .install();
    }

    private static String trace() {
        StringBuilder lines = new StringBuilder();
        for (StackTraceElement element : Thread.currentThread().getStackTrace()) {
            lines.append("\n    ").append(element);
        }
        return lines.toString();
    }

    static void assertNone() {
        assertThat(CALLS).isEmpty();
    }
}
