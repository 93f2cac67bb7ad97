package dev.tollgate.bench.load;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts the candidates on the proxy's core, each with its settings and logs in a folder of its own.
 *
 * @param tree the repository whose {@code run serve} is measured
 */
record Launcher(Path tree, Path folder, int providerPort, int dodoPort) {
    private static final String PROXY_CORE = "1";
    private static final long START_MILLIS = 180_000;

    Candidate nginx() throws IOException, InterruptedException {
        int port = freePort();
        Path home = Files.createDirectories(folder.resolve("nginx"));
        String template = Files.readString(tree.resolve("bench/nginx.conf"));
        Path settings = Files.writeString(
                home.resolve("nginx.conf"),
                template.replace("LISTEN", "127.0.0.1:" + port).replace("PROVIDER", "127.0.0.1:" + providerPort));
        Process master;
        try {
            master = start(home, "nginx", "-p", home + "/", "-e", home + "/error.log", "-c", settings.toString());
            awaitPort("nginx", port, master, home);
        } catch (IOException e) {
            throw new IOException("nginx does not start; it is the measure here: apt-get install nginx-light", e);
        }
        long worker = master.children().findFirst().orElseThrow().pid();
        return new Candidate("nginx", port, master, worker);
    }

    Candidate floor() throws IOException, InterruptedException {
        int port = freePort();
        Path home = Files.createDirectories(folder.resolve("floor"));
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        command.addAll(List.of("-XX:+UseSerialGC", "-Xms64m", "--enable-native-access=ALL-UNNAMED"));
        if (Runtime.version().feature() >= 24) {
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Floor.class.getName()));
        command.addAll(List.of(Integer.toString(port), Integer.toString(providerPort)));
        Process process = start(home, command.toArray(String[]::new));
        awaitPort("floor", port, process, home);
        return new Candidate("floor", port, process, process.pid());
    }

    /** Tollgate as {@code run serve} starts it, with a new journal. */
    Candidate tollgate(String name, List<String> keys) throws IOException, InterruptedException {
        return tollgate(name, keys, "durable");
    }

    /** @param holds whether requests wait until their hold is on the disk, as in the settings */
    Candidate tollgate(String name, List<String> keys, String holds) throws IOException, InterruptedException {
        int port = freePort();
        Path home = Files.createDirectories(folder.resolve(name));
        Path settings = Files.writeString(home.resolve("tollgate.yaml"), settings(home, port, keys, holds));
        Process process = start(
                home,
                tree.resolve("run").toString(),
                "serve",
                "--config",
                settings.toString(),
                "--env-file",
                home.resolve("none.env").toString());
        awaitPort(name, port, process, home);
        return new Candidate(name, port, process, process.pid());
    }

    static Path journal(Path folder, String name) {
        return folder.resolve(name).resolve("data/journal.db");
    }

    private String settings(Path home, int port, List<String> keys, String holds) throws IOException {
        StringBuilder text = new StringBuilder("""
                server: { listen: "127.0.0.1:%d", admin: "127.0.0.1:%d", event_loops: 1 }
                limits: { connections: 20000, requests_per_customer: 100000 }
                journal: { path: "%s"%s }
                upstreams:
                  - { name: provider, base_url: "http://127.0.0.1:%d/v1", api_key: sk-bench, connections_per_loop: 12000 }
                dodo:
                  base_url: "http://127.0.0.1:%d"
                  api_key: dodo-bench
                  webhook_keys: [whsec_YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2g=]
                  entitlement: %s
                  ship: { batch: 1000 }
                keys:
                """.formatted(
                port, freePort(), home.resolve("data"), written(holds), providerPort, dodoPort, Dodo.ENTITLEMENT));
        for (int i = 0; i < keys.size(); i++) {
            text.append(
                    "  - { id: key%d, key: \"%s\", customer: cus_%d }%n".formatted(i, keys.get(i), i % Keys.CUSTOMERS));
        }
        return text.toString();
    }

    /** Left out where it is the default, which an older commit does not know. */
    private static String written(String holds) {
        return holds.equals("durable") ? "" : ", holds: " + holds;
    }

    private static Process start(Path home, String... command) throws IOException {
        List<String> pinned = new ArrayList<>(List.of("taskset", "-c", PROXY_CORE));
        pinned.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(pinned)
                .redirectOutput(home.resolve("out.log").toFile())
                .redirectError(home.resolve("err.log").toFile())
                .redirectInput(new File("/dev/null"));
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> kill(process)));
        return process;
    }

    /** For a run that is broken off: none of its processes may stay, and stopped ones hear no other signal. */
    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static void awaitPort(String name, int port, Process process, Path home)
            throws IOException, InterruptedException {
        long end = System.currentTimeMillis() + START_MILLIS;
        while (System.currentTimeMillis() < end && process.isAlive()) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
                return;
            } catch (IOException notYet) {
                Thread.sleep(5);
            }
        }
        throw new IOException(name + " does not listen: " + Files.readString(home.resolve("err.log")));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
