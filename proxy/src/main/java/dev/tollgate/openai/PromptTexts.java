package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.tollgate.openai.ModelRequest.TextVisitor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Finds the plain text of messages in a chat body that was scanned before. Lives for one pass, on one thread. */
final class PromptTexts {
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .build())
            .build();
    private static final int QUOTES = 2;

    private final JsonParser json;
    private final TextVisitor visitor;

    /** A text with the bytes that it takes between its quotes. */
    private record Text(String text, int bytes) {}

    private PromptTexts(JsonParser json, TextVisitor visitor) {
        this.json = json;
        this.visitor = visitor;
    }

    /** What cannot be read has no texts: it was refused, or counts by its bytes. */
    static void visit(ByteBuf body, TextVisitor visitor) {
        byte[] bytes = ByteBufUtil.getBytes(body);
        try (JsonParser parser = JSON.createParser(bytes)) {
            new PromptTexts(parser, visitor).readBody();
        } catch (IOException unreadable) {
            return;
        }
    }

    private void readBody() throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            return;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean messages = "messages".equals(json.currentName());
            if (json.nextToken() == JsonToken.START_ARRAY && messages) {
                readMessages();
            } else {
                json.skipChildren();
            }
        }
    }

    private void readMessages() throws IOException {
        for (JsonToken item = json.nextToken(); item != JsonToken.END_ARRAY && item != null; item = json.nextToken()) {
            if (item == JsonToken.START_OBJECT) {
                readMessage();
            } else {
                json.skipChildren();
            }
        }
    }

    private void readMessage() throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean content = "content".equals(json.currentName());
            JsonToken value = json.nextToken();
            if (content && value == JsonToken.VALUE_STRING) {
                visit(text());
            } else if (content && value == JsonToken.START_ARRAY) {
                readParts();
            } else {
                json.skipChildren();
            }
        }
    }

    private void readParts() throws IOException {
        for (JsonToken item = json.nextToken(); item != JsonToken.END_ARRAY && item != null; item = json.nextToken()) {
            if (item == JsonToken.START_OBJECT) {
                readPart();
            } else {
                json.skipChildren();
            }
        }
    }

    /** Only a part that says once that it is text is one. */
    private void readPart() throws IOException {
        List<Text> texts = new ArrayList<>(1);
        List<String> types = new ArrayList<>(1);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            boolean string = json.nextToken() == JsonToken.VALUE_STRING;
            if (string && "text".equals(name)) {
                texts.add(text());
            } else if ("type".equals(name)) {
                types.add(string ? json.getText() : "");
                json.skipChildren();
            } else {
                json.skipChildren();
            }
        }
        if (types.equals(List.of("text"))) {
            texts.forEach(this::visit);
        }
    }

    private Text text() throws IOException {
        long start = json.currentTokenLocation().getByteOffset();
        String text = json.getText();
        return new Text(text, Math.toIntExact(json.currentLocation().getByteOffset() - start) - QUOTES);
    }

    private void visit(Text text) {
        visitor.text(text.text(), text.bytes());
    }
}
