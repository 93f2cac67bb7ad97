package dev.tollgate.sandbox.structure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.tollgate.sandbox.http.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Dodo's OpenAPI document, read strictly: a member that it does not name is an error. What is newer, or was seen otherwise
 * on the wire, is in a second document, with the reason, and takes precedence. Immutable but for a cache; safe for all
 * threads.
 */
final class PublishedStructure {
    private static final String DOCUMENT = "/dodo/structure.json";
    private static final String AMENDMENTS = "/dodo/amendments.json";
    private static final String ROOT = "https://structure.test/dodo";

    private final List<Operation> operations = new ArrayList<>();
    private final Map<String, ObjectNode> webhooks = new HashMap<>();
    private final ObjectNode schemas;
    private final SchemaRegistry registry;
    private final ConcurrentHashMap<String, Schema> compiled = new ConcurrentHashMap<>();

    /** Read once, when it is first asked for. */
    private static final class Only {
        static final Optional<PublishedStructure> FOUND = load(DOCUMENT)
                .map(document -> new PublishedStructure(
                        Amendments.apply(document, load(AMENDMENTS).orElseThrow())));
    }

    /** Empty where it does not lie on the class path. */
    static Optional<PublishedStructure> find() {
        return Only.FOUND;
    }

    private PublishedStructure(ObjectNode document) {
        document.withObject("/components/schemas").remove("OutgoingWebhookData");
        schemas = document.withObject("/components/schemas");
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method ->
                                operations.add(operation(path.getKey(), method.getKey(), method.getValue()))));
        document.path("webhooks")
                .properties()
                .forEach(webhook -> webhooks.put(
                        webhook.getKey(), (ObjectNode) webhook.getValue().at(body("/post/requestBody"))));
        webhooks.forEach((type, content) -> schemas.set(webhookSchema(type), content.path("schema")));
        Strictness.close(schemas);
        ObjectNode whole = Json.object();
        whole.putObject("components").set("schemas", schemas);
        registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(ROOT, whole.toString())));
    }

    private static Optional<ObjectNode> load(String resource) {
        try (InputStream in = PublishedStructure.class.getResourceAsStream(resource)) {
            return in == null ? Optional.empty() : Json.parseObject(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String body(String where) {
        return where + "/content/application~1json";
    }

    private Operation operation(String path, String method, JsonNode operation) {
        String name = method + " " + path;
        Map<String, String> parameters = new HashMap<>();
        for (JsonNode parameter : operation.path("parameters")) {
            if (parameter.path("in").asText().equals("query")) {
                String key = parameter.path("name").asText();
                parameters.put(key, keep(name + " ?" + key, parameter.path("schema")));
            }
        }
        JsonNode request = operation.at(body("/requestBody") + "/schema");
        Map<Integer, Optional<String>> replies = new HashMap<>();
        operation.path("responses").properties().forEach(reply -> {
            JsonNode schema = reply.getValue().at(body("") + "/schema");
            replies.put(
                    Integer.valueOf(reply.getKey()),
                    schema.isMissingNode() ? Optional.empty() : Optional.of(keep(name + " " + reply.getKey(), schema)));
        });
        return new Operation(
                method.toUpperCase(java.util.Locale.ROOT),
                List.of(path.split("/", -1)),
                parameters,
                request.isMissingNode() ? null : keep(name + " asked", request),
                replies);
    }

    private static String webhookSchema(String type) {
        return "webhook." + type;
    }

    /** Puts it beside the named schemas, so that its references lead somewhere, and answers its name there. */
    private String keep(String name, JsonNode schema) {
        String plain = name.replaceAll("[^A-Za-z0-9]", ".");
        schemas.set(plain, schema);
        return plain;
    }

    Optional<Operation> operation(String method, String path) {
        List<String> segments = List.of(path.split("/", -1));
        return operations.stream()
                .filter(one -> one.method().equals(method) && one.likeness(segments) >= 0)
                .max(Comparator.comparingInt(one -> one.likeness(segments)));
    }

    List<String> parameterErrors(Operation operation, String name, String value) {
        @Nullable String schema = operation.parameters().get(name);
        if (schema == null) {
            return List.of("the parameter " + name + ", which is not published");
        }
        return errors(schema, typed(value)).stream()
                .map(error -> name + "=" + value + " " + error)
                .toList();
    }

    private static JsonNode typed(String value) {
        if (value.equals("true") || value.equals("false")) {
            return BooleanNode.valueOf(Boolean.parseBoolean(value));
        }
        return value.matches("-?\\d{1,18}") ? LongNode.valueOf(Long.parseLong(value)) : TextNode.valueOf(value);
    }

    /** What the webhook of this type has otherwise; {@code payload_type} is in examples alone. */
    List<String> webhookErrors(String type, ObjectNode envelope) {
        @Nullable ObjectNode published = webhooks.get(type);
        if (published == null) {
            return List.of("is not published");
        }
        ObjectNode checked = envelope.deepCopy();
        JsonNode payloadType = checked.path("data") instanceof ObjectNode data ? data.remove("payload_type") : null;
        JsonNode wanted = published.at("/example/data/payload_type");
        List<String> errors = new ArrayList<>(errors(webhookSchema(type), checked));
        if (!wanted.equals(payloadType)) {
            errors.add("payload_type is " + payloadType + " instead of " + wanted);
        }
        return errors;
    }

    /** What is wrong with a document, in words. */
    List<String> errors(String schemaName, JsonNode document) {
        Schema schema = compiled.computeIfAbsent(schemaName, this::compile);
        List<Error> errors = schema.validate(
                document.toString(),
                InputFormat.JSON,
                execution -> execution.executionConfig(config -> config.formatAssertionsEnabled(true)));
        return errors.stream()
                .map(error -> error.getInstanceLocation() + " " + error.getMessage() + " "
                        + Conformity.brief(
                                document.at(error.getInstanceLocation().toString())))
                .toList();
    }

    private Schema compile(String name) {
        return registry.getSchema(SchemaLocation.of(ROOT + "#/components/schemas/" + name));
    }
}
