package dev.tollgate.bench.load;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Something that requests can be sent to: a process on the proxy's core, or the provider itself.
 *
 * @param process null for the provider itself
 * @param pid of the process whose work is counted, which is nginx's worker and not its master; 0 for the provider itself
 */
record Candidate(String name, int port, @Nullable Process process, long pid) implements AutoCloseable {
    static Candidate direct(int providerPort) {
        return new Candidate("direct", providerPort, null, 0);
    }

    boolean isMeasured() {
        return pid != 0;
    }

    ProcessFigures figures() {
        return new ProcessFigures(pid);
    }

    /** Keeps it from doing anything while others are measured. */
    void pause() throws IOException, InterruptedException {
        signal("-STOP");
    }

    void resume() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        if (isMeasured()) {
            new ProcessBuilder("kill", name, Long.toString(pid))
                    .inheritIO()
                    .start()
                    .waitFor();
        }
    }

    /** Ends it in order, so that its journal is complete. */
    @Override
    public void close() throws IOException {
        if (process == null) {
            return;
        }
        try {
            resume();
            process.destroy();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IOException(name + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
