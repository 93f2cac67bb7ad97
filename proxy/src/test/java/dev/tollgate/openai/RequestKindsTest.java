package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.openai.ModelRequest.Allowances;
import dev.tollgate.openai.ModelRequest.CapMember;
import dev.tollgate.openai.ModelRequest.Feature;
import dev.tollgate.openai.ModelRequest.Kind;
import dev.tollgate.openai.ModelRequest.Rewrite;
import dev.tollgate.openai.ModelRequest.ScanLimits;
import dev.tollgate.openai.ModelRequest.ScanResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gate reads in the bodies of routes other than chat, and what it adds to them. */
class RequestKindsTest {
    private static final String MODEL = "\"model\":\"m\"";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{#M,'input':'hi'}                    | {'store':false,#M,'input':'hi'}",
                "{#M, 'store' : true }                | {#M, 'store' : false }",
                "{#M,'store':null,'input':[]}         | {#M,'store':false,'input':[]}",
                "{'store':false,#M}                   | {'store':false,#M}",
                "{#M,'metadata':{'store':true}}       | {'store':false,#M,'metadata':{'store':true}}",
                "{#M,'stream':true,'stream_options':{'include_obfuscation':false}}"
                        + "|{'store':false,#M,'stream':true,'stream_options':{'include_obfuscation':false}}"
            })
    void aResponseIsNeverStored(String before, String after) {
        assertThat(rewritten(Kind.RESPONSES, json(before), new Rewrite(false, null, CapMember.MAX_OUTPUT_TOKENS)))
                .isEqualTo(json(after));
    }

    @Test
    void aCapOfAResponseHasItsOwnName() {
        Rewrite rewrite = new Rewrite(false, 50L, CapMember.MAX_OUTPUT_TOKENS);

        assertThat(rewritten(Kind.RESPONSES, json("{#M}"), rewrite))
                .isEqualTo(json("{'store':false,'max_output_tokens':50,#M}"));
        assertThat(rewritten(Kind.RESPONSES, json("{#M,'max_output_tokens':900,'store':false}"), rewrite))
                .isEqualTo(json("{#M,'max_output_tokens':50,'store':false}"));
        assertThat(rewritten(Kind.RESPONSES, json("{#M,'max_output_tokens':null,'store':false}"), rewrite))
                .isEqualTo(json("{#M,'max_output_tokens':50,'store':false}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{#M,'previous_response_id':'r'}                               | STORED_INPUT",
                "{#M,'conversation':{'id':'c'}}                                | STORED_INPUT",
                "{#M,'prompt':{'id':'p'}}                                      | STORED_INPUT",
                "{#M,'input':[{'type':'item_reference','id':'x'}]}             | STORED_INPUT",
                "{#M,'input':[{'id':'x'}]}                                     | STORED_INPUT",
                "{#M,'input':[{'role':'user','content':[{'type':'input_image','file_id':'f'}]}]} | STORED_INPUT",
                "{#M,'input':[{'type':'computer_call_output','output':{'type':'computer_screenshot','file_id':'f'}}]}"
                        + "| STORED_INPUT",
                "{#M,'input':[{'type':'x','deep':[{'FILE_ID':'f'}]}]}          | STORED_INPUT",
                "{#M,'background':true}                                        | BACKGROUND",
                "{#M,'multi_agent':{'enabled':true}}                           | SEVERAL_AGENTS",
                "{#M,'context_management':[{'type':'compaction'}]}             | COMPACTION",
                "{#M,'input':[{'type':'compaction_trigger'}]}                  | COMPACTION",
                "{#M,'tools':[{'type':'file_search'}]}                         | HOSTED_TOOLS",
                "{#M,'tools':[{'type':'image_generation'}]}                    | HOSTED_TOOLS",
                "{#M,'tools':[{'type':'function'},{'type':'shell'}]}           | HOSTED_TOOLS",
                "{#M,'input':[{'type':'tool_search_output','tools':[]}]}       | HOSTED_TOOLS"
            })
    void seesWhatAResponseCannotBeBoundedBy(String body, Feature feature) {
        assertThat(scanned(Kind.RESPONSES, json(body)).features()).containsExactly(feature);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{#M,'previous_response_id':null,'conversation':null,'prompt':null,'background':false}",
                "{#M,'tools':[{'type':'function','name':'f'},{'type':'custom'},{'type':'local_shell'}]}",
                "{#M,'input':[{'role':'user','content':'hi'},{'type':'reasoning','id':'r','encrypted_content':'x'}]}",
                "{#M,'input':[{'type':'function_call','id':'f','arguments':'{}'},"
                        + "{'type':'function_call_output','call_id':'c','output':'file_id'}]}",
                "{#M,'input':[{'role':'user','content':[{'type':'input_image','file_id':null,'image_url':'d'}]}]}"
            })
    void aResponseWithItsWholeInputIsBounded(String body) {
        assertThat(scanned(Kind.RESPONSES, json(body)).features()).isEmpty();
    }

    @Test
    void imagesAndFilesOfAResponseAreCounted() {
        ModelRequest request = scanned(
                Kind.RESPONSES,
                json("{#M,'input':[{'role':'user','content':[{'type':'input_text','text':'a'},"
                        + "{'type':'input_image','image_url':'x'},{'type':'input_file','file_url':'y'}]},"
                        + "{'type':'function_call_output','output':[{'type':'input_image','image_url':'z'}]},"
                        + "{'type':'image_generation_call','result':'q'},{'type':'something_new'}]}"));

        assertThat(request.parts().images()).isEqualTo(3);
        assertThat(request.parts().files()).isEqualTo(1);
        assertThat(request.parts().others()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"hi\"                     | 1",
                "['a','b','c']              | 3",
                "[1,2,3]                    | 1",
                "[[1,2],[3]]                | 2",
                "[]                         | 1",
                "null                       | 1"
            })
    void everyPromptOfACompletionIsAnswered(String prompt, int prompts) {
        ModelRequest request =
                scanned(Kind.COMPLETIONS, json("{#M,'n':2,'best_of':3,'max_tokens':7,'prompt':" + prompt + "}"));

        assertThat(request.outputChoices()).isEqualTo(3 * prompts);
        assertThat(request.outputCapTokens()).hasValue(7);
    }

    @Test
    void anEchoCostsThePromptOnceMoreForEachChoice() {
        String plain = json("{#M,'prompt':'p','n':2,'echo':false}");
        Allowances allowances = new Allowances(0, 0, 0);

        assertThat(scanned(Kind.COMPLETIONS, plain).promptBoundTokens(allowances))
                .isEqualTo(plain.length());
        assertThat(scanned(Kind.COMPLETIONS, plain.replace("false", "true")).promptBoundTokens(allowances))
                .isEqualTo(3L * (plain.length() - 1));
    }

    @Test
    void aCompletionWithoutAnyTokenMustEchoItsPrompt() {
        assertThat(scanned(Kind.COMPLETIONS, json("{#M,'prompt':'a','max_tokens':0,'echo':true}"))
                        .outputCapTokens())
                .hasValue(0);
        assertThat(scan(Kind.COMPLETIONS, json("{#M,'prompt':'a','max_tokens':0}")))
                .isInstanceOf(ScanResult.Rejected.class);
    }

    @Test
    void whatIsEmbeddedBesideTextIsCounted() {
        assertThat(scanned(Kind.EMBEDDINGS, json("{#M,'input':{'image':'https://x'}}"))
                        .parts()
                        .others())
                .isEqualTo(1);
    }

    @Test
    void theDefaultCapOfACompletionIsMadeExplicit() {
        Rewrite nothing = new Rewrite(false, null, CapMember.MAX_TOKENS);

        assertThat(scanned(Kind.COMPLETIONS, json("{#M,'prompt':'p'}")).outputCapTokens())
                .hasValue(16);
        assertThat(rewritten(Kind.COMPLETIONS, json("{#M,'prompt':'p'}"), nothing))
                .isEqualTo(json("{'max_tokens':16,#M,'prompt':'p'}"));
        assertThat(rewritten(Kind.COMPLETIONS, json("{#M,'prompt':'p','max_tokens':null}"), nothing))
                .isEqualTo(json("{#M,'prompt':'p','max_tokens':16}"));
        assertThat(rewritten(Kind.COMPLETIONS, json("{#M,'prompt':'p','max_tokens':3}"), nothing))
                .isEqualTo(json("{#M,'prompt':'p','max_tokens':3}"));
    }

    @Test
    void anEmbeddingHasNoOutput() {
        ModelRequest request = scanned(Kind.EMBEDDINGS, json("{#M,'input':[[1,2],[3]]}"));

        assertThat(request.outputCapTokens()).hasValue(0);
        assertThat(request.outputChoices()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"1024x1024, 8834", "1536x1024, 12995", "auto, 66340", "9x9, 66340"})
    void anImageIsBoundedByItsPixels(String size, long tokens) {
        ModelRequest request =
                scanned(Kind.IMAGES, json("{'model':'gpt-image-1','prompt':'p','n':4,'size':'" + size + "'}"));

        assertThat(request.outputCapTokens()).hasValue(tokens);
        assertThat(request.outputChoices()).isEqualTo(4);
        assertThat(request.reportsUsage()).isTrue();
    }

    @Test
    void anImageWithoutAModelIsMadeByOneThatReportsNothing() {
        ModelRequest request = scanned(Kind.IMAGES, json("{'prompt':'p'}"));

        assertThat(request.model()).isEqualTo("dall-e-2");
        assertThat(request.reportsUsage()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"'sse', true", "'audio', false", "null, false"})
    void onlySpeechInEventsReportsItsUsage(String format, boolean reports) {
        String value = format.equals("null") ? "null" : "'" + format + "'";
        ModelRequest request =
                scanned(Kind.SPEECH, json("{#M,'input':'hello','voice':'v','stream_format':" + value + "}"));

        assertThat(request.reportsUsage()).isEqualTo(reports);
        assertThat(request.outputCapTokens()).hasValue(16L * request.bodyBytes());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void everyKindRefusesAModelThatTwoReadersCouldSeeDifferently(Kind kind) {
        String rest = ",'messages':[],'input':'i','prompt':null}";
        for (String model : new String[] {"{#M,#M", "{#M,'MODEL':'n'", "{#M,'m\\u006fdel':'n'", "{'model':7"}) {
            assertThat(scan(kind, json(model + rest))).as(model).isInstanceOf(ScanResult.Rejected.class);
        }
        assertThat(scan(kind, json("{#M" + rest) + "{}")).isInstanceOf(ScanResult.Rejected.class);
    }

    private static String json(String text) {
        return text.trim().replace('\'', '"').replace("#M", MODEL);
    }

    private static ModelRequest scanned(Kind kind, String body) {
        ScanResult result = scan(kind, body);
        assertThat(result).as(body).isInstanceOf(ScanResult.Scanned.class);
        return ((ScanResult.Scanned) result).request();
    }

    private static ScanResult scan(Kind kind, String body) {
        return ModelRequest.scan(kind, Unpooled.copiedBuffer(body, UTF_8), new ScanLimits(32));
    }

    private static String rewritten(Kind kind, String body, Rewrite rewrite) {
        ByteBuf bytes = Unpooled.copiedBuffer(body, UTF_8);
        ByteBuf result = scanned(kind, body).rewrite(bytes, rewrite);
        String text = result.toString(UTF_8);
        result.release();
        bytes.release();
        return text;
    }
}
