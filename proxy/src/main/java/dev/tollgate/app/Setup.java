package dev.tollgate.app;

import dev.tollgate.app.settings.Settings;
import dev.tollgate.app.settings.SettingsLoader;
import dev.tollgate.app.settings.SettingsLoader.Merchant;
import dev.tollgate.billing.BillingSettings;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.catalogue.Catalogue;
import dev.tollgate.catalogue.Provisioning;
import dev.tollgate.catalogue.Provisioning.Step;
import dev.tollgate.catalogue.ProvisioningException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Scanner;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Makes what the catalogue names in the merchant's Dodo account, and notes the ids. Asks before it changes anything. */
@CommandLine.Command(
        name = "setup",
        description = {
            "Make credits, meter, products and webhook endpoint in your Dodo Payments account, and note their ids in .env.",
            "Looks first, says what it will do, and asks. Run it again at any time: what exists is found, never changed."
        },
        mixinStandardHelpOptions = true)
final class Setup implements Callable<Integer> {
    private static final String SECRET = "DODO_PAYMENTS_WEBHOOK_KEY";
    private static final String ADMIN_TOKEN = "TOLLGATE_ADMIN_TOKEN";

    @CommandLine.Mixin
    private SettingsOptions options = new SettingsOptions();

    @CommandLine.Option(
            names = "--plans",
            paramLabel = "FILE",
            defaultValue = "config/plans.yaml",
            description = "What you sell (${DEFAULT-VALUE}).")
    private Path plans = Path.of("config/plans.yaml");

