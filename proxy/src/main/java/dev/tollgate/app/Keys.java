package dev.tollgate.app;

import dev.tollgate.app.settings.ApiKeys;
import dev.tollgate.app.settings.Settings;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/** Makes API keys. */
@CommandLine.Command(
        name = "keys",
        description = "Make API keys for customers.",
        subcommands = Keys.New.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "new")
final class Keys {

    /** Makes one key, shows it once, and prints what to put into the settings, which holds only its hash. */
    @CommandLine.Command(
            name = "new",
            description = "Make a key, show it once, and print the line for the settings file.",
            mixinStandardHelpOptions = true)
    static final class New implements Callable<Integer> {
        @CommandLine.Option(
                names = "--customer",
                required = true,
                paramLabel = "ID",
                description = "The Dodo customer who pays, such as cus_123.")
        private String customer = "";

        @CommandLine.Option(names = "--test", description = "Mark the key as one for test mode.")
        private boolean test;

        @Override
        public Integer call() {
            Settings.Environment environment = test ? Settings.Environment.TEST_MODE : Settings.Environment.LIVE_MODE;
            String key = ApiKeys.generate(new SecureRandom(), environment);
            System.out.println("API key, shown this once: " + key);
            System.out.println("Add to `keys:` in config/tollgate.yaml:");
            System.out.println(ApiKeys.yamlLine(ApiKeys.hash(key), customer));
            return 0;
        }
    }
}
