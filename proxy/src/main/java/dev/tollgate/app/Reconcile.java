package dev.tollgate.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.app.settings.SettingsLoader;
import dev.tollgate.billing.BillingSettings;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.journal.JournalException;
import java.io.IOException;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Compares the journal with what Dodo has. */
@CommandLine.Command(
        name = "reconcile",
        description = {
            "Compare the journal with Dodo's usage events, credit ledger and usage history.",
            "Reads only, also while the service runs. Says equal, or names every difference with its reason."
        },
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:equal", "1:there are differences", "2:could not compare"})
final class Reconcile implements Callable<Integer> {
    /** The service shares the account, and its limit, with this command. */
    private static final BillingSettings.RateLimit SHARE = new BillingSettings.RateLimit(10, 30);

    @CommandLine.Mixin
    private SettingsOptions options = new SettingsOptions();

    @CommandLine.Option(
            names = "--customer",
            paramLabel = "ID",
            description = "Only this Dodo customer; then the usage history is compared, too.")
    private @Nullable String customer;

    @CommandLine.Option(
            names = "--since",
            paramLabel = "DURATION",
            defaultValue = "1d",
            converter = Span.class,
            description = "How far back, such as 90m, 36h or 31d (${DEFAULT-VALUE}).")
    private Duration since = Duration.ofDays(1);

    @CommandLine.Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table, csv or json (${DEFAULT-VALUE}).")
    private ReconcileFormat format = ReconcileFormat.TABLE;

    @CommandLine.Spec
    private @Nullable CommandSpec spec;

    private final InstantSource clock = InstantSource.system();

    /** Reads a length of time; the message of a wrong one shows how to write it. */
    static final class Span implements CommandLine.ITypeConverter<Duration> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,6})([mhd])");

        @Override
        public Duration convert(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new CommandLine.TypeConversionException("write a length of time as 90m, 36h or 31d");
            }
            long count = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
            };
        }
    }

    @Override
    public Integer call() {
        return switch (options.load(System.err)) {
            case SettingsLoader.Rejected rejected -> {
                rejected.problems().forEach(errors()::println);
                yield 2;
            }
            case SettingsLoader.Loaded loaded -> compare(loaded.settings());
        };
    }

    private int compare(Settings settings) {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                DodoClient dodo = client(settings, executor)) {
            Instant now = clock.instant();
            Reconciliation.Outcome outcome = new Reconciliation(
                            settings.journal().directory(),
                            dodo,
                            settings.dodo().meter(),
                            new Reconciliation.Scope(customer, now.minus(since), now),
                            this::progress)
                    .run();
            print(outcome);
            return outcome.differences().isEmpty() ? 0 : 1;
        } catch (IOException | JournalException e) {
            errors().println(e.getMessage());
            errors().println("could not compare");
            return 2;
        } finally {
            out().flush();
        }
    }

    private DodoClient client(Settings settings, ExecutorService executor) {
        BillingSettings.Dodo service = Parts.billing(settings).dodo();
        BillingSettings.Dodo shared = new BillingSettings.Dodo(
                service.baseUri(),
                service.apiKey(),
                Math.max(service.timeoutMillis(), Duration.ofMinutes(2).toMillis()),
                service.unitsPerCredit(),
                SHARE);
        return new DodoClient(shared, clock, Thread::sleep, new SecureRandom(), executor);
    }

    private void progress(String sentence) {
        errors().println(sentence);
        errors().flush();
    }

    private void print(Reconciliation.Outcome outcome) {
        switch (format) {
            case TABLE -> ReconcileFormat.printTable(outcome, out());
            case CSV -> ReconcileFormat.printCsv(outcome, out());
            case JSON -> printJson(outcome);
        }
    }

    private void printJson(Reconciliation.Outcome outcome) {
        try {
            out().println(JsonMapper.builder()
                    .build()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(ReconcileFormat.json(outcome)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can be written", e);
        }
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private PrintWriter errors() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }
}
