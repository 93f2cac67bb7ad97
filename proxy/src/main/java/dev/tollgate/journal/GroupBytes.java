package dev.tollgate.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes groups as the log keeps them: a head, then for each fact the name of its table and the values of its row, which is all that
 * a new kind of fact needs. The head has a checksum of all behind it, the length, the first place, the log's mark, how many
 * facts there are, and a version. Owned by the thread that appends.
 */
final class GroupBytes implements FactTable.Row {
    static final int VERSION = 1;

    /** Where the parts of the head are. */
    static final int LENGTH_AT = 4;

    static final int FIRST_AT = 8;
    static final int MARK_AT = 16;
    static final int COUNT_AT = 24;
    static final int VERSION_AT = 28;
    static final int HEAD_BYTES = 32;

    /** Records begin at multiples of this, so that one behind a damage is found quickly. */
    static final int ALIGNMENT = 8;

    private static final int NUMBER_BYTES_MAX = 10;

    private ByteBuffer bytes = ByteBuffer.allocate(1 << 16);

    /** The bytes of a group, valid until the next one. */
    ByteBuffer of(Group group, long mark) {
        bytes.clear().position(HEAD_BYTES);
        for (Fact fact : group.facts()) {
            put(fact);
        }
        ensure(ALIGNMENT);
        while (bytes.position() % ALIGNMENT != 0) {
            bytes.put((byte) 0);
        }
        bytes.flip();
        bytes.putInt(LENGTH_AT, bytes.limit())
                .putLong(FIRST_AT, group.first())
                .putLong(MARK_AT, mark)
                .putInt(COUNT_AT, group.facts().size())
                .putInt(VERSION_AT, VERSION);
        return bytes.putInt(0, checksum(bytes, 0, bytes.limit()));
    }

    /** Of a record at {@code position}, whose checksum comes first. */
    static int checksum(ByteBuffer bytes, int position, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.slice(position + LENGTH_AT, length - LENGTH_AT));
        return (int) checksum.getValue();
    }

    private void put(Fact fact) {
        FactTable<?> table = Schema.table(fact);
        text(table.name());
        try {
            table.bind(this, fact);
        } catch (SQLException e) {
            throw new IllegalStateException("no database takes part", e);
        }
    }

    @Override
    public GroupBytes text(@Nullable String value) {
        if (value == null) {
            return number(-1);
        }
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        number(utf8.length);
        ensure(utf8.length);
        bytes.put(utf8);
        return this;
    }

    /** Seven bits in a byte, the lowest first; the sign is the lowest of all, so that small numbers are short. */
    @Override
    public GroupBytes number(long value) {
        ensure(NUMBER_BYTES_MAX);
        long left = value << 1 ^ value >> 63;
        while ((left & ~0x7FL) != 0) {
            bytes.put((byte) (left | 0x80));
            left >>>= 7;
        }
        bytes.put((byte) left);
        return this;
    }

    private void ensure(int room) {
        if (bytes.remaining() < room) {
            int needed = Math.addExact(bytes.position(), room);
            bytes = ByteBuffer.allocate((int) Math.min(Integer.MAX_VALUE - 8, Math.max(2L * bytes.capacity(), needed)))
                    .put(bytes.flip());
        }
    }
}
