package dev.tollgate.journal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A group as it was found in the log, whole by its checksum, and not looked into yet: what {@link GroupBytes} writes. */
record LoggedGroup(ByteBuffer bytes) {

    /** What is whole at a place of a log's file. */
    static Optional<LoggedGroup> at(ByteBuffer file, int position) {
        if (position + GroupBytes.HEAD_BYTES > file.limit()) {
            return Optional.empty();
        }
        int length = file.getInt(position + GroupBytes.LENGTH_AT);
        boolean fits = length > GroupBytes.HEAD_BYTES
                && length <= file.limit() - position
                && length % GroupBytes.ALIGNMENT == 0
                && file.getInt(position + GroupBytes.COUNT_AT) > 0;
        return fits && file.getInt(position) == GroupBytes.checksum(file, position, length)
                ? Optional.of(new LoggedGroup(file.slice(position, length)))
                : Optional.empty();
    }

    int length() {
        return bytes.limit();
    }

    long first() {
        return bytes.getLong(GroupBytes.FIRST_AT);
    }

    long last() {
        return first() + bytes.getInt(GroupBytes.COUNT_AT) - 1;
    }

    long mark() {
        return bytes.getLong(GroupBytes.MARK_AT);
    }

    Group group() throws JournalException {
        int version = bytes.getInt(GroupBytes.VERSION_AT);
        if (version != GroupBytes.VERSION) {
            throw new JournalException("the journal's log has version " + version + ", this program reads "
                    + GroupBytes.VERSION + "; use the program that wrote it");
        }
        ByteBuffer rest = bytes.duplicate().position(GroupBytes.HEAD_BYTES);
        List<Fact> facts = new ArrayList<>();
        try {
            for (int left = bytes.getInt(GroupBytes.COUNT_AT); left > 0; left--) {
                facts.add(fact(rest));
            }
        } catch (SQLException | BufferUnderflowException | IllegalArgumentException | NullPointerException e) {
            throw new JournalException(
                    "the journal's log has a fact at place " + (first() + facts.size())
                            + " that this program cannot read; use the program that wrote it",
                    e);
        }
        return new Group(first(), facts);
    }

    private static Fact fact(ByteBuffer rest) throws SQLException {
        FactTable<?> table = Schema.table(Objects.requireNonNull(text(rest)));
        Map<String, @Nullable Object> values = new HashMap<>();
        for (FactTable.Column column : table.columns()) {
            values.put(column.name(), column.isText() ? text(rest) : (Object) number(rest));
        }
        return table.read(new Values(values));
    }

    private record Values(Map<String, @Nullable Object> values) implements FactTable.Columns {
        @Override
        public @Nullable String textOrNull(String column) {
            return (String) values.get(column);
        }

        @Override
        public long number(String column) {
            return (Long) Objects.requireNonNull(values.get(column), column);
        }
    }

    private static @Nullable String text(ByteBuffer rest) {
        long length = number(rest);
        if (length < 0) {
            return null;
        }
        if (length > rest.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] utf8 = new byte[(int) length];
        rest.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static long number(ByteBuffer rest) {
        long value = 0;
        int shift = 0;
        byte next = rest.get();
        while (next < 0) {
            value |= (next & 0x7FL) << shift;
            shift += 7;
            next = rest.get();
        }
        value |= (long) next << shift;
        return value >>> 1 ^ -(value & 1);
    }
}
