package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Loading.ENVIRONMENT;
import static dev.tollgate.app.settings.Loading.load;
import static dev.tollgate.app.settings.Loading.loaded;
import static dev.tollgate.app.settings.Loading.problems;
import static dev.tollgate.app.settings.Loading.shipped;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.tollgate.app.settings.SettingsLoader.Loaded;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The published schema says what the program does. JSON is YAML, so documents are built as JSON here. */
class SettingsSchemaTest {
    private static final String UNKNOWN = "wxyzwxyzwxyzwxyz";
    private static final JsonNode SCHEMA = parse(shipped("tollgate.schema.json"));
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** One object of the schema, and how a document looks that holds a given value there. */
    record SchemaObject(String name, JsonNode schema, UnaryOperator<JsonNode> inDocument) {
        @Override
        public String toString() {
            return name;
        }

        JsonNode properties() {
            return schema.get("properties");
        }

        String document(String key, JsonNode value) {
            return inDocument.apply(sample().set(key, value)).toString();
        }

        /** The object with what it cannot do without. */
        ObjectNode sample() {
            ObjectNode sample = JSON.objectNode();
            switch (name) {
                case "upstreams[0]" ->
                    sample.put("name", "a").put("base_url", "https://a").put("api_key", "k");
                case "keys[0]" -> sample.put("key", "0123456789abcdef-").put("customer", "cus_1");
                case "routes[0]" -> sample.put("path", "/rerank").put("policy", "flat");
                default -> {}
            }
            return sample;
        }
    }

    static Stream<SchemaObject> objects() {
        return objects("", SCHEMA, document -> document);
    }

    private static Stream<SchemaObject> objects(String name, JsonNode schema, UnaryOperator<JsonNode> around) {
        if (schema.path("type").toString().contains("array")) {
            return objects(
                    name + "[0]",
                    schema.get("items"),
                    item -> around.apply(JSON.arrayNode().add(item)));
        }
        if (schema.path("additionalProperties").isObject()) {
            return objects(
                    name + ".some",
                    schema.get("additionalProperties"),
                    value -> around.apply(JSON.objectNode().set("some", value)));
        }
        if (!schema.has("properties")) {
            return Stream.of();
        }
        assertThat(schema.get("additionalProperties")).as(name).isEqualTo(JSON.booleanNode(false));
        Stream<SchemaObject> within = schema.get("properties").properties().stream()
                .flatMap(property -> objects(
                        name.isEmpty() ? property.getKey() : name + "." + property.getKey(),
                        property.getValue(),
                        value -> around.apply(JSON.objectNode().set(property.getKey(), value))));
        return Stream.concat(Stream.of(new SchemaObject(name, schema, around)), within);
    }

