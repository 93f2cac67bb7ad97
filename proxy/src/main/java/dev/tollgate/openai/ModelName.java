package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The name of the model that answered, as a log or a price table may take it. */
final class ModelName {

    private static final JsonFactory JSON = new JsonFactory();

    private ModelName() {}

    /** Reads a JSON string; null unless it is 1 to {@link ModelRequest#MODEL_LENGTH_MAX} printable characters, none of them a space. */
    static @Nullable String read(byte[] json, int length) {
        try (JsonParser parser = JSON.createParser(json, 0, length)) {
            String name = parser.nextToken() == JsonToken.VALUE_STRING ? parser.getText() : "";
            return isUsable(name) ? name : null;
        } catch (IOException notAString) {
            return null;
        }
    }

    static boolean isUsable(String name) {
        return !name.isEmpty()
                && name.length() <= ModelRequest.MODEL_LENGTH_MAX
                && name.chars().noneMatch(c -> Character.isISOControl(c) || Character.isWhitespace(c));
    }
}
