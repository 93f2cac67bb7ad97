package dev.tollgate.app;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The command line. */
@CommandLine.Command(
        name = "tollgate",
        description = "Metered access to OpenAI, paid with Dodo Payments credits.",
        subcommands = {
            Serve.class,
            Setup.class,
            Check.class,
            Keys.class,
            Usage.class,
            Explain.class,
            Reconcile.class,
            Replay.class,
            Correct.class,
            JournalTools.class,
            CommandLine.HelpCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:could not start, or failed", "2:the command line or the settings are wrong"})
public final class Main implements Runnable {

    private static final String SERVE = "serve";

    @CommandLine.Spec
    private @Nullable CommandSpec spec;

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"tollgate " + (version == null ? "development" : version)};
        }
    }

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** Runs one command and returns its exit code; {@code serve} returns when the service has ended. */
    static int run(String... arguments) {
        boolean serves = arguments.length > 0 && arguments[0].equals(SERVE);
        return serves
                ? serving().execute(Arrays.copyOfRange(arguments, 1, arguments.length))
                : commandLine().execute(arguments);
    }

    /** Without the other commands, which would take as long to set up as the service takes to start. */
    static CommandLine serving() {
        return new CommandLine(new Serve(), new Constructing()).setCommandName("tollgate " + SERVE);
    }

    /** The library's own factory looks for Groovy in every archive of the class path first. */
    private static final class Constructing implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws ReflectiveOperationException {
            return type.getDeclaredConstructor().newInstance();
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                Objects.requireNonNull(spec).commandLine(),
                "say what to do: serve, setup, check, keys new, usage, explain, reconcile, replay, correct, or journal verify");
    }
}
