package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The name of the model that answered, as a log or a price table may take it. */
final class ModelName {

    private static final JsonFactory JSON = new JsonFactory();

    private ModelName() {}

    /** Reads a JSON string; null unless it is 1 to {@link ModelRequest#MODEL_LENGTH_MAX} printable characters, none of them a space. */
    static @Nullable String read(byte[] json, int length) {
        if (isPlain(json, length)) {
            String name = new String(json, 1, length - 2, StandardCharsets.US_ASCII);
            return isUsable(name) ? name : null;
        }
        try (JsonParser parser = JSON.createParser(json, 0, length)) {
            String name = parser.nextToken() == JsonToken.VALUE_STRING ? parser.getText() : "";
            return isUsable(name) ? name : null;
        } catch (IOException notAString) {
            return null;
        }
    }

    /** Whether it is what nearly every name is, and needs no parser: quotes around printable ASCII without an escape. */
    private static boolean isPlain(byte[] json, int length) {
        boolean plain = length >= 2 && json[0] == '"' && json[length - 1] == '"';
        for (int i = 1; plain && i < length - 1; i++) {
            byte b = json[i];
            plain = b >= ' ' && b < 0x7F && b != '"' && b != '\\';
        }
        return plain;
    }

    static boolean isUsable(String name) {
        boolean usable = !name.isEmpty() && name.length() <= ModelRequest.MODEL_LENGTH_MAX;
        for (int i = 0; usable && i < name.length(); i++) {
            char c = name.charAt(i);
            usable = !Character.isISOControl(c) && !Character.isWhitespace(c);
        }
        return usable;
    }
}
