package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.errors.PermissionDeniedException;
import com.openai.models.audio.AudioResponseFormat;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.audio.translations.TranslationCreateParams;
import com.openai.models.images.ImageCreateVariationParams;
import com.openai.models.images.ImageGenerateParams;
import dev.tollgate.sandbox.openai.Script;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What is charged where no tokens are reported: seconds of audio, characters of speech, images, and calls. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SoldByThePieceTest {
    private static final int RECORDING_BYTES = 16_000 * 7;

    private Path file;
    private Stand stand;
    private Stand weighted;
    private OpenAIClient client;
    private OpenAIClient weightedClient;

    @BeforeAll
    void start(@TempDir Path folder, @TempDir Path other) throws Exception {
        stand = Stand.start(folder, 10_000_000);
        client = stand.client(Stand.KEY, 0);
        file = Files.write(folder.resolve("a.mp3"), new byte[RECORDING_BYTES]);
        Path weights = Files.writeString(other.resolve("weights.yaml"), """
                version: pieces
                default: { input: 0, output: 0, character: 0, audio_second: 0 }
                models:
                  whisper-1: { audio_second: 100 }
                  dall-e-2: { image: 20000 }
                  tts-1: { character: 15.5 }
                """);
        weighted = Stand.start(other, 10_000_000, "weights: \"" + weights + "\"\n");
        weightedClient = weighted.client(Stand.KEY, 0);
    }

    @AfterAll
    void close() {
        client.close();
        weightedClient.close();
        stand.assertBooksAgree();
        stand.close();
        weighted.close();
    }

    @Test
    void aRecordingIsChargedByTheSecond() {
        client.audio()
                .transcriptions()
                .create(whisper(AudioResponseFormat.VERBOSE_JSON).build());

        assertThat(stand.lastSettled().units()).isEqualTo(7);
        assertThat(stand.lastSettled().estimated()).isFalse();
        assertThat(stand.lastReserved().heldUnits()).isEqualTo(600);
    }

    @Test
    void aFractionOfASecondIsRoundedUpOnce() {
        String answer = "{\"text\":\"I see\",\"usage\":{\"type\":\"duration\",\"seconds\":8.470000267028809}}";
        for (Stand each : new Stand[] {stand, weighted}) {
            each.sandbox.openai().script(Script.status(200, answer, Map.of("content-type", "application/json")));
        }

        client.audio().transcriptions().create(whisper(AudioResponseFormat.JSON).build());
        weightedClient
                .audio()
                .transcriptions()
                .create(whisper(AudioResponseFormat.JSON).build());

        assertThat(stand.lastSettled().units()).isEqualTo(9);
        assertThat(weighted.lastSettled().units()).isEqualTo(848);
        assertThat(weighted.lastReserved().heldUnits()).isEqualTo(60_000);
    }

    @Test
    void aLongRecordingIsHeldByItsBytes(@TempDir Path folder) throws Exception {
        client.audio()
                .transcriptions()
                .create(whisper(AudioResponseFormat.JSON)
                        .file(Files.write(folder.resolve("long.mp3"), new byte[1_000_000]))
                        .build());

        assertThat(stand.lastReserved().heldUnits()).isBetween(2_000L, 2_010L);
        assertThat(stand.lastSettled().units()).isEqualTo(63);
    }

    @Test
    void aTranscriptionThatReportsNothingNeedsAPrice() {
        assertThatThrownBy(() -> client.audio()
                        .transcriptions()
                        .create(whisper(AudioResponseFormat.SRT).build()))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("no price")
                .hasMessageContaining("verbose_json");
        assertThatThrownBy(() -> client.audio()
                        .translations()
                        .create(TranslationCreateParams.builder()
                                .model("whisper-1")
                                .file(file)
                                .build()))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("no price");
    }

    @Test
    void speechIsChargedByTheCharacter() {
        client.audio().speech().create(speech("tts-1", "Grüße 👋")).close();
        assertThat(stand.lastSettled().units()).isEqualTo(7);

        weightedClient.audio().speech().create(speech("tts-1", "Grüße 👋")).close();
        assertThat(weighted.lastSettled().units()).isEqualTo(109 /* 7 × 15.5, rounded up */);
        assertThat(weighted.lastReserved().heldUnits()).isEqualTo(109);
        assertThat(weighted.lastSettled().estimated()).isFalse();
    }

    @Test
    void whatWeighsNothingIsRefused() {
        assertThatThrownBy(() -> weightedClient.audio().speech().create(speech("another-voice", "Hi")))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("no price");
        assertThatThrownBy(() -> weightedClient.images().generate(image("dall-e-3", 1)))
                .isInstanceOf(PermissionDeniedException.class);
    }

    @Test
    void imagesAreChargedByThePiece() {
        client.images().generate(image("dall-e-2", 2));
        assertThat(stand.lastSettled().units()).isEqualTo(2 * 6_240);

        weightedClient.images().generate(image("dall-e-2", 2));
        assertThat(weighted.lastSettled().units()).isEqualTo(40_000);

        weightedClient
                .images()
                .createVariation(
                        ImageCreateVariationParams.builder().image(file).n(3L).build());
        assertThat(weighted.lastSettled().units()).isEqualTo(60_000);
    }

    private TranscriptionCreateParams.Builder whisper(AudioResponseFormat format) {
        return TranscriptionCreateParams.builder()
                .model("whisper-1")
                .responseFormat(format)
                .file(file);
    }

    private static SpeechCreateParams speech(String model, String text) {
        return SpeechCreateParams.builder()
                .model(model)
                .input(text)
                .voice("alloy")
                .build();
    }

    private static ImageGenerateParams image(String model, int count) {
        return ImageGenerateParams.builder()
                .model(model)
                .prompt("A hat")
                .n(count)
                .build();
    }
}
