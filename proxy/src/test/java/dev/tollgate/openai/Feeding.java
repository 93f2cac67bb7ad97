package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.function.Supplier;

/** Feeds an answer to a reader in chosen pieces and collects what comes out, checking that nothing leaks. */
final class Feeding {

    /** What a reader made of an answer. */
    record Outcome(
            String forwarded,
            String held,
            boolean done,
            Optional<Usage> usage,
            Optional<String> model,
            ResponseReader.Progress progress,
            boolean error,
            boolean malformed) {}

    private Feeding() {}

    static Outcome whole(Supplier<ResponseReader> reader, byte[] answer) {
        return pieces(reader, answer, true, answer.length);
    }

    static Outcome cutAt(Supplier<ResponseReader> reader, byte[] answer, int cut) {
        return pieces(reader, answer, cut % 2 == 0, cut);
    }

    static Outcome byteByByte(Supplier<ResponseReader> reader, byte[] answer, boolean heap) {
        int[] cuts = new int[answer.length];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i;
        }
        return pieces(reader, answer, heap, cuts);
    }

    static Outcome pieces(Supplier<ResponseReader> readers, byte[] answer, boolean heap, int... cuts) {
        UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true, true);
        ByteArrayOutputStream forwarded = new ByteArrayOutputStream();
        try (ResponseReader reader = readers.get()) {
            int from = 0;
            for (int i = 0; i <= cuts.length; i++) {
                int to = i < cuts.length ? cuts[i] : answer.length;
                reader.feed(piece(memory, answer, from, to, heap), bytes -> drain(bytes, forwarded));
                from = to;
            }
            reader.finish(bytes -> drain(bytes, forwarded));
            ByteArrayOutputStream held = new ByteArrayOutputStream();
            drain(reader.takeHeld(), held);
            requireReleased(memory);
            return new Outcome(
                    forwarded.toString(UTF_8),
                    held.toString(UTF_8),
                    reader.done(),
                    reader.usage(),
                    reader.model(),
                    reader.progress(),
                    reader.sawError(),
                    reader.sawMalformedUsage());
        }
    }

    /** Bytes with something before and behind them, as in a buffer that was read from before. */
    static ByteBuf piece(byte[] bytes, int from, int to, boolean heap) {
        return piece(UnpooledByteBufAllocator.DEFAULT, bytes, from, to, heap);
    }

    private static ByteBuf piece(ByteBufAllocator memory, byte[] bytes, int from, int to, boolean heap) {
        int length = to - from;
        ByteBuf buffer = heap ? memory.heapBuffer(length + 6) : memory.directBuffer(length + 6);
        buffer.writeZero(3).writeBytes(bytes, from, length).writeZero(3);
        return buffer.readerIndex(3).writerIndex(3 + length);
    }

    /** Reads the bytes away, as a channel does. */
    private static void drain(ByteBuf bytes, ByteArrayOutputStream into) {
        byte[] read = new byte[bytes.readableBytes()];
        bytes.readBytes(read);
        into.writeBytes(read);
        bytes.release();
    }

    private static void requireReleased(UnpooledByteBufAllocator memory) {
        long used = memory.metric().usedHeapMemory() + memory.metric().usedDirectMemory();
        if (used != 0) {
            throw new AssertionError(used + " bytes were not released");
        }
    }
}
