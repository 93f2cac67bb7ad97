package dev.tollgate.telemetry;

import org.jspecify.annotations.Nullable;

/** Builds one flat JSON object on one line. Members without a value are left out. */
final class JsonLine {
    private static final String HEX = "0123456789abcdef";

    private final StringBuilder json;

    JsonLine(int expectedCharacters) {
        json = new StringBuilder(expectedCharacters).append('{');
    }

    void text(String name, @Nullable String value) {
        if (value == null) {
            return;
        }
        name(name);
        json.append('"');
        for (int i = 0; i < value.length(); i++) {
            append(value.charAt(i));
        }
        json.append('"');
    }

    void number(String name, long value) {
        name(name);
        json.append(value);
    }

    void flag(String name, boolean value) {
        name(name);
        json.append(value);
    }

    String end() {
        return json.append('}').toString();
    }

    private void name(String name) {
        if (json.length() > 1) {
            json.append(',');
        }
        json.append('"').append(name).append("\":");
    }

    private void append(char character) {
        if (character == '"' || character == '\\') {
            json.append('\\').append(character);
        } else if (character < 0x20 || character > 0x7e) {
            json.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
                json.append(HEX.charAt(character >> shift & 0xf));
            }
        } else {
            json.append(character);
        }
    }
}
