package dev.tollgate.bench.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a reader must know of the machine to judge a result. */
final class Machine {
    private Machine() {}

    static Map<String, String> describe() throws IOException, InterruptedException {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put("commit", output("git", "describe", "--always", "--dirty"));
        facts.put("java", System.getProperty("java.vendor.version") + " " + Runtime.version());
        facts.put("nginx", output("nginx", "-v"));
        facts.put("kernel", System.getProperty("os.version"));
        facts.put("processor", processor());
        facts.put("load before", Files.readString(Path.of("/proc/loadavg")).strip());
        return facts;
    }

    /** All of the machine's, of which this process may use one. */
    private static String processor() throws IOException {
        List<String> models = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 2))
                .toList();
        return models.isEmpty() ? "unknown" : models.size() + " x " + models.getFirst();
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.waitFor() == 0 ? said : "unknown";
    }
}
