package dev.tollgate.journal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Another process that has a journal open: it appends so many facts, says so, and waits to be killed. */
final class WritingProcess implements AutoCloseable {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");

    private final Process process;

    private WritingProcess(Process process) {
        this.process = process;
    }

    /** @param tabulateMillis how often it brings its tables up to date; 0 for never */
    static WritingProcess start(Path folder, int facts, long tabulateMillis) throws IOException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        WritingProcess.class.getName(),
                        folder.toString(),
                        String.valueOf(facts),
                        String.valueOf(tabulateMillis))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        WritingProcess started = new WritingProcess(process);
        BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = said.readLine();
        while (line != null && !line.equals("appended")) {
            line = said.readLine();
        }
        if (line == null) {
            throw new IOException("the process ended before it had appended");
        }
        return started;
    }

    static List<Fact> facts(int count) {
        List<Fact> facts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            facts.add(new Fact.Voided("r" + i, ACCOUNT, "refused", i));
        }
        return facts;
    }

    public static void main(String[] arguments) throws Exception {
        SqliteJournal journal = SqliteJournal.open(Path.of(arguments[0]));
        journal.append(facts(Integer.parseInt(arguments[1])));
        long tabulateMillis = Long.parseLong(arguments[2]);
        if (tabulateMillis > 0) {
            Executors.newSingleThreadScheduledExecutor()
                    .scheduleWithFixedDelay(
                            () -> tabulate(journal), tabulateMillis, tabulateMillis, TimeUnit.MILLISECONDS);
        }
        System.out.println("appended");
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void tabulate(SqliteJournal journal) {
        try {
            journal.tabulate();
        } catch (JournalException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As {@code kill -9} does. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
