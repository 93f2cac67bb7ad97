package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.openai.ModelRequest.Allowances;
import dev.tollgate.openai.ModelRequest.Feature;
import dev.tollgate.openai.ModelRequest.Parts;
import dev.tollgate.openai.ModelRequest.ScanLimits;
import dev.tollgate.openai.ModelRequest.ScanResult;
import io.netty.buffer.ByteBuf;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatRequestTest {

    private static final String TALK = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
    private static final ScanLimits LIMITS = new ScanLimits(32);
    private static final Allowances ALLOWANCES =
            new Allowances(Allowances.FRAMING_TOKENS, Allowances.IMAGE_TOKENS, 1_000_000);

    @Test
    void readsWhatTheGateNeeds() {
        ModelRequest request = scanned("{\"model\":\"gpt-6\"," + TALK
                + ",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"n\":3,\"max_completion_tokens\":1e2,"
                + "\"service_tier\":\"flex\",\"temperature\":0.5}");
        assertThat(request.model()).isEqualTo("gpt-6");
        assertThat(request.stream()).isTrue();
        assertThat(request.asksForUsage()).isTrue();
        assertThat(request.outputChoices()).isEqualTo(3);
        assertThat(request.outputCapTokens()).hasValue(100);
        assertThat(request.serviceTier()).isEqualTo("flex");
        assertThat(request.features()).isEmpty();
        assertThat(request.parts()).isEqualTo(new Parts(0, 0, 0, 0));
    }

    @Test
    void takesNullForAbsent() {
        ModelRequest request =
                scanned("{\"model\":\"m\"," + TALK + ",\"stream\":null,\"stream_options\":null,\"n\":null,"
                        + "\"max_tokens\":null,\"max_completion_tokens\":null,\"service_tier\":null,\"store\":null,\"audio\":null,"
                        + "\"tools\":null,\"modalities\":null,\"web_search_options\":null,\"prediction\":null}");
        assertThat(request.stream()).isFalse();
        assertThat(request.asksForUsage()).isFalse();
        assertThat(request.outputChoices()).isEqualTo(1);
        assertThat(request.outputCapTokens()).isEmpty();
        assertThat(request.features()).isEmpty();
    }

    @Test
    void recognisesEscapedNames() {
        ModelRequest request = scanned("{\"m\\u006fdel\":\"m\"," + TALK + ",\"str\\u0065am\":true,"
                + "\"stream_options\":{\"include\\u005fusage\":true},\"\\u006e\":7,\"m\\u0061x_tokens\":9}");
        assertThat(request.stream()).isTrue();
        assertThat(request.asksForUsage()).isTrue();
        assertThat(request.outputChoices()).isEqualTo(7);
        assertThat(request.outputCapTokens()).hasValue(9);
    }

    @Test
    void isNotFooledByTextOrNestedMembers() {
        ModelRequest request = scanned("{\"model\":\"m\",\"metadata\":{\"stream\":true,\"n\":9},"
                + "\"messages\":[{\"content\":\"\\\"stream\\\":true,\\\"n\\\":128\",\"n\":5}]}");
        assertThat(request.stream()).isFalse();
        assertThat(request.outputChoices()).isEqualTo(1);
    }

    @Test
    void acceptsEqualCapsAndAByteOrderMark() {
        ModelRequest request =
                scanned("\uFEFF {\"model\":\"m\",\"max_tokens\":5," + TALK + ",\"max_completion_tokens\":5.0} \n");
        assertThat(request.outputCapTokens()).hasValue(5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model:\"model\":\"b\"",
                "stream:\"stream\":false,\"stream\":true",
                "stream:\"stream\":false,\"str\\u0065am\":true",
                "stream:\"stream\":1",
                "stream:\"Stream\":true",
                "stream:\"\u017Ftream\":true",
                "max_tokens:\"MAX_TOKENS\":1",
                "max_tokens:\"max_to\u212Aens\":1",
                "messages:\"messages\":[]",
                "n:\"n\":0",
                "n:\"n\":129",
                "n:\"n\":1.5",
                "n:\"n\":\"3\"",
                "n:\"n\":1,\"n\":2",
                "max_tokens:\"max_tokens\":-1",
                "max_tokens:\"max_tokens\":0",
                "max_completion_tokens:\"max_completion_tokens\":0.0",
                "best_of:\"best_of\":129",
                "max_tokens:\"max_tokens\":1e400",
                "max_tokens:\"max_tokens\":1e-999999",
                "max_tokens:\"max_tokens\":2147483648",
                "max_tokens:\"max_tokens\":true",
                "max_tokens:\"max_tokens\":5,\"max_completion_tokens\":6",
                "stream_options:\"stream_options\":[]",
                "stream_options:\"stream_options\":{\"include_usage\":1}",
                "stream_options:\"stream_options\":{\"include_usage\":false,\"include_usage\":true}",
                "stream_options:\"stream_options\":{\"include_usage\":true,\"Include_Usage\":false}",
                "stream_options:\"stream_options\":{},\"stream_options\":{}",
                "store:\"store\":\"yes\"",
                "service_tier:\"service_tier\":{}",
            })
    void refusesWhatTwoReadersCouldReadDifferently(String paramAndMembers) {
        String param = paramAndMembers.substring(0, paramAndMembers.indexOf(':'));
        String members = paramAndMembers.substring(paramAndMembers.indexOf(':') + 1);
        ApiError error = rejected("{\"model\":\"m\"," + TALK + "," + members + "}");
        assertThat(error.status()).isEqualTo(400);
        assertThat(error.param()).isEqualTo(param);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "\"model\"",
                "{\"model\":\"m\",\"messages\":[]}{}",
                "{\"model\":\"m\",\"messages\":[]} x",
                "{\"model\":\"m\",\"messages\":[]",
                "{\"model\":\"m\",\"messages\":[],}",
                "{\"model\":\"m\",\"messages\":[\"\t\"]}",
                "{'model':'m','messages':[]}",
                "{\"model\":\"m\",\"messages\":[],\"x\":NaN}",
                "{\"model\":\"m\",\"messages\":[],\"x\":01}",
            })
    void refusesWhatIsNotOneJsonObject(String body) {
        assertThat(rejected(body).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({"model,'{\"messages\":[]}'", "messages,'{\"model\":\"m\"}'"})
    void refusesWhenSomethingRequiredIsMissing(String param, String body) {
        assertThat(rejected(body).param()).isEqualTo(param);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "null", "7", "\"a\\nb\"", "\" m\"", "\"m\\u2003\""})
    void refusesAModelThatIsNoName(String model) {
        assertThat(rejected("{\"model\":" + model + "," + TALK + "}").param()).isEqualTo("model");
    }

    @Test
    void refusesMessagesThatAreNoArray() {
        assertThat(rejected("{\"model\":\"m\",\"messages\":{}}").param()).isEqualTo("messages");
    }

    @Test
    void refusesIllFormedAndWideText() {
        byte[] overlong = ("{\"model\":\"m\",\"str??m\":1," + TALK + "}").getBytes(UTF_8);
        int at = new String(overlong, UTF_8).indexOf("??");
        overlong[at] = (byte) 0xC1;
        overlong[at + 1] = (byte) 0xA5;
        assertThat(rejected(overlong).message()).contains("UTF-8");
        assertThat(rejected(("{\"model\":\"m\"," + TALK + "}").getBytes(UTF_16LE))
                        .message())
                .contains("UTF-8");
    }

    @Test
    void refusesDeepNestingAnywhere() {
        int depth = LIMITS.depth();
        String within = "[".repeat(depth - 1) + "]".repeat(depth - 1);
        String beyond = "[".repeat(depth) + "]".repeat(depth);
        assertThat(scanned("{\"model\":\"m\"," + TALK + ",\"x\":" + within + "}")
                        .model())
                .isEqualTo("m");
        assertThat(rejected("{\"model\":\"m\"," + TALK + ",\"x\":" + beyond + "}")
                        .message())
                .contains("deeper");
        assertThat(rejected("{\"model\":\"m\",\"messages\":[{\"content\":[{\"type\":" + beyond + "}]}]}")
                        .message())
                .contains("deeper");
        assertThat(rejected("{\"model\":\"m\"," + TALK + ",\"x\":" + "[".repeat(500_000))
                        .message())
                .contains("deeper");
    }

    @Test
    void countsPartsThatAreMoreThanText() {
        ModelRequest request = scanned("{\"model\":\"m\",\"messages\":[{\"content\":["
                + "{\"type\":\"text\",\"text\":\"image_url\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://x\"}},"
                + "{\"type\":\"text\",\"text\":\"a\",\"image_url\":{}},{\"type\":\"input_audio\",\"input_audio\":{}},"
                + "{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}},{\"type\":\"video_url\"},{\"text\":\"untyped\"},"
                + "{\"type\":\"text\",\"Type\":\"file\"}]},{\"content\":null,\"audio\":{\"id\":\"audio_1\"}}]}");
        assertThat(request.parts()).isEqualTo(new Parts(2, 1, 2, 3));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"tools\":[{\"type\":\"function\",\"function\":{\"parameters\":{\"type\":\"x\"}}},{\"type\":\"custom\"}]|",
                "\"tools\":[{\"type\":\"web_search\"}]|HOSTED_TOOLS",
                "\"tools\":[{\"type\":\"function\",\"type\":\"mcp\"}]|HOSTED_TOOLS",
                "\"tools\":[{}]|HOSTED_TOOLS",
                "\"tools\":[[1]]|HOSTED_TOOLS",
                "\"plugins\":[]|HOSTED_TOOLS",
                "\"web_search_options\":{}|WEB_SEARCH",
                "\"prediction\":{\"type\":\"content\"}|PREDICTION",
                "\"modalities\":[\"text\"]|",
                "\"modalities\":[\"text\",\"audio\"]|NON_TEXT_OUTPUT",
                "\"audio\":{\"voice\":\"x\"}|NON_TEXT_OUTPUT",
                "\"store\":true|STORE",
                "\"store\":false|",
                "\"previous_response_id\":\"resp_1\"|STORED_INPUT",
                "\"models\":[\"a\",\"b\"]|OTHER_MODELS",
            })
    void noticesWhatTheTextDoesNotBound(String member, String feature) {
        ModelRequest request = scanned("{\"model\":\"m\"," + member + "," + TALK + "}");
        assertThat(request.features()).isEqualTo(feature == null ? Set.of() : Set.of(Feature.valueOf(feature)));
    }

    @Test
    void boundsThePromptByItsBytesAndAllowances() {
        String body = "{\"model\":\"m\",\"messages\":[{\"content\":[{\"type\":\"image_url\"},{\"type\":\"file\"}]}]}";
        assertThat(scanned(body).promptBoundTokens(ALLOWANCES)).isEqualTo(body.length() + 64 + 48_169 + 1_000_000);
    }

    @Test
    void leavesTheBodyAsItWas() {
        ByteBuf body = Feeding.piece(("{\"model\":\"m\"," + TALK + "}").getBytes(UTF_8), 0, 40, false);
        ModelRequest.scan(ModelRequest.Kind.CHAT, body, LIMITS);
        assertThat(body.readerIndex()).isEqualTo(3);
        assertThat(body.refCnt()).isEqualTo(1);
        body.release();
    }

    @Test
    void refusesToRewriteAnotherBody() {
        ModelRequest request = scanned("{\"model\":\"m\"," + TALK + "}");
        ByteBuf other = Feeding.piece(new byte[2], 0, 2, true);
        assertThatThrownBy(() ->
                        request.rewrite(other, new ModelRequest.Rewrite(true, null, ModelRequest.CapMember.MAX_TOKENS)))
                .isInstanceOf(IllegalArgumentException.class);
        other.release();
    }

    private static ModelRequest scanned(String body) {
        ScanResult result = scan(body.getBytes(UTF_8));
        assertThat(result).isInstanceOf(ScanResult.Scanned.class);
        return ((ScanResult.Scanned) result).request();
    }

    private static ApiError rejected(String body) {
        return rejected(body.getBytes(UTF_8));
    }

    private static ApiError rejected(byte[] body) {
        ScanResult result = scan(body);
        assertThat(result).isInstanceOf(ScanResult.Rejected.class);
        return ((ScanResult.Rejected) result).error();
    }

    /** Scans the body in a heap and in a direct buffer, which must agree. */
    private static ScanResult scan(byte[] body) {
        ByteBuf heap = Feeding.piece(body, 0, body.length, true);
        ByteBuf direct = Feeding.piece(body, 0, body.length, false);
        ScanResult result = ModelRequest.scan(ModelRequest.Kind.CHAT, heap, LIMITS);
        assertThat(ModelRequest.scan(ModelRequest.Kind.CHAT, direct, LIMITS)).isEqualTo(result);
        heap.release();
        direct.release();
        return result;
    }
}
