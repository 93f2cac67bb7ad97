package dev.tollgate.sandbox;

import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Runs the sandbox as a process of its own until it is killed.
 *
 * <p>Flags: {@code --openai-port N --dodo-port N --control-port N --openai-key K --dodo-key K --webhook-secret whsec_...
 * --webhook-url URL --time-scale N --seed N --demo}.
 */
public final class Main {
    private static final Set<String> NAMES = Set.of(
            "openai-port",
            "dodo-port",
            "control-port",
            "openai-key",
            "dodo-key",
            "webhook-secret",
            "webhook-url",
            "time-scale",
            "seed",
            "demo");

    private Main() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Optional<Map<String, String>> flags = flags(arguments);
        if (flags.isEmpty()) {
            System.err.println("Flags, each but --demo with a value: --" + String.join(" --", NAMES));
            System.exit(2);
            return;
        }
        run(flags.get());
    }

    private static void run(Map<String, String> flags) throws IOException, InterruptedException {
        Sandbox sandbox = Sandbox.start(options(flags));
        if (sandbox.clock().timeScale() != 1) {
            // Callers in other processes live in real time, so their event times must be judged by it.
            sandbox.dodo().rules(rules -> rules.withWallClockWindow(true));
        }
        Optional.ofNullable(flags.get("webhook-url"))
                .ifPresent(url -> sandbox.dodo().addEndpoint(URI.create(url)));
        System.out.println("OpenAI  " + sandbox.openaiBaseUrl());
        System.out.println("Dodo    " + sandbox.dodoBaseUrl());
        System.out.println("Control " + sandbox.controlUrl());
        if (flags.containsKey("demo")) {
            System.out.println("Demo    " + sandbox.dodo().demoWorld());
        }
        Thread.currentThread().join();
    }

    private static SandboxOptions options(Map<String, String> flags) {
        SandboxOptions defaults = SandboxOptions.defaults();
        return new SandboxOptions(
                number(flags, "openai-port", 0),
                number(flags, "dodo-port", 0),
                number(flags, "control-port", 0),
                flags.getOrDefault("openai-key", defaults.openaiApiKey()),
                flags.getOrDefault("dodo-key", defaults.dodoApiKey()),
                flags.getOrDefault("webhook-secret", defaults.webhookSecret()),
                number(flags, "time-scale", 1),
                true,
                number(flags, "seed", 42));
    }

    private static int number(Map<String, String> flags, String name, int otherwise) {
        return Optional.ofNullable(flags.get(name)).map(Integer::valueOf).orElse(otherwise);
    }

    /** Flags by name; empty when one is unknown or lacks its value. */
    private static Optional<Map<String, String>> flags(String[] arguments) {
        Map<String, String> flags = new HashMap<>();
        for (int i = 0; i < arguments.length; i++) {
            String name = arguments[i].replaceFirst("^--", "");
            boolean alone = name.equals("demo");
            if (!NAMES.contains(name) || (!alone && i + 1 == arguments.length)) {
                return Optional.empty();
            }
            flags.put(name, alone ? "" : arguments[++i]);
        }
        return Optional.of(flags);
    }
}
