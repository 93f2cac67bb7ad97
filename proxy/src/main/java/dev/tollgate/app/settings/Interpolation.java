package dev.tollgate.app.settings;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Replaces {@code ${NAME}}, {@code ${NAME:-default}} and {@code ${file:path}} in a text; a doubled dollar sign before a
 * brace stands for the dollar sign itself. What is put in is not looked at again. A variable that is set but empty counts
 * as not set.
 */
final class Interpolation {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final int MOST_FILE_BYTES = 64 * 1024;
    private static final String FORM = "write ${NAME}, ${NAME:-default} or ${file:/path}; $${ stands for ${ itself";
    private static final Map<String, String> SOURCES = Map.of(
            "OPENAI_API_KEY", "create a key at https://platform.openai.com/api-keys",
            "DODO_PAYMENTS_API_KEY", "create a key in the Dodo Payments dashboard under Developer, API Keys",
            "DODO_PAYMENTS_WEBHOOK_KEY",
                    "copy the endpoint's signing secret in the Dodo Payments dashboard under Developer, Webhooks");

    private final Map<String, String> environment;

    Interpolation(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    Reading<String> expand(String text) {
        StringBuilder expanded = new StringBuilder(text.length());
        int at = 0;
        while (true) {
            int start = text.indexOf("${", at);
            if (start < 0) {
                return Reading.good(expanded.append(text, at, text.length()).toString());
            }
            if (start > at && text.charAt(start - 1) == '$') {
                expanded.append(text, at, start - 1).append("${");
                at = start + 2;
                continue;
            }
            int end = text.indexOf('}', start);
            if (end < 0) {
                return unquotable("${ without a closing }", FORM);
            }
            switch (resolve(text.substring(start + 2, end))) {
                case Reading.Good<String> good ->
                    expanded.append(text, at, start).append(good.value());
                case Reading.Bad<String> bad -> {
                    return bad;
                }
            }
            at = end + 1;
        }
    }

    private Reading<String> resolve(String expression) {
        if (expression.startsWith("file:")) {
            return contents(expression.substring("file:".length()));
        }
        int split = expression.indexOf(":-");
        String name = split < 0 ? expression : expression.substring(0, split);
        if (!NAME.matcher(name).matches() || expression.contains("${")) {
            return unquotable("not a reference to a variable or file", FORM);
        }
        String value = environment.getOrDefault(name, "");
        if (!value.isEmpty()) {
            return Reading.good(value);
        }
        if (split >= 0) {
            return Reading.good(expression.substring(split + 2));
        }
        String source = SOURCES.getOrDefault(name, "set it, or write ${" + name + ":-default}");
        return unquotable("the environment variable " + name + " is not set", source);
    }

    /** The text of a file without its last line ends. */
    private static Reading<String> contents(String name) {
        try (InputStream file = Files.newInputStream(Path.of(name))) {
            byte[] bytes = file.readNBytes(MOST_FILE_BYTES + 1);
            if (bytes.length > MOST_FILE_BYTES) {
                return unquotable("the file " + name + " is larger than 64 KiB", "name a file that holds one secret");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return Reading.good(text.replaceAll("[\\r\\n]+\\z", ""));
        } catch (CharacterCodingException e) {
            return unquotable("the file " + name + " is not UTF-8", "name a text file");
        } catch (IOException | IllegalArgumentException e) {
            return unquotable("the file " + name + " cannot be read", "check that it exists and its permissions");
        }
    }

    private static Reading<String> unquotable(String message, String suggestion) {
        return new Reading.Bad<>(message, suggestion, false);
    }
}
