package dev.tollgate.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.settings.SettingsLoader.Loaded;
import dev.tollgate.app.settings.SettingsLoader.Rejected;
import dev.tollgate.app.settings.SettingsLoader.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Loads settings texts under an environment in which every needed variable is set. */
final class Loading {
    static final Path FILE = Path.of("tollgate.yaml");
    static final Path CONFIG = Path.of("..", "config");
    static final String WEBHOOK_KEY = "whsec_c2VjcmV0LXNlY3JldA==";
    static final Map<String, String> ENVIRONMENT = Map.of(
            "OPENAI_API_KEY", "sk-upstream",
            "DODO_PAYMENTS_API_KEY", "dodo-key",
            "DODO_PAYMENTS_WEBHOOK_KEY", WEBHOOK_KEY,
            "DEMO_KEY", "demo-key-of-the-merchant");
    static final String SMALLEST = """
            server: { listen: "127.0.0.1:8080", admin: "127.0.0.1:9090" }
            journal: { path: "./data" }
            keys:
              - key: "${DEMO_KEY}"
                customer: cus_123
            """;

    private Loading() {}

    static Result load(String yaml) {
        return load(yaml, ENVIRONMENT);
    }

    static Result load(String yaml, Map<String, String> environment) {
        return SettingsLoader.load(FILE, yaml.getBytes(StandardCharsets.UTF_8), environment, null);
    }

    static Settings settings(String yaml) {
        return loaded(load(yaml)).settings();
    }

    static List<String> warnings(String yaml) {
        return loaded(load(yaml)).warnings().stream().map(Problem::toString).toList();
    }

    /** The problems as printed, without the file's name. */
    static List<String> problems(String yaml) {
        return problems(load(yaml));
    }

    static List<String> problems(Result result) {
        assertThat(result).isInstanceOf(Rejected.class);
        return ((Rejected) result)
                .problems().stream()
                        .map(problem -> problem.toString().replaceFirst("^tollgate\\.yaml:", ""))
                        .toList();
    }

    static Loaded loaded(Result result) {
        assertThat(result).as(() -> result.toString()).isInstanceOf(Loaded.class);
        return (Loaded) result;
    }

    static Map<String, String> environmentWith(String name, String value) {
        Map<String, String> environment = new HashMap<>(ENVIRONMENT);
        environment.put(name, value);
        return environment;
    }

    static String shipped(String name) {
        try {
            return Files.readString(CONFIG.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
