package dev.tollgate.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says about a process. */
final class ProcessFigures {
    private static final double TICK_MICROS = 10_000;

    private final Path folder;

    ProcessFigures(long pid) {
        this.folder = Path.of("/proc", Long.toString(pid));
    }

    /** Processor time of all its threads since its start, user and system. */
    double cpuMicros() throws IOException {
        String stat = Files.readString(folder.resolve("stat"));
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(afterName[11]) + Long.parseLong(afterName[12])) * TICK_MICROS;
    }

    long residentKib() throws IOException {
        return status("VmRSS:");
    }

    /** Forgets the peak; the next one counts from now. */
    void resetPeak() throws IOException {
        Files.writeString(folder.resolve("clear_refs"), "5");
    }

    /** The most that was resident since {@link #resetPeak}. */
    long residentPeakKib() throws IOException {
        return status("VmHWM:");
    }

    private long status(String name) throws IOException {
        for (String line : Files.readAllLines(folder.resolve("status"))) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("\\D+", ""));
            }
        }
        throw new IOException("no " + name + " in " + folder);
    }
}
