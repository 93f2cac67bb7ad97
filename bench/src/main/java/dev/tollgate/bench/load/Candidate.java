package dev.tollgate.bench.load;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Something that requests can be sent to: a process on the proxy's core.
 *
 * @param pid of the process whose work is counted, which is nginx's worker and not its master
 */
record Candidate(String name, int port, Process process, long pid) implements AutoCloseable {
    boolean isJava() {
        return !name.equals("nginx");
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
        new ProcessBuilder("kill", name, Long.toString(pid)).inheritIO().start().waitFor();
    }

    /** Ends it in order, so that its journal is complete. */
    @Override
    public void close() throws IOException {
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
