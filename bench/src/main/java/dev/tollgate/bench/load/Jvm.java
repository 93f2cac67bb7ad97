package dev.tollgate.bench.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A JVM with the serial collector, which says what it allocates: where its eden ends and how often that was emptied. */
record Jvm(long pid) {
    private static final Pattern EDEN = Pattern.compile("eden space .*\\[0x(\\p{XDigit}+), 0x(\\p{XDigit}+),");
    private static final int EDEN_KIB_COLUMN = 4;
    private static final List<Integer> COLLECTIONS_COLUMNS = List.of(12, 14);

    /** One moment; between two of them lies what was allocated. Exact when nothing runs at either. */
    record Count(long edenUsedBytes, double edenBytes, long collections) {
        double since(Count before) {
            return edenUsedBytes - before.edenUsedBytes + (collections - before.collections) * before.edenBytes;
        }
    }

    Count count() throws IOException, InterruptedException {
        String heap = output("jcmd", Long.toString(pid), "GC.heap_info");
        Matcher eden = EDEN.matcher(heap);
        if (!eden.find()) {
            throw new IOException("process " + pid + " has no eden: " + heap);
        }
        long used = Long.parseLong(eden.group(2), 16) - Long.parseLong(eden.group(1), 16);
        String[] lines = output("jstat", "-gc", Long.toString(pid)).strip().split("\n", -1);
        String[] columns = lines[lines.length - 1].strip().split("\\s+", -1);
        long collections = COLLECTIONS_COLUMNS.stream()
                .mapToLong(column -> (long) Double.parseDouble(columns[column]))
                .sum();
        return new Count(used, Double.parseDouble(columns[EDEN_KIB_COLUMN]) * 1024, collections);
    }

    /** Collects now and gives back what it can, so that what is resident is in use. */
    void collect() throws IOException, InterruptedException {
        output("jcmd", Long.toString(pid), "GC.run");
    }

    private static String output(String tool, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/" + tool));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(tool + " " + String.join(" ", arguments) + ": " + said);
        }
        return said;
    }
}
