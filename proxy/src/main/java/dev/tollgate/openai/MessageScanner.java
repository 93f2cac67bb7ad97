package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonToken;
import dev.tollgate.openai.ChatRequest.Parts;
import java.io.IOException;

/**
 * Finds what the byte length of messages, tools and modalities does not bound. Lives for one scan.
 *
 * <p>When in doubt the dearer reading counts: a repeated member counts each time, names match regardless of case, and a
 * part without a known type is unknown.
 */
final class MessageScanner {

    /** Kinds of content parts, from the best bounded to the least. */
    private enum PartKind {
        TEXT,
        AUDIO,
        IMAGE,
        FILE,
        OTHER
    }

    private final JsonReader json;
    private int images;
    private int audio;
    private int files;
    private int others;

    MessageScanner(JsonReader json) {
        this.json = json;
    }

    Parts parts() {
        return new Parts(images, audio, files, others);
    }

    void readMessages(JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            json.refuse("messages", "'messages' must be an array.");
            return;
        }
        for (JsonToken item = json.next(); inArray(item); item = json.next()) {
            if (item == JsonToken.START_OBJECT) {
                readMessage();
            } else {
                json.skipValue();
            }
        }
    }

    /** Whether {@code tools} holds anything but functions, which run at the client. */
    boolean hasHostedTool(JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            json.skipValue();
            return value != JsonToken.VALUE_NULL;
        }
        boolean hosted = false;
        for (JsonToken item = json.next(); inArray(item); item = json.next()) {
            if (item == JsonToken.START_OBJECT) {
                hosted |= isHostedTool();
            } else {
                hosted = true;
                json.skipValue();
            }
        }
        return hosted;
    }

    /** Whether {@code modalities} names anything but text. */
    boolean hasOtherThanText(JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            json.skipValue();
            return value != JsonToken.VALUE_NULL;
        }
        boolean other = false;
        for (JsonToken item = json.next(); inArray(item); item = json.next()) {
            other |= item != JsonToken.VALUE_STRING || !"text".equals(json.text());
            json.skipValue();
        }
        return other;
    }

    private void readMessage() throws IOException {
        while (inObject(json.next())) {
            String name = json.name();
            JsonToken value = json.next();
            if ("content".equalsIgnoreCase(name)) {
                readContent(value);
            } else {
                // An assistant message may name audio that the model produced earlier: input that is not in the body.
                if ("audio".equalsIgnoreCase(name) && value != JsonToken.VALUE_NULL) {
                    count(PartKind.OTHER);
                }
                json.skipValue();
            }
        }
    }

    private void readContent(JsonToken value) throws IOException {
        if (value == JsonToken.START_OBJECT) {
            readPart();
        } else if (value == JsonToken.START_ARRAY) {
            for (JsonToken item = json.next(); inArray(item); item = json.next()) {
                if (item == JsonToken.START_OBJECT) {
                    readPart();
                } else {
                    json.skipValue();
                }
            }
        }
    }

    private void readPart() throws IOException {
        PartKind kind = PartKind.TEXT;
        boolean typed = false;
        while (inObject(json.next())) {
            String name = json.name();
            JsonToken value = json.next();
            if ("type".equalsIgnoreCase(name)) {
                typed = true;
                kind = dearer(kind, value == JsonToken.VALUE_STRING ? kindOfType(json.text()) : PartKind.OTHER);
            } else if (value != JsonToken.VALUE_NULL) {
                kind = dearer(kind, kindOfMember(name));
            }
            json.skipValue();
        }
        count(typed ? kind : PartKind.OTHER);
    }

    private boolean isHostedTool() throws IOException {
        boolean typed = false;
        boolean hosted = false;
        while (inObject(json.next())) {
            boolean type = "type".equalsIgnoreCase(json.name());
            JsonToken value = json.next();
            typed |= type;
            hosted |= type && !(value == JsonToken.VALUE_STRING && runsAtTheClient(json.text()));
            json.skipValue();
        }
        return hosted || !typed;
    }

    private static boolean runsAtTheClient(String toolType) {
        return toolType.equals("function") || toolType.equals("custom");
    }

    private static PartKind kindOfType(String type) {
        return switch (type) {
            case "text", "refusal" -> PartKind.TEXT;
            case "input_audio" -> PartKind.AUDIO;
            case "image_url" -> PartKind.IMAGE;
            case "file" -> PartKind.FILE;
            default -> PartKind.OTHER;
        };
    }

    /** What a member says about its part, whatever type that claims. */
    private static PartKind kindOfMember(String name) {
        if (name.equalsIgnoreCase("image_url")) {
            return PartKind.IMAGE;
        }
        if (name.equalsIgnoreCase("input_audio")) {
            return PartKind.AUDIO;
        }
        return name.equalsIgnoreCase("file") ? PartKind.FILE : PartKind.TEXT;
    }

    private static PartKind dearer(PartKind one, PartKind other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private void count(PartKind kind) {
        switch (kind) {
            case TEXT -> {}
            case AUDIO -> audio++;
            case IMAGE -> images++;
            case FILE -> files++;
            case OTHER -> others++;
        }
    }

    private boolean inArray(JsonToken token) {
        return !json.refused() && token != JsonToken.END_ARRAY;
    }

    private boolean inObject(JsonToken token) {
        return !json.refused() && token == JsonToken.FIELD_NAME;
    }
}
