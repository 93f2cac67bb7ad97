package dev.tollgate.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.billing.WebhookReceiver;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Brings a catalogue into a Dodo account. Dodo makes a second object when it is asked twice, so everything is looked for
 * before it is made: by the mark that an earlier run left, else by name, event or address. What exists is never changed;
 * how it differs is said.
 *
 * <p>Waits for Dodo. For one thread.
 */
public final class Provisioning {
    private static final String NOT_YET = "not yet made";
    private static final int ENDPOINTS_PAGE = 100;

    private final DodoClient dodo;
    private final Catalogue catalogue;
    private final @Nullable URI webhookUrl;

    /** What an object is. */
    public enum Kind {
        CREDITS,
        METER,
        PRODUCT,
        WEBHOOK
    }

    /**
     * One object that must exist.
     *
     * @param key the catalogue's name for it; for a product its id there
     * @param id Dodo's id; empty when it has yet to be made
     * @param differences what Dodo has otherwise, in words
     */
    public record Step(Kind kind, String key, String title, Optional<String> id, List<String> differences) {
        public Step {
            differences = List.copyOf(differences);
        }
    }

    /** @param webhookUrl where Dodo shall send its webhooks; null for no endpoint */
    public Provisioning(DodoClient dodo, Catalogue catalogue, @Nullable URI webhookUrl) {
        this.dodo = dodo;
        this.catalogue = catalogue;
        this.webhookUrl = webhookUrl;
    }

    /** Looks at Dodo, and says what is there and what is missing, in the order in which things depend on each other. */
    public List<Step> survey() throws ProvisioningException {
        List<Step> steps = new ArrayList<>();
        Step credits = credits();
        Step meter = meter();
        steps.add(credits);
        steps.add(meter);
        List<JsonNode> products = require("list the products", dodo.readAll("/products?"));
        for (Catalogue.Product product : catalogue.products()) {
            steps.add(product(
                    product, products, credits.id().orElse(NOT_YET), meter.id().orElse(NOT_YET)));
        }
        if (webhookUrl != null) {
            steps.add(endpoint(webhookUrl));
        }
        return steps;
    }

    /**
     * Makes what a step lacks.
     *
     * @param done the steps before it, with their ids
     * @return the step with its id, and what Dodo's answer has otherwise than was asked for
     */
    public Step make(Step step, List<Step> done) throws ProvisioningException {
        return switch (step.kind()) {
            case CREDITS -> made(step, "/credit-entitlements", "id", Documents.credits(catalogue.credits()));
            case METER -> made(step, "/meters", "id", Documents.meter(catalogue.meter()));
            case PRODUCT -> {
                Catalogue.Product product = catalogue.product(step.key()).orElseThrow(IllegalArgumentException::new);
                ObjectNode body = Documents.product(catalogue, product, id(done, Kind.CREDITS), id(done, Kind.METER));
                yield made(step, "/products", "product_id", body);
            }
            case WEBHOOK -> made(step, "/webhooks", "id", Documents.endpoint(step.key()));
        };
    }

    /** The secret with which Dodo signs what it sends to an endpoint. */
    public String webhookSecret(String endpointId) throws ProvisioningException {
        JsonNode answer = require("read the webhook secret", dodo.read("/webhooks/" + encode(endpointId) + "/secret"));
        String secret = answer.path("secret").asText();
        if (secret.isEmpty()) {
            throw new ProvisioningException("Dodo answered without a webhook secret");
        }
        return secret;
    }

    private static String id(List<Step> done, Kind kind) {
        return done.stream()
                .filter(step -> step.kind() == kind)
                .findFirst()
                .flatMap(Step::id)
                .orElseThrow(() -> new IllegalArgumentException("made out of order"));
    }

    private Step credits() throws ProvisioningException {
        ObjectNode wanted = Documents.credits(catalogue.credits());
        List<JsonNode> found = require("list the credit entitlements", dodo.readAll("/credit-entitlements?"));
        return step(
                Kind.CREDITS,
                catalogue.credits().name(),
                "credits \"" + catalogue.credits().name() + "\"",
                find(
                        found,
                        node -> node.path("name")
                                .asText()
                                .equals(catalogue.credits().name())),
                "id",
                wanted);
    }

    private Step meter() throws ProvisioningException {
        ObjectNode wanted = Documents.meter(catalogue.meter());
        List<JsonNode> found = require("list the meters", dodo.readAll("/meters?"));
        String event = catalogue.meter().event();
        String property = catalogue.meter().property();
        return step(
                Kind.METER,
                catalogue.meter().name(),
                "meter \"" + catalogue.meter().name() + "\" (sum of " + property + " in " + event + ")",
                find(
                        found,
                        node -> node.path("event_name").asText().equals(event)
                                && node.at("/aggregation/key").asText().equals(property)),
                "id",
                wanted);
    }

