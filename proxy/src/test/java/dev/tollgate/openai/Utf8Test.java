package dev.tollgate.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {

    @Test
    void agreesWithTheJdkOnEveryCharacterAndEveryShortSequence() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c += c < 0x3000 ? 1 : 37) {
            boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
            byte[] bytes = surrogate ? new byte[] {'a'} : Character.toString(c).getBytes(StandardCharsets.UTF_8);
            assertThat(Utf8.isValid(bytes, 0, bytes.length)).isTrue();
        }
        byte[] bytes = new byte[4];
        for (int lead = 0; lead < 256; lead++) {
            for (int second = 0; second < 256; second++) {
                bytes[0] = (byte) lead;
                bytes[1] = (byte) second;
                bytes[2] = (byte) 0x80;
                bytes[3] = (byte) 0xBF;
                requireAgreement(bytes, 4);
                requireAgreement(bytes, 3);
                requireAgreement(bytes, 2);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void agreesWithTheJdkOnDamagedText(long seed) {
        Random random = new Random(seed);
        byte[] text = "plain text, Größe 是 👋 and more plain text".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = text.clone();
            damaged[random.nextInt(text.length)] = (byte) random.nextInt(256);
            requireAgreement(damaged, 1 + random.nextInt(text.length));
        }
    }

    private static void requireAgreement(byte[] bytes, int length) {
        assertThat(Utf8.isValid(bytes, 0, length)).isEqualTo(jdkAccepts(bytes, length));
    }

    private static boolean jdkAccepts(byte[] bytes, int length) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length));
            return true;
        } catch (CharacterCodingException illFormed) {
            return false;
        }
    }
}
