package dev.tollgate.endtoend;

import static org.awaitility.Awaitility.await;

import dev.tollgate.sandbox.Sandbox;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code serve} as a process of its own, which a test can kill. Its port stays the same over restarts. */
final class ServeProcess {
    private static final int ADMIN_ANSWERS_MILLIS = 1_000;

    private final Sandbox sandbox;
    private final Path folder;
    private final int port = freePort();
    private final int adminPort = freePort();
    private Process process;

    ServeProcess(Sandbox sandbox, Path folder) throws IOException {
        this(sandbox, folder, "");
    }

    /** With more than the smallest settings: whole top-level sections of YAML. */
    ServeProcess(Sandbox sandbox, Path folder, String extraYaml) throws IOException {
        this.sandbox = sandbox;
        this.folder = folder;
        Files.writeString(folder.resolve("tollgate.yaml"), yaml() + extraYaml);
        this.process = launch();
        sandbox.dodo().addEndpoint(URI.create("http://127.0.0.1:" + port + "/webhooks/dodo"));
    }

    private String yaml() {
        return Stand.yaml(folder)
                .replace("listen: \"127.0.0.1:0\"", "listen: \"127.0.0.1:" + port + "\"")
                .replace("admin: \"127.0.0.1:0\"", "admin: \"127.0.0.1:" + adminPort + "\"");
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The service as it ships. */
    private Process launch() throws IOException {
        return launch(
                "dev.tollgate.app.Main",
                "serve",
                "--config",
                folder.resolve("tollgate.yaml").toString(),
                "--env-file",
                folder.resolve("no.env").toString());
    }

    private Process launch(String mainClass, String... arguments) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "-Dlogback.configurationFile=logback-test.xml",
                "-cp",
                classPath,
                mainClass));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(Stand.environment(sandbox));
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log()));
        return builder.start();
    }

    File log() {
        return folder.resolve("serve.log").toFile();
    }

    int port() {
        return port;
    }

    void awaitReady() {
        await().atMost(Stand.PATIENCE.multipliedBy(3)).until(this::isReady);
    }

    private boolean isReady() {
        if (!process.isAlive()) {
            throw new AssertionError("serve ended by itself with " + process.exitValue() + ", see " + log());
        }
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), adminPort)) {
            client.setSoLinger(true, 0);
            socket.setSoTimeout(ADMIN_ANSWERS_MILLIS);
            socket.getOutputStream()
                    .write("GET /readyz HTTP/1.0\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            byte[] start = socket.getInputStream().readNBytes(12);
            return new String(start, java.nio.charset.StandardCharsets.US_ASCII).endsWith("200");
        } catch (IOException e) {
            return false;
        }
    }

    /** As the power going out would: no handler runs, nothing is flushed. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    void start() throws IOException {
        process = launch();
    }

    /** The service in a process that stops itself when it comes to {@code point} for the so manieth time. */
    void startToDieAt(CrashPoint point, int times) throws IOException {
        process = launch(DyingServe.class.getName(), folder.toString(), point.name(), Integer.toString(times));
    }

    boolean awaitDeath() throws InterruptedException {
        return process.waitFor(Stand.PATIENCE.toSeconds() * 3, TimeUnit.SECONDS);
    }

    long pid() {
        return process.pid();
    }

    /** Sends SIGTERM and waits for the end; the exit code. */
    int terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("serve did not end on SIGTERM, see " + log());
        }
        return process.exitValue();
    }
}
