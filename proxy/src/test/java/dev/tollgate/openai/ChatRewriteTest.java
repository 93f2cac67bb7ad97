package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.openai.ModelRequest.CapMember;
import dev.tollgate.openai.ModelRequest.Rewrite;
import dev.tollgate.openai.ModelRequest.ScanLimits;
import dev.tollgate.openai.ModelRequest.ScanResult;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatRewriteTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REST = "\"model\":\"m\",\"messages\":[ ]";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{#R}|{\"stream_options\":{\"include_usage\":true},\"max_completion_tokens\":50,#R}",
                "{ #R,\"stream_options\": null }|{\"max_completion_tokens\":50, #R,\"stream_options\": {\"include_usage\":true} }",
                "{\"stream_options\":{ },#R}|{\"max_completion_tokens\":50,\"stream_options\":{\"include_usage\":true },#R}",
                "{\"stream_options\":{\"a\":1},#R}|{\"max_completion_tokens\":50,\"stream_options\":{\"include_usage\":true,\"a\":1},#R}",
                "{\"stream_options\":{\"include_usage\":false},#R}|{\"max_completion_tokens\":50,\"stream_options\":{\"include_usage\":true},#R}",
                "{\"stream_options\":{\"include_usage\":null },#R}|{\"max_completion_tokens\":50,\"stream_options\":{\"include_usage\":true },#R}",
                "{\"stream_options\":{\"include_usage\":true},#R}|{\"max_completion_tokens\":50,\"stream_options\":{\"include_usage\":true},#R}",
                "{\"max_completion_tokens\":null,#R}|{\"stream_options\":{\"include_usage\":true},\"max_completion_tokens\":50,#R}",
                "{#R,\"max_completion_tokens\":1e2}|{\"stream_options\":{\"include_usage\":true},#R,\"max_completion_tokens\":50}",
                "{#R,\"max_tokens\":90}|{\"stream_options\":{\"include_usage\":true},#R,\"max_tokens\":50}",
                "{#R,\"max_tokens\":null}|{\"stream_options\":{\"include_usage\":true},\"max_completion_tokens\":50,#R,\"max_tokens\":null}",
                "{\"max_completion_tokens\":90,#R,\"max_tokens\":9e1}|{\"stream_options\":{\"include_usage\":true},\"max_completion_tokens\":50,#R,\"max_tokens\":50}",
                "{\"max_completion_tokens\":null,#R,\"max_tokens\":9}|{\"stream_options\":{\"include_usage\":true},\"max_completion_tokens\":null,#R,\"max_tokens\":50}",
            })
    void changesOnlyWhatItMust(String before, String after) {
        String body = before.replace("#R", REST);
        String rewritten = rewrite(body, new Rewrite(true, 50L, CapMember.MAX_COMPLETION_TOKENS));
        assertThat(rewritten).isEqualTo(after.replace("#R", REST));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\uFEFF", " \r\n"})
    void leavesABodyAloneThatNeedsNoChange(String before) {
        String body = before + "{" + REST + ",\"stream_options\":{\"include_usage\":true}}";
        assertThat(rewrite(body, new Rewrite(true, null, CapMember.MAX_TOKENS))).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void keepsEveryOtherByteOfRandomBodies(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            String body = randomBody(random);
            CapMember member = random.nextBoolean() ? CapMember.MAX_TOKENS : CapMember.MAX_COMPLETION_TOKENS;
            Long cap = random.nextBoolean() ? Long.valueOf(1 + random.nextInt(100_000)) : null;
            Rewrite rewrite = new Rewrite(random.nextBoolean(), cap, member);
            String rewritten = rewrite(body, rewrite);
            String context = "seed " + seed + ", body " + body;
            assertThat(tree(rewritten)).as(context).isEqualTo(expected(body, rewrite));
            assertThat(isSubsequence(keptPart(body), rewritten)).as(context).isTrue();
            assertThat(rewritten.length() - body.length()).as(context).isLessThanOrEqualTo(80);
        }
    }

    private static JsonNode tree(String body) throws IOException {
        return JSON.readTree(body.getBytes(UTF_8));
    }

    private static ObjectNode expected(String body, Rewrite rewrite) throws IOException {
        ObjectNode tree = (ObjectNode) tree(body);
        if (rewrite.askForUsage()) {
            ObjectNode options =
                    tree.get("stream_options") instanceof ObjectNode object ? object : tree.putObject("stream_options");
            options.put("include_usage", true);
        }
        if (rewrite.capTokens() != null) {
            List<String> caps = Stream.of("max_tokens", "max_completion_tokens")
                    .filter(name -> tree.path(name).isNumber())
                    .toList();
            (caps.isEmpty() ? List.of(rewrite.capMember().memberName) : caps)
                    .forEach(name -> tree.put(name, rewrite.capTokens().intValue()));
        }
        return tree;
    }

    /** Whether {@code shorter} is what is left of {@code longer} when some bytes are taken out. */
    private static boolean isSubsequence(String shorter, String longer) {
        int matched = 0;
        for (int i = 0; i < longer.length() && matched < shorter.length(); i++) {
            matched += longer.charAt(i) == shorter.charAt(matched) ? 1 : 0;
        }
        return matched == shorter.length();
    }

    /** A body without the values that a rewrite may replace. */
    private static String keptPart(String body) {
        return body.replaceAll("(\"include_usage\"\\s*:\\s*)(false|null)", "$1")
                .replaceAll("(\"stream_options\"\\s*:\\s*)null", "$1")
                .replaceAll("(\"max(_completion)?_tokens\"\\s*:\\s*)[0-9a-z.]+", "$1");
    }

    private static String randomBody(Random random) {
        List<String> members = new ArrayList<>();
        members.add(member(random, "model", "\"gpt-" + random.nextInt(9) + "\""));
        members.add(member(random, "messages", "[{\"role\":\"user\",\"content\":" + randomText(random) + "}]"));
        addSometimes(random, members, "temperature", "0." + random.nextInt(10) + "0");
        addSometimes(random, members, "metadata", "{\"a\":[1, 2,{\"max_tokens_\":3}]}");
        addSometimes(random, members, "stream", random.nextBoolean() ? "true" : "null");
        addSometimes(random, members, "max_tokens", pick(random, "null", "7", "7.0"));
        if (random.nextInt(4) == 0) {
            members.add(member(random, "max_completion_tokens", pick(random, "null", "7")));
        }
        addSometimes(random, members, "stream_options", randomOptions(random));
        Collections.shuffle(members, random);
        return pick(random, "", "\uFEFF") + blank(random) + "{" + blank(random) + String.join(",", members)
                + blank(random) + "}";
    }

    private static String randomOptions(Random random) {
        String usage =
                "\"include_usage\"" + blank(random) + ":" + blank(random) + pick(random, "true", "false", "null");
        return pick(
                random,
                "null",
                "{" + blank(random) + "}",
                "{" + blank(random) + usage + blank(random) + "}",
                "{\"include_obfuscation\":false," + usage + "}",
                "{\"include_obfuscation\":true}");
    }

    private static String randomText(Random random) {
        return pick(
                random,
                "\"Grüß 👋\"",
                "\"\\u00fc \\\"max\\\" {\"",
                "\"" + "x".repeat(random.nextInt(400)) + "\"",
                "null");
    }

    private static void addSometimes(Random random, List<String> members, String name, String value) {
        if (random.nextBoolean()) {
            members.add(member(random, name, value));
        }
    }

    private static String member(Random random, String name, String value) {
        return blank(random) + "\"" + name + "\"" + blank(random) + ":" + blank(random) + value + blank(random);
    }

    private static String blank(Random random) {
        return pick(random, "", "", " ", "\n\t");
    }

    private static String pick(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static String rewrite(String text, Rewrite rewrite) {
        byte[] bytes = text.getBytes(UTF_8);
        ByteBuf body = Feeding.piece(bytes, 0, bytes.length, text.length() % 2 == 0);
        ScanResult result = ModelRequest.scan(ModelRequest.Kind.CHAT, body, new ScanLimits(32));
        assertThat(result).as(text).isInstanceOf(ScanResult.Scanned.class);
        ByteBuf rewritten = ((ScanResult.Scanned) result).request().rewrite(body, rewrite);
        assertThat(body.refCnt()).isGreaterThan(1);
        body.release();
        String read = rewritten.toString(UTF_8);
        rewritten.release();
        assertThat(body.refCnt()).isZero();
        return read;
    }
}