    @Test
    void theShippedFileFollowsTheSchemaAndLoads() {
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(shipped("tollgate.schema.json"))
                        .validate(shipped("tollgate.yaml"), InputFormat.YAML))
                .isEmpty();
        assertThat(loaded(load(shipped("tollgate.yaml"))).warnings()).isEmpty();
    }

    @Test
    void theSchemaRefusesWhatTheProgramRefuses() {
        var schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(shipped("tollgate.schema.json"));
        for (String yaml : List.of(
                "serve: {}",
                "server: { drain: 30 }",
                "server: { drain: 30x }",
                "server: { event_loops: 1.5 }",
                "limits: { body: 10MB }",
                "dodo: { webhook_keys: [] }",
                "upstreams: [ { name: a } ]",
                "plans: { a: { overage: maybe } }",
                "keys: [ { customer: c } ]",
                "routes: [ { path: /v1/embeddings, policy: free } ]",
                "routes: [ { path: rerank, policy: free } ]",
                "routes: [ { path: /rerank, policy: charge } ]",
                "routes: [ { path: /rerank, policy: flat, units: 0 } ]",
                "routes: [ { path: /rerank, method: PUT, policy: free } ]",
                "routes: [ { path: /rerank } ]",
                "keys: [ { hash: 'sha256:abc', customer: c } ]")) {
            assertThat(schema.validate(yaml, InputFormat.YAML)).as(yaml).isNotEmpty();
            assertThat(problems(yaml)).as(yaml).isNotEmpty();
        }
    }

    @Test
    void theShippedFileSaysWhatTheDefaultsAre() {
        String keys = shipped("tollgate.yaml").replaceFirst("(?s)^.*\nkeys:", "keys:");

        assertThat(loaded(load(shipped("tollgate.yaml"))).settings())
                .isEqualTo(loaded(load(keys)).settings());
    }

    @ParameterizedTest
    @MethodSource("objects")
    void schemaAndProgramKnowTheSameKeys(SchemaObject object) {
        String known = problems(object.document(UNKNOWN, JSON.numberNode(1))).stream()
                .filter(problem -> problem.contains(UNKNOWN))
                .findFirst()
                .orElseThrow()
                .replaceFirst("^.*known here: ", "");
        TreeSet<String> names = new TreeSet<>();
        object.properties().fieldNames().forEachRemaining(names::add);

        assertThat(new TreeSet<>(List.of(known.split(", ")))).isEqualTo(names);
    }

    @ParameterizedTest
    @MethodSource("objects")
    void schemaAndProgramRequireTheSameKeys(SchemaObject object) {
        TreeSet<String> required = new TreeSet<>();
        object.schema().path("required").forEach(name -> required.add(name.asText()));
        for (String name : required) {
            ObjectNode without = object.sample();
            without.remove(name);
            assertThat(problems(object.inDocument().apply(without).toString()))
                    .anySatisfy(problem -> assertThat(problem).contains(object.name() + "." + name + ": is required"));
        }
        assertThat(load(object.inDocument().apply(object.sample()).toString())).isInstanceOf(Loaded.class);
    }

    @ParameterizedTest
    @MethodSource("objects")
    void everyDefaultOfTheSchemaIsTheProgramsDefault(SchemaObject object) {
        Map<String, String> everything = new HashMap<>(ENVIRONMENT);
        everything.putAll(Map.of(
                "BASE_URL", "https://base.example.com",
                "DODO_ENVIRONMENT", "live_mode",
                "DODO_PAYMENTS_BASE_URL", "https://dodo.example.com",
                "CREDIT_ENTITLEMENT_ID", "cde_1"));
        String without = object.inDocument().apply(object.sample()).toString();

        defaults(object).forEach((key, value) -> {
            String with = object.sample().has(key) ? without : object.document(key, value);
            for (Map<String, String> environment : List.of(ENVIRONMENT, everything)) {
                assertThat(loaded(load(with, environment)).settings())
                        .as(object.name() + "." + key)
                        .isEqualTo(loaded(load(without, environment)).settings());
            }
        });
    }

    @ParameterizedTest
    @MethodSource("objects")
    void theBoundsOfTheSchemaAreTheProgramsBounds(SchemaObject object) {
        object.properties().properties().forEach(property -> {
            JsonNode bounds = property.getValue().findParent("minimum");
            if (bounds != null && property.getValue().has("anyOf")) {
                long least = bounds.get("minimum").asLong();
                long most = bounds.get("maximum").asLong();
                String key = property.getKey();
                assertThat(load(object.document(key, JSON.numberNode(least)))).isInstanceOf(Loaded.class);
                assertThat(load(object.document(key, JSON.numberNode(most)))).isInstanceOf(Loaded.class);
                assertThat(problems(object.document(key, JSON.numberNode(least - 1))))
                        .hasSize(1);
                assertThat(problems(object.document(key, JSON.numberNode(most + 1))))
                        .hasSize(1);
            }
        });
    }

    /** Everything in the schema's object that is neither required nor made of further objects. */
    private static Map<String, JsonNode> defaults(SchemaObject object) {
        List<String> required = object.schema()
                .path("required")
                .valueStream()
                .map(JsonNode::asText)
                .toList();
        Map<String, JsonNode> defaults = new TreeMap<>();
        object.properties().properties().forEach(property -> {
            JsonNode schema = property.getValue();
            assertThat(schema.path("description").asText())
                    .as(property.getKey())
                    .isNotBlank();
            boolean nested = schema.has("properties") || schema.has("additionalProperties") || holdsObjects(schema);
            if (!nested && !required.contains(property.getKey())) {
                assertThat(schema.has("default"))
                        .as(object.name() + "." + property.getKey())
                        .isTrue();
                defaults.put(property.getKey(), schema.get("default"));
            }
        });
        return defaults;
    }

    private static boolean holdsObjects(JsonNode schema) {
        return schema.path("items").has("properties");
    }

    private static JsonNode parse(String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
