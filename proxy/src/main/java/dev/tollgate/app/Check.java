package dev.tollgate.app;

import dev.tollgate.app.settings.Settings;
import dev.tollgate.app.settings.SettingsLoader;
import dev.tollgate.metering.UnitWeights;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/** Reads the settings and says everything that is wrong with them, without starting anything. */
@CommandLine.Command(
        name = "check",
        description = "Check the settings file and say everything that is wrong with it.",
        mixinStandardHelpOptions = true)
final class Check implements Callable<Integer> {
    @CommandLine.Mixin
    private SettingsOptions options = new SettingsOptions();

    @Override
    public Integer call() {
        return switch (options.load(System.err)) {
            case SettingsLoader.Rejected rejected -> {
                SettingsOptions.print(rejected.problems(), System.err);
                System.err.println(rejected.problems().size() + " problem(s) in " + options.config);
                yield 2;
            }
            case SettingsLoader.Loaded loaded -> {
                SettingsOptions.print(loaded.warnings(), System.err);
                System.out.println(summary(loaded.settings()));
                yield 0;
            }
        };
    }

    private String summary(Settings settings) {
        return options.config + " is fine: listens on " + settings.server().listen() + ", upstream "
                + settings.upstreams().getFirst().baseUrl() + ", Dodo "
                + settings.dodo().baseUrl() + " ("
                + settings.dodo().environment().name().toLowerCase(java.util.Locale.ROOT) + "), "
                + settings.keys().size() + " key(s), " + weights(settings.weights());
    }

    private static String weights(UnitWeights.Table weights) {
        return weights.equals(UnitWeights.Table.TOKENS)
                ? "a unit is a token"
                : "weights " + weights.version() + " of " + weights.models().size() + " model(s)";
    }
}