    @CommandLine.Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "How your customers and Dodo reach Tollgate; noted as BASE_URL. Without it: server.public_url.")
    private @Nullable URI url;

    @CommandLine.Option(names = "--dry-run", description = "Only say what would be done.")
    private boolean dryRun;

    @CommandLine.Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private final Scanner answers = new Scanner(System.in, StandardCharsets.UTF_8);

    @Override
    public Integer call() throws IOException {
        Map<String, String> environment = options.environment(System.err);
        return switch (SettingsLoader.loadMerchant(options.config, environment)) {
            case SettingsLoader.Rejected rejected -> rejected(rejected);
            case Merchant merchant ->
                switch (SettingsLoader.loadCatalogue(plans, environment, merchant.meter())) {
                    case SettingsLoader.Rejected rejected -> rejected(rejected);
                    case SettingsLoader.CatalogueLoaded loaded -> setUp(merchant, loaded.catalogue());
                };
        };
    }

    private static int rejected(SettingsLoader.Rejected rejected) {
        SettingsOptions.print(rejected.problems(), System.err);
        return 2;
    }

    private int setUp(Merchant merchant, Catalogue catalogue) throws IOException {
        @Nullable URI base = url == null ? merchant.publicUrl() : url;
        if (url != null && !List.of("http", "https").contains(String.valueOf(url.getScheme()))) {
            errors().println("--url must be an http or https URL");
            return 2;
        }
        @Nullable URI webhooks = base == null ? null : URI.create(trimmed(base) + "/webhooks/dodo");
        @Nullable String contradiction = contradiction(merchant);
        if (contradiction != null) {
            errors().println(contradiction);
            return 2;
        }
        sayMode(merchant);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                DodoClient dodo = client(merchant, threads)) {
            Provisioning provisioning = new Provisioning(dodo, catalogue, webhooks);
            out().println("Looking at what is there …");
            List<Step> steps = provisioning.survey();
            steps.forEach(this::sayStep);
            if (webhooks == null) {
                out().println("  skipped   webhooks: no public address is known; run again with --url https://…");
            }
            return proceed(merchant, provisioning, steps, base);
        } catch (ProvisioningException e) {
            errors().println(e.getMessage());
            return 1;
        }
    }

    private int proceed(Merchant merchant, Provisioning provisioning, List<Step> steps, @Nullable URI base)
            throws ProvisioningException, IOException {
        long missing = steps.stream().filter(step -> step.id().isEmpty()).count();
        if (dryRun) {
            out().println("Nothing was changed (--dry-run): " + missing + " to make.");
            return 0;
        }
        if (missing > 0 && !agreed("Make " + missing + " in " + mode(merchant) + "?")) {
            out().println("Nothing was changed.");
            return 1;
        }
        if (steps.stream().anyMatch(step -> !step.differences().isEmpty())) {
            out().println("What differs stays as it is: change it in Dodo's dashboard, or in " + plans + ".");
        }
        List<Step> done = new ArrayList<>();
        boolean asWanted = true;
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            if (step.id().isEmpty()) {
                out().print("[" + (i + 1) + "/" + steps.size() + "] " + step.title() + " … ");
                out().flush();
                step = provisioning.make(step, done);
                out().println(step.id().orElseThrow());
                step.differences().forEach(this::sayDifference);
                asWanted &= step.differences().isEmpty();
            }
            done.add(step);
        }
        boolean noted = note(provisioning, done, base);
        if (!asWanted) {
            errors().println(
                            "*** Dodo made something otherwise than it was asked to: see above. Put it right before you sell.");
        }
        return asWanted && noted ? 0 : 1;
    }

    /** Whether all of it stands in the file now. */
    private boolean note(Provisioning provisioning, List<Step> done, @Nullable URI base)
            throws ProvisioningException, IOException {
        Map<String, String> variables = new LinkedHashMap<>();
        for (Step step : done) {
            String id = step.id().orElseThrow();
            switch (step.kind()) {
                case CREDITS -> variables.put("CREDIT_ENTITLEMENT_ID", id);
                case METER -> {}
                case PRODUCT -> variables.put(SettingsLoader.productVariable(step.key()), id);
                case WEBHOOK -> variables.put(SECRET, provisioning.webhookSecret(id));
            }
        }
        if (base != null) {
            variables.put("BASE_URL", trimmed(base));
        }
        variables.put(SettingsLoader.CATALOGUE_VARIABLE, plans.toString());
        EnvFile file = new EnvFile(options.envFile);
        Map<String, String> held = file.variables();
        if (options.environment(System.err).getOrDefault(ADMIN_TOKEN, "").isEmpty()) {
            variables.put(ADMIN_TOKEN, newToken());
        }
        variables.entrySet().removeIf(entry -> entry.getValue().equals(held.get(entry.getKey())));
        int wanted = variables.size();
        variables.entrySet().removeIf(entry -> !mayWrite(entry.getKey(), entry.getValue(), held));
        if (variables.isEmpty()) {
            out().println(options.envFile + (wanted == 0 ? " needs no change." : " was not changed."));
        } else {
            file.write(variables);
            out().println("Noted in " + options.envFile + ": " + String.join(", ", variables.keySet()));
        }
        if (file.isOpenToOthers()) {
            errors().println("Others on this machine can read the secrets in " + options.envFile + ": chmod 600 "
                    + options.envFile);
        }
        if (base != null) {
            out().println("Next: ./run serve, and your customers subscribe at " + trimmed(base) + "/");
        }
        return variables.size() == wanted;
    }

    /** Whoever has it may use the operator's page. */
    private static String newToken() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private boolean mayWrite(String name, String wanted, Map<String, String> held) {
        String value = held.get(name);
        if (value == null || value.isEmpty()) {
            return true;
        }
        if (yes) {
            boolean secret = name.equals(SECRET) || name.equals(ADMIN_TOKEN);
            errors().println(name + " in " + options.envFile + " has another value" + (secret ? "" : " than " + wanted)
                    + " and stays; run without --yes to be asked");
            return false;
        }
        return agreed(name + " in " + options.envFile + " has another value. Replace it?");
    }

    private boolean agreed(String question) {
        if (yes) {
            return true;
        }
        out().print(question + " [y/N] ");
        out().flush();
        String answer = answers.hasNextLine() ? answers.nextLine().strip().toLowerCase(Locale.ROOT) : "";
        return answer.equals("y") || answer.equals("yes");
    }

    private void sayMode(Merchant merchant) {
        out().println("Dodo Payments, " + mode(merchant) + " at " + merchant.dodoUrl());
        if (merchant.environment() == Settings.Environment.LIVE_MODE) {
            out().println("*** LIVE MODE: what is made here is on sale for real money. ***");
        }
    }

    /** What says one mode where {@code DODO_ENVIRONMENT} says the other; null when all agree. */
    private static @Nullable String contradiction(Merchant merchant) {
        boolean live = merchant.environment() == Settings.Environment.LIVE_MODE;
        String other = live ? "test" : "live";
        boolean key = merchant.apiKey().value().startsWith("dodo_" + other + "_");
        boolean host = String.valueOf(merchant.dodoUrl().getHost()).startsWith(other + ".");
        if (!key && !host) {
            return null;
        }
        return (key ? "DODO_PAYMENTS_API_KEY is a key" : merchant.dodoUrl() + " is the address") + " of "
                + other.toUpperCase(Locale.ROOT) + " MODE, but DODO_ENVIRONMENT says " + (live ? "live" : "test")
                + "_mode. Nothing was done; make them agree.";
    }

    private static String mode(Merchant merchant) {
        return switch (merchant.environment()) {
            case TEST_MODE -> "TEST MODE";
            case LIVE_MODE -> "LIVE MODE";
        };
    }

    private void sayStep(Step step) {
        String state = step.id().isEmpty() ? "to make  " : step.differences().isEmpty() ? "exists   " : "DIFFERS  ";
        out().println("  " + state + " " + step.title()
                + step.id().map(id -> "  " + id).orElse(""));
        step.differences().forEach(this::sayDifference);
    }

    private void sayDifference(String difference) {
        out().println("            " + difference);
    }

    private static DodoClient client(Merchant merchant, ExecutorService threads) {
        BillingSettings.Dodo settings = new BillingSettings.Dodo(
                merchant.dodoUrl(),
                merchant.apiKey().value(),
                merchant.timeoutMillis(),
                merchant.meter().unitsPerCredit(),
                BillingSettings.RateLimit.SMALLEST);
        return new DodoClient(settings, InstantSource.system(), Thread::sleep, new SecureRandom(), threads);
    }

    private static String trimmed(URI url) {
        return url.toString().replaceAll("/+$", "");
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private PrintWriter errors() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }
}