    private Step product(Catalogue.Product product, List<JsonNode> products, String entitlementId, String meterId)
            throws ProvisioningException {
        Optional<JsonNode> listed = find(
                        products,
                        node -> node.at("/metadata/" + Documents.MARK).asText().equals(product.id()))
                .or(() -> find(products, node -> node.path("name").asText().equals(product.name())));
        Optional<JsonNode> whole = Optional.empty();
        if (listed.isPresent()) {
            String id = listed.get().path("product_id").asText();
            whole = Optional.of(require("read product " + id, dodo.read("/products/" + encode(id))));
        }
        return step(
                Kind.PRODUCT,
                product.id(),
                title(product),
                whole,
                "product_id",
                Documents.product(catalogue, product, entitlementId, meterId));
    }

    private static String title(Catalogue.Product product) {
        String what = product.kind() == Catalogue.Kind.PLAN ? "plan" : "top-up";
        String often = product.kind() == Catalogue.Kind.PLAN ? " a month" : "";
        String lasting = product.expiresAfterDays() == 0 ? "" : " for " + product.expiresAfterDays() + " days";
        String overage = product.overage() instanceof Catalogue.Overage.Billed billed
                ? ", beyond that " + billed.pricePerMillion().text() + " per million"
                : "";
        return what + " \"" + product.name() + "\": " + product.price().text() + often + ", "
                + String.format("%,d", product.credits()) + " credits" + lasting + overage;
    }

    /** Endpoints come in pages of another kind: by cursor. */
    private Step endpoint(URI url) throws ProvisioningException {
        String cursor = "";
        while (true) {
            String from = cursor.isEmpty() ? "" : "&iterator=" + encode(cursor);
            JsonNode page = require("list the webhooks", dodo.read("/webhooks?limit=" + ENDPOINTS_PAGE + from));
            List<JsonNode> endpoints = new ArrayList<>();
            page.path("data").forEach(endpoints::add);
            Optional<JsonNode> found =
                    find(endpoints, node -> node.path("url").asText().equals(url.toString()));
            String next = page.path("iterator").asText();
            if (found.isPresent() || page.path("done").asBoolean(true) || next.isEmpty() || next.equals(cursor)) {
                return new Step(
                        Kind.WEBHOOK,
                        url.toString(),
                        "webhooks to " + url,
                        found.map(node -> node.path("id").asText()),
                        found.map(Provisioning::silences).orElse(List.of()));
            }
            cursor = next;
        }
    }

    /** Why an endpoint would not hear what it must hear. */
    private static List<String> silences(JsonNode endpoint) {
        List<String> silences = new ArrayList<>();
        if (endpoint.path("disabled").asBoolean(false)) {
            silences.add("disabled: Dodo sends nothing there until it is enabled");
        }
        Set<String> missing = new TreeSet<>(WebhookReceiver.awaitedTypes());
        endpoint.path("filter_types").forEach(type -> missing.remove(type.asText()));
        if (!endpoint.path("filter_types").isEmpty() && !missing.isEmpty()) {
            silences.add("filter_types: leaves out " + String.join(", ", missing));
        }
        return silences;
    }

    private static Step step(
            Kind kind, String key, String title, Optional<JsonNode> found, String idMember, ObjectNode wanted) {
        return new Step(
                kind,
                key,
                title,
                found.map(node -> node.path(idMember).asText()),
                found.map(node -> differences(wanted, node)).orElse(List.of()));
    }

    private Step made(Step step, String path, String idMember, ObjectNode body) throws ProvisioningException {
        JsonNode answer = require("make " + step.title(), dodo.write(path, body));
        String id = answer.path(idMember).asText();
        if (id.isEmpty()) {
            throw new ProvisioningException("Dodo answered without an id when asked to make " + step.title()
                    + "; run setup again to see whether it was made");
        }
        return new Step(step.kind(), step.key(), step.title(), Optional.of(id), differences(body, answer));
    }

    private static List<String> differences(JsonNode wanted, JsonNode found) {
        return Difference.between(wanted, found).stream()
                .map(Difference::toString)
                .toList();
    }

    private static Optional<JsonNode> find(List<JsonNode> nodes, Predicate<JsonNode> which) {
        return nodes.stream().filter(which).findFirst();
    }

    private static <A> A require(String what, Result<A> result) throws ProvisioningException {
        return switch (result) {
            case Result.Ok<A> ok -> ok.value();
            case Result.Refused<A> refused -> throw new ProvisioningException(refusal(what, refused));
            case Result.Unreachable<A> unreachable ->
                throw new ProvisioningException("Dodo cannot be reached to " + what + " (" + unreachable.reason()
                        + "). Run setup again; what was made is found then.");
        };
    }

    private static String refusal(String what, Result.Refused<?> refused) {
        String reason = (refused.code() + " " + refused.message()).strip();
        String advice = switch (refused.status()) {
            case 401, 403 ->
                " Check DODO_PAYMENTS_API_KEY: it must be a key with write access, made in the mode that"
                        + " DODO_ENVIRONMENT names.";
            default -> "";
        };
        return "Dodo refuses to " + what + ": " + refused.status() + (reason.isEmpty() ? "" : " " + reason) + "."
                + advice;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
