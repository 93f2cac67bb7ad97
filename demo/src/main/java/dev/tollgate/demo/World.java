package dev.tollgate.demo;

import dev.tollgate.app.settings.SettingsLoader;
import dev.tollgate.app.settings.SettingsLoader.CatalogueLoaded;
import dev.tollgate.app.settings.SettingsLoader.Merchant;
import dev.tollgate.billing.BillingSettings;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.catalogue.Provisioning;
import dev.tollgate.catalogue.Provisioning.Kind;
import dev.tollgate.catalogue.Provisioning.Step;
import dev.tollgate.catalogue.ProvisioningException;
import dev.tollgate.sandbox.dodo.DodoStandIn;
import dev.tollgate.sandbox.dodo.Plan;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The one merchant's account at the sandbox's Dodo: what the catalogue names, made as {@code setup} makes it, and a
 * customer with a subscription that grants token credits.
 *
 * @param variables the settings' environment, with the ids of what was made
 */
record World(String customerId, Map<String, String> variables) {
    World {
        variables = Map.copyOf(variables);
    }

    static World create(DodoStandIn dodo, long credits, Path settings, Path plans, Map<String, String> environment)
            throws IOException {
        if (!(SettingsLoader.loadMerchant(settings, environment) instanceof Merchant merchant)) {
            throw new IOException(settings + " cannot be read");
        }
        if (!(SettingsLoader.loadCatalogue(plans, environment, merchant.meter()) instanceof CatalogueLoaded loaded)) {
            throw new IOException(plans + " cannot be read");
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                DodoClient client = client(merchant, threads)) {
            List<Step> made = provision(new Provisioning(client, loaded.catalogue(), null));
            World world = new World("cus_demo", variables(environment, made));
            dodo.createCustomer(world.customerId, "demo@example.com");
            dodo.subscribe(world.customerId, Plan.of(id(made, Kind.CREDITS), id(made, Kind.METER), credits));
            return world;
        } catch (ProvisioningException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static List<Step> provision(Provisioning provisioning) throws ProvisioningException {
        List<Step> made = new ArrayList<>();
        for (Step step : provisioning.survey()) {
            made.add(provisioning.make(step, made));
        }
        return made;
    }

    private static Map<String, String> variables(Map<String, String> environment, List<Step> made) {
        Map<String, String> variables = new HashMap<>(environment);
        variables.put("CREDIT_ENTITLEMENT_ID", id(made, Kind.CREDITS));
        for (Step step : made) {
            if (step.kind() == Kind.PRODUCT) {
                variables.put(
                        SettingsLoader.productVariable(step.key()), step.id().orElseThrow());
            }
        }
        return variables;
    }

    private static String id(List<Step> made, Kind kind) {
        return made.stream()
                .filter(step -> step.kind() == kind)
                .findFirst()
                .flatMap(Step::id)
                .orElseThrow();
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

    /** The variables hold secrets. */
    @Override
    public String toString() {
        return "World(" + customerId + ")";
    }
}
