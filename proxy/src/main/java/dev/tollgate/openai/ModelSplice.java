package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Puts another name in the place of the model in a JSON request of any kind, and changes no other byte. */
final class ModelSplice {
    /** The bodies have been scanned within limits before. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final byte BOM_START = (byte) 0xEF;
    private static final int BOM_BYTES = 3;

    private ModelSplice() {}

    /**
     * The body with {@code name} as its top-level {@code model}; one without that member comes back as it is.
     *
     * @param body a JSON object that was scanned before; ownership passes, and comes back with the result
     */
    static ByteBuf rename(ByteBuf body, String name) {
        byte[] bytes = ByteBufUtil.getBytes(body);
        int start = bytes.length > 0 && bytes[0] == BOM_START ? BOM_BYTES : 0;
        try (JsonParser parser = JSON.createParser(bytes, start, bytes.length - start)) {
            return toModel(parser) ? spliced(body, start, parser, name) : body;
        } catch (IOException e) {
            body.release();
            throw new UncheckedIOException("a body that was scanned is not JSON", e);
        }
    }

    private static boolean toModel(JsonParser parser) throws IOException {
        parser.nextToken();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean model = "model".equals(parser.currentName());
            if (parser.nextToken() == JsonToken.VALUE_STRING && model) {
                return true;
            }
            parser.skipChildren();
        }
        return false;
    }

    private static ByteBuf spliced(ByteBuf body, int skipped, JsonParser parser, String name) throws IOException {
        int from = skipped + Math.toIntExact(parser.currentTokenLocation().getByteOffset());
        parser.finishToken();
        int to = skipped + Math.toIntExact(parser.currentLocation().getByteOffset());
        String quoted = "\"" + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(name)) + "\"";
        int start = body.readerIndex();
        CompositeByteBuf result = body.alloc().compositeBuffer(3);
        result.addComponent(true, body.retainedSlice(start, from));
        result.addComponent(true, Unpooled.wrappedBuffer(quoted.getBytes(StandardCharsets.UTF_8)));
        result.addComponent(true, body.retainedSlice(start + to, body.readableBytes() - to));
        body.release();
        return result;
    }
}
