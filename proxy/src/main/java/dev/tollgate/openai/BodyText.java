package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.tollgate.openai.Splices.Span;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;

/**
 * The bytes of a body as a parser takes them, without a byte order mark. Offsets that it tells count from the body's first
 * byte, mark included. Lives for one scan.
 */
final class BodyText {

    private static final int BOM_BYTES = 3;

    private final byte[] bytes;
    /** Where the text begins. */
    private final int start;

    private final int length;
    /** The length of the mark before it. */
    private final int skippedBytes;

    private BodyText(byte[] bytes, int start, int length, int skippedBytes) {
        this.bytes = bytes;
        this.start = start;
        this.length = length;
        this.skippedBytes = skippedBytes;
    }

    static BodyText of(ByteBuf body) {
        int length = body.readableBytes();
        byte[] bytes = body.hasArray() ? body.array() : ByteBufUtil.getBytes(body);
        int start = body.hasArray() ? body.arrayOffset() + body.readerIndex() : 0;
        int bom = hasBom(bytes, start, length) ? BOM_BYTES : 0;
        return new BodyText(bytes, start + bom, length - bom, bom);
    }

    JsonParser parser(JsonFactory json) throws IOException {
        return json.createParser(bytes, start, length);
    }

    int skippedBytes() {
        return skippedBytes;
    }

    int bodyBytes() {
        return length + skippedBytes;
    }

    /** Strictly so, and not something that Jackson takes for UTF-16 or UTF-32: a zero among the first four bytes. */
    boolean isUtf8() {
        for (int i = start; i < start + Math.min(4, length); i++) {
            if (bytes[i] == 0) {
                return false;
            }
        }
        return Utf8.isValid(bytes, start, start + length);
    }

    /** Where the current token starts. */
    int offset(JsonReader json) {
        return skippedBytes + Math.toIntExact(json.offset());
    }

    /** The current number, {@code true}, {@code false} or {@code null}; for anything longer only its start counts. */
    Span literalSpan(JsonReader json) {
        int from = offset(json);
        int to = from;
        while (to < bodyBytes() && !endsLiteral(bytes[start - skippedBytes + to])) {
            to++;
        }
        return new Span(from, to);
    }

    private static boolean endsLiteral(byte b) {
        return b == ',' || b == '}' || b == ']' || b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private static boolean hasBom(byte[] bytes, int start, int length) {
        return length >= BOM_BYTES
                && bytes[start] == (byte) 0xEF
                && bytes[start + 1] == (byte) 0xBB
                && bytes[start + 2] == (byte) 0xBF;
    }
}
