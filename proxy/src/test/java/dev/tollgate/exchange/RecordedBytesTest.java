package dev.tollgate.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordedBytesTest {
    private final RecordedBytes recorded = new RecordedBytes();
    private final ByteArrayOutputStream all = new ByteArrayOutputStream();
    private long takenBytes;

    private boolean add(byte[] piece, boolean room) {
        ByteBuf data = Unpooled.wrappedBuffer(piece);
        boolean added = recorded.add(data, bytes -> {
            takenBytes += room ? bytes : 0;
            return room;
        });
        assertThat(data.readableBytes()).as("left as it was").isEqualTo(piece.length);
        return added;
    }

    private byte[] from(long position, int most) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        recorded.from(position, most).forEach(bytes::writeBytes);
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 300, 5_000})
    void givesBackWhatWasAddedFromAnyPositionAndCountsWhatItOccupies(int longest) {
        Random random = new Random(longest);
        for (int i = 0; i < 300; i++) {
            byte[] piece = new byte[1 + random.nextInt(longest)];
            random.nextBytes(piece);
            assertThat(add(piece, true)).isTrue();
            all.writeBytes(piece);
            assertThat(recorded.occupiedBytes()).isEqualTo(takenBytes);
        }
        byte[] expected = all.toByteArray();

        assertThat(recorded.length()).isEqualTo(expected.length);
        assertThat(from(0, Integer.MAX_VALUE)).isEqualTo(expected);
        assertThat(takenBytes).as("little is wasted").isLessThanOrEqualTo(2L * expected.length + 512);
        for (int position = 0; position <= expected.length; position += Math.max(1, expected.length / 97)) {
            byte[] part = from(position, 100);
            assertThat(part).hasSizeGreaterThanOrEqualTo(Math.min(100, expected.length - position));
            assertThat(part).isEqualTo(Arrays.copyOfRange(expected, position, position + part.length));
        }

        takenBytes -= recorded.trim();

        assertThat(recorded.occupiedBytes()).isEqualTo(takenBytes).isEqualTo(expected.length);
        assertThat(from(0, Integer.MAX_VALUE)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 512})
    void addsNothingWhereThereIsNoMemory(int before) {
        if (before > 0) {
            add(new byte[before], true);
        }
        takenBytes = recorded.occupiedBytes();

        assertThat(add(new byte[600], false)).isFalse();

        assertThat(recorded.length()).isEqualTo(before);
        assertThat(recorded.occupiedBytes()).isEqualTo(takenBytes);
    }
}
