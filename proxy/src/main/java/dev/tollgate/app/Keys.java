package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.app.settings.ApiKeys;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.app.settings.SettingsLoader;
import java.io.IOException;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Makes API keys, and asks a running service for those that customers made. */
@CommandLine.Command(
        name = "keys",
        description = "Make API keys for customers, list those that they made themselves, and revoke them.",
        subcommands = {Keys.New.class, Keys.Of.class, Keys.Revoke.class},
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "(new | list | revoke)")
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

    /** Commands about keys that live in the running service's journal. */
    abstract static class OfCustomer implements Callable<Integer> {
        private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

        @CommandLine.Mixin
        private SettingsOptions options = new SettingsOptions();

        @CommandLine.Option(
                names = "--customer",
                required = true,
                paramLabel = "ID",
                description = "The Dodo customer, such as cus_123.")
        String customer = "";

        @CommandLine.Spec
        CommandLine.Model.@Nullable CommandSpec spec;

        abstract void run(RunningService service) throws IOException;

        @Override
        public Integer call() {
            CommandLine commandLine = Objects.requireNonNull(spec).commandLine();
            if (!ID.matcher(customer).matches()) {
                throw new CommandLine.ParameterException(commandLine, "--customer is no id of a customer");
            }
            switch (SettingsLoader.loadAdmin(options.config, options.environment(System.err))) {
                case SettingsLoader.Rejected rejected -> {
                    SettingsOptions.print(rejected.problems(), System.err);
                    return 2;
                }
                case SettingsLoader.AdminFound found -> {
                    Settings.@Nullable Secret token = found.server().adminToken();
                    if (token == null) {
                        commandLine.getErr().println("this needs server.admin_token in the settings");
                        return 2;
                    }
                    return run(commandLine, new RunningService(found.server().admin(), token.value()));
                }
            }
        }

        private int run(CommandLine commandLine, RunningService service) {
            try {
                run(service);
                return 0;
            } catch (IOException e) {
                commandLine.getErr().println(e.getMessage());
                return 1;
            }
        }

        PrintWriter out() {
            return Objects.requireNonNull(spec).commandLine().getOut();
        }
    }

    /** Lists a customer's keys. */
    @CommandLine.Command(
            name = "list",
            description = "List the keys that a customer made on the page, or that Dodo delivered.",
            mixinStandardHelpOptions = true)
    static final class Of extends OfCustomer {
        @Override
        void run(RunningService service) throws IOException {
            Table table = new Table(
                    Table.Column.words("key"),
                    Table.Column.words("name"),
                    Table.Column.words("state"),
                    Table.Column.words("since"));
            for (JsonNode key : service.keys(customer)) {
                table.row(
                        key.path("id").asText(),
                        Wording.plain(key.path("name").asText()),
                        key.path("state").asText(),
                        key.path("since").asText());
            }
            table.print(out());
        }
    }

    /** Ends one key. */
    @CommandLine.Command(
            name = "revoke",
            description = "Revoke a key by its id; no request is let in with it from then on.",
            mixinStandardHelpOptions = true)
    static final class Revoke extends OfCustomer {
        @CommandLine.Parameters(paramLabel = "KEY", description = "The key's id, as list shows it.")
        private String keyId = "";

        @Override
        void run(RunningService service) throws IOException {
            service.revoke(customer, keyId);
            out().println(Wording.plain(keyId) + " is revoked");
        }
    }
}
