package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.tollgate.openai.ModelRequest.Kind;
import dev.tollgate.openai.ModelRequest.PromptVisitor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds what the model reads of a body that was scanned before. Lives for one pass, on one thread. */
final class PromptTexts {
    /** The members that the model reads. */
    static final Set<String> MEMBERS = Set.of(
            "messages", "input", "prompt", "suffix", "instructions", "tools", "functions", "response_format", "text");

    private static final Set<String> TOOLS = Set.of("tools", "functions");
    private static final Set<String> SCHEMAS = Set.of("response_format", "text");

    /** Members that the model does not read as text: what they name is framing, or has an allowance. */
    private static final Set<String> UNREAD = Set.of(
            "role",
            "type",
            "id",
            "call_id",
            "tool_call_id",
            "status",
            "detail",
            "required",
            "image_url",
            "file",
            "file_data",
            "file_url",
            "file_id");

    /** Members that stand for something else than their characters, in base64. */
    private static final Set<String> CODED = Set.of("data", "encrypted_content");

    /** As OpenAI has published them. The word for the role is left out, so that this is never too much. */
    private static final int MESSAGE_TOKENS = 3;

    private static final int REPLY_TOKENS = 3;
    private static final int TOOL_TOKENS = 8;
    private static final int TOOLS_TOKENS = 12;
    private static final int PROPERTY_TOKENS = 6;
    private static final int CHOICE_TOKENS = 3;

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .build())
            .build();
    private static final int QUOTES = 2;

    private final JsonParser json;
    private final PromptVisitor visitor;
    private int messages;

    /** A text with the bytes that it takes between its quotes. */
    private record Text(String text, int bytes) {}

    private PromptTexts(JsonParser json, PromptVisitor visitor) {
        this.json = json;
        this.visitor = visitor;
    }

    /** Whether it could be read: if not it was refused, or counts by its bytes. */
    static boolean visit(Kind kind, ByteBuf body, PromptVisitor visitor) {
        byte[] bytes = ByteBufUtil.getBytes(body);
        try (JsonParser parser = JSON.createParser(bytes)) {
            PromptTexts texts = new PromptTexts(parser, visitor);
            texts.readBody();
            visitor.tokens(framingTokens(kind, texts.messages));
            return true;
        } catch (IOException unreadable) {
            return false;
        }
    }

    /** What stands around so many messages. */
    static long framingTokens(Kind kind, int messages) {
        return switch (kind) {
            case CHAT, RESPONSES, COMPACT, INPUT_TOKENS -> REPLY_TOKENS + (long) MESSAGE_TOKENS * Math.max(1, messages);
            case COMPLETIONS, EMBEDDINGS, IMAGES, SPEECH, TRANSCRIPTIONS, TRANSLATIONS, IMAGE_VARIATIONS -> 0;
        };
    }

    private void readBody() throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            return;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if ("messages".equals(name) && value == JsonToken.START_ARRAY) {
                readMessages();
            } else if ("input".equals(name) && value == JsonToken.START_ARRAY) {
                readInput();
            } else if (TOOLS.contains(name) && value == JsonToken.START_ARRAY) {
                readTools();
            } else if (SCHEMAS.contains(name)) {
                readSchema();
            } else if (MEMBERS.contains(name)) {
                readAsides();
            } else {
                json.skipChildren();
            }
        }
    }

    private void readMessages() throws IOException {
        for (JsonToken item = json.nextToken(); item != JsonToken.END_ARRAY && item != null; item = json.nextToken()) {
            if (item == JsonToken.START_OBJECT) {
                messages++;
                readMessage();
            } else {
                json.skipChildren();
            }
        }
    }

    private void readMessage() throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            boolean content = "content".equals(name);
            JsonToken value = json.nextToken();
            if (content && value == JsonToken.VALUE_STRING) {
                visit(text());
            } else if (content && value == JsonToken.START_ARRAY) {
                readParts();
            } else {
                readMember(name);
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
                readMember(name);
            }
        }
        if (types.equals(List.of("text"))) {
            texts.forEach(this::visit);
        } else {
            texts.forEach(text -> visitor.aside(text.text()));
        }
    }

    /** The items of a response, or texts and tokens to embed. */
    private void readInput() throws IOException {
        for (JsonToken item = json.nextToken(); item != JsonToken.END_ARRAY && item != null; item = json.nextToken()) {
            messages += item == JsonToken.START_OBJECT ? 1 : 0;
            readAsides();
        }
    }

    private void readTools() throws IOException {
        for (JsonToken item = json.nextToken(); item != JsonToken.END_ARRAY && item != null; item = json.nextToken()) {
            visitor.tokens(TOOL_TOKENS);
            readSchema();
        }
        visitor.tokens(TOOLS_TOKENS);
    }

    /** Providers write schemas out with a line for each property and a word for each choice. */
    private void readSchema() throws IOException {
        if (!json.currentToken().isStructStart()) {
            readAsides();
            return;
        }
        boolean object = json.currentToken() == JsonToken.START_OBJECT;
        while (!json.nextToken().isStructEnd()) {
            String name = object ? json.currentName() : "";
            JsonToken value = object ? json.nextToken() : json.currentToken();
            if ("properties".equals(name) && value == JsonToken.START_OBJECT) {
                readProperties();
            } else if ("enum".equals(name) && value == JsonToken.START_ARRAY) {
                readChoices();
            } else if (UNREAD.contains(name)) {
                json.skipChildren();
            } else {
                readSchema();
            }
        }
    }

    private void readProperties() throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            visitor.tokens(PROPERTY_TOKENS);
            visitor.aside(json.currentName());
            json.nextToken();
            readSchema();
        }
    }

    private void readChoices() throws IOException {
        while (json.nextToken() != JsonToken.END_ARRAY) {
            visitor.tokens(CHOICE_TOKENS);
            readAsides();
        }
    }

    private void readMember(String name) throws IOException {
        if (CODED.contains(name) && json.currentToken() == JsonToken.VALUE_STRING) {
            visitor.tokens(Math.ceilDiv(text().bytes(), ModelRequest.BYTES_PER_TOKEN));
        } else if (UNREAD.contains(name)) {
            json.skipChildren();
        } else {
            readAsides();
        }
    }

    /** All texts of the current value; a number is a token, or stands for one. */
    private void readAsides() throws IOException {
        JsonToken value = json.currentToken();
        if (value == JsonToken.VALUE_STRING) {
            visitor.aside(json.getText());
        } else if (value.isNumeric()) {
            visitor.tokens(1);
        } else if (value == JsonToken.START_ARRAY) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                readAsides();
            }
        } else if (value == JsonToken.START_OBJECT) {
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                readMember(name);
            }
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
