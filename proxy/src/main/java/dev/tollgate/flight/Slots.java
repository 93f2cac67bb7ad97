package dev.tollgate.flight;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Slots of equal size in a buffer, each of which holds one request's id and {@link FlightTrace} and a sum over both. A
 * slot that was being written when the process stopped has a wrong sum and says nothing.
 */
record Slots(ByteBuffer buffer, int count) {
    private static final int SLOT_BYTES = 64;
    private static final int ID_HIGH = 0;
    private static final int ID_LOW = 8;
    private static final int STAGE = 16;
    private static final int UNITS = 24;
    private static final int SUM = 32;

    /** Odd numbers without pattern; any do. */
    private static final long SEED = 0x9E37_79B9_7F4A_7C15L;

    private static final long FACTOR = 0xD6E8_FEB8_6659_FD93L;

    static int bytes(int count) {
        return Math.multiplyExact(count, SLOT_BYTES);
    }

    /** Stores to memory only: no call of the operating system, hence never a wait. */
    void write(int slot, UUID id, FlightTrace.Stage stage, long units) {
        int at = slot * SLOT_BYTES;
        buffer.putLong(at + ID_HIGH, id.getMostSignificantBits());
        buffer.putLong(at + ID_LOW, id.getLeastSignificantBits());
        buffer.putLong(at + STAGE, stage.code());
        buffer.putLong(at + UNITS, units);
        buffer.putLong(at + SUM, sum(at));
    }

    UUID id(int slot) {
        int at = slot * SLOT_BYTES;
        return new UUID(buffer.getLong(at + ID_HIGH), buffer.getLong(at + ID_LOW));
    }

    /** Null for a slot that was never used or not written to its end. */
    @Nullable
    FlightTrace read(int slot) {
        int at = slot * SLOT_BYTES;
        FlightTrace.@Nullable Stage stage = FlightTrace.Stage.of(buffer.getLong(at + STAGE));
        long units = buffer.getLong(at + UNITS);
        boolean whole = buffer.getLong(at + SUM) == sum(at);
        return whole && stage != null && units >= 0 ? new FlightTrace(stage, units) : null;
    }

    private long sum(int at) {
        long sum = SEED;
        for (int offset = 0; offset < SUM; offset += Long.BYTES) {
            sum = (sum ^ buffer.getLong(at + offset)) * FACTOR;
            sum ^= sum >>> 32;
        }
        return sum;
    }
}
