package dev.tollgate.sandbox.openai;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * An uploaded recording. A WAV file says how long it is; anything else counts as 16,000 bytes per second.
 *
 * @param seconds at least 1
 * @param seed follows from the bytes
 */
record Recording(long seconds, int seed) {
    private static final int WAV_BYTES_PER_SECOND_AT = 28;
    private static final int WAV_HEAD_BYTES = 44;
    private static final long BYTES_PER_SECOND = 16_000;

    static Recording of(byte[] file) {
        boolean wav = file.length > WAV_HEAD_BYTES && file[0] == 'R' && file[1] == 'I' && file[2] == 'F';
        long bytesPerSecond = wav
                ? ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(WAV_BYTES_PER_SECOND_AT)
                : BYTES_PER_SECOND;
        long audioBytes = wav ? file.length - WAV_HEAD_BYTES : file.length;
        return new Recording(Math.max(1, Math.ceilDiv(audioBytes, Math.max(1, bytesPerSecond))), Arrays.hashCode(file));
    }
}
