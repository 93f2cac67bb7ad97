package dev.tollgate.app;

import dev.tollgate.app.settings.DotEnv;
import dev.tollgate.app.settings.Problem;
import dev.tollgate.app.settings.SettingsLoader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** Where the settings come from; shared by all commands that read them. */
final class SettingsOptions {
    @CommandLine.Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = "config/tollgate.yaml",
            description = "The settings file (${DEFAULT-VALUE}).")
    Path config = Path.of("config/tollgate.yaml");

    @CommandLine.Option(
            names = "--env-file",
            paramLabel = "FILE",
            defaultValue = ".env",
            description = "Environment variables for the settings (${DEFAULT-VALUE}); the real environment wins.")
    Path envFile = Path.of(".env");

    /** The variables that the settings may refer to. */
    Map<String, String> environment(PrintStream errors) {
        DotEnv dotEnv = DotEnv.read(envFile);
        print(dotEnv.problems(), errors);
        return dotEnv.under(System.getenv());
    }

    SettingsLoader.Result load(PrintStream errors) {
        return SettingsLoader.load(config, environment(errors));
    }

    static void print(List<Problem> problems, PrintStream errors) {
        problems.forEach(errors::println);
    }
}
