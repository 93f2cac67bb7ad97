package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.openai.Feeding.Outcome;
import dev.tollgate.openai.ResponseReader.Mode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares what the scanner makes of random events with what a tree parser makes of them. */
class RandomEventTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] TRICKY = {
        "\"\"",
        "\"\\\\\"",
        "\"\\\"usage\\\":{\\\"total_tokens\\\":999}\"",
        "\"}]\"",
        "\"{[,:\"",
        "\"\\ud83d\\ude00é\"",
        "\"\\u0022\"",
        "-1.5e+3",
        "0",
        "true",
        "null",
        "[]",
        "{}",
        "[[],{\"usage\":1}]",
        "{\"usage\":{\"total_tokens\":999}}",
        "{\"a\":[1,\"usage\",null]}",
    };

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void agreesWithATreeParser(long seed) throws JsonProcessingException {
        Random random = new Random(seed);
        for (int i = 0; i < 3000; i++) {
            String json = randomEvent(random);
            byte[] stream = ("data: " + json + "\n\n").getBytes(UTF_8);
            Outcome outcome =
                    Feeding.cutAt(() -> ResponseReader.ofStream(Mode.EDIT), stream, random.nextInt(stream.length));
            String context = "seed " + seed + ", event " + json;
            requireAgreement(context, (ObjectNode) JSON.readTree(json), outcome);
        }
    }

    private static void requireAgreement(String context, ObjectNode tree, Outcome outcome)
            throws JsonProcessingException {
        JsonNode usage = tree.remove("usage");
        boolean dropped =
                usage != null && !usage.isNull() && tree.path("choices").isEmpty() && !keeps(tree);
        assertThat(outcome.forwarded().isEmpty()).as(context).isEqualTo(dropped);
        if (!dropped) {
            assertThat(outcome.forwarded()).as(context).startsWith("data: ").endsWith("\n\n");
            assertThat(JSON.readTree(outcome.forwarded().substring(6)))
                    .as(context)
                    .isEqualTo(tree);
        }
        boolean known = usage != null && usage.path("total_tokens").asLong() > 0;
        assertThat(outcome.usage().map(Usage::totalTokens).orElse(0L))
                .as(context)
                .isEqualTo(known ? usage.path("total_tokens").asLong() : 0L);
        assertThat(outcome.error()).as(context).isEqualTo(tree.hasNonNull("error"));
        assertThat(outcome.progress().tokens()).as(context).isEqualTo(textTokens(tree.path("choices")));
    }

    private static boolean keeps(ObjectNode tree) {
        return tree.hasNonNull("error") || tree.hasNonNull("moderation");
    }

    private static long textTokens(JsonNode choices) {
        long tokens = 0;
        for (JsonNode choice : choices) {
            tokens += TokenCount.of(
                    choice.path("delta").path("content").isTextual()
                            ? choice.path("delta").path("content").textValue()
                            : "");
        }
        return tokens;
    }

    private static String randomEvent(Random random) {
        List<String> members = new ArrayList<>();
        addSometimes(random, members, "usage", randomUsage(random));
        addSometimes(random, members, "choices", randomChoices(random));
        addSometimes(random, members, "error", pick(random, "null", "\"no\"", "{\"message\":\"usage\"}"));
        addSometimes(random, members, "moderation", pick(random, "null", "{}"));
        addSometimes(random, members, "id", pick(random, TRICKY));
        addSometimes(random, members, "us", pick(random, TRICKY));
        addSometimes(random, members, "\\\"usage", pick(random, TRICKY));
        Collections.shuffle(members, random);
        return "{" + blank(random) + String.join(blank(random) + "," + blank(random), members) + "}";
    }

    private static String randomUsage(Random random) {
        return pick(
                random,
                "null",
                "null",
                "{\"total_tokens\":" + random.nextInt(3) + "}",
                "{ \"x\" : " + pick(random, TRICKY) + ",\"total_tokens\":" + (1 + random.nextInt(90)) + "}");
    }

    private static String randomChoices(Random random) {
        String delta = "{" + blank(random) + "\"delta\":{\"content\"" + blank(random) + ":" + pick(random, TRICKY)
                + "},\"index\":0," + "\"usage\":" + pick(random, TRICKY) + "}";
        return pick(
                random, "[]", "[" + blank(random) + "]", "null", "[" + delta + "]", "[" + delta + "," + delta + "]");
    }

    private static void addSometimes(Random random, List<String> members, String name, String value) {
        if (random.nextBoolean()) {
            members.add("\"" + name + "\"" + blank(random) + ":" + blank(random) + value + blank(random));
        }
    }

    private static String blank(Random random) {
        return pick(random, "", "", "", " ", "\t");
    }

    private static String pick(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
