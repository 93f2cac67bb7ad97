package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What was asked, counted in the sandbox's own tokens: one per word, three per message, 85 per image.
 *
 * @param tokens never more than the bytes of the body, images aside
 * @param lastText the text that may hold {@code tokens=} and {@code delay=}
 */
record Prompt(long tokens, String lastText) {
    private static final Pattern TOKENS = Pattern.compile("\\btokens=(\\d{1,7})");
    private static final Pattern DELAY = Pattern.compile("\\bdelay=(\\d{1,7})");
    private static final int TOKENS_PER_MESSAGE = 3;
    private static final int TOKENS_PER_REPLY = 3;
    private static final int TOKENS_PER_IMAGE = 85;

    /** Reads {@code messages} of a chat, or {@code input} of a response when it is a list. */
    static Prompt ofMessages(JsonNode messages, int bodyBytes) {
        long tokens = TOKENS_PER_REPLY;
        String last = "";
        long images = 0;
        for (JsonNode message : messages) {
            // Calls of functions, their outputs and reasoning are items without content.
            JsonNode said = message.has("content") ? message.path("content") : message.path("output");
            last = text(said);
            tokens += TOKENS_PER_MESSAGE + words(last);
            images += images(said);
        }
        return new Prompt(Math.min(tokens, bodyBytes) + images * TOKENS_PER_IMAGE, last);
    }

    /** Reads a string, or a list of strings, or lists of token numbers. */
    static Prompt ofInput(JsonNode input, int bodyBytes) {
        return new Prompt(Math.clamp(countInput(input), 1, bodyBytes), text(input));
    }

    /** Reads one text, to which further tokens of other kinds are added. */
    static Prompt ofText(String text, long moreTokens) {
        return new Prompt(words(text) + moreTokens, text);
    }

    /** Tokens the prompt asks for, or else a number between 20 and 60 that follows from its text. */
    int wantedTokens() {
        Matcher matcher = TOKENS.matcher(lastText);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 20 + Math.floorMod(seed(), 41);
    }

    /** Real milliseconds between events, 0 when the prompt does not say. */
    long delayMillis() {
        Matcher matcher = DELAY.matcher(lastText);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    /** Chooses the words of the answer. */
    int seed() {
        return lastText.hashCode();
    }

    /** Words of a text. */
    static int words(String text) {
        int count = 0;
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            boolean space = text.charAt(i) <= ' ';
            count += !space && !inWord ? 1 : 0;
            inWord = !space;
        }
        return count;
    }

    private static long images(JsonNode parts) {
        long images = 0;
        for (JsonNode part : parts) {
            String type = part.path("type").asText();
            images += type.equals("image_url") || type.equals("input_image") ? 1 : 0;
        }
        return images;
    }

    private static long countInput(JsonNode input) {
        if (input.isTextual()) {
            return words(input.textValue());
        }
        if (input.isNumber()) {
            return 1;
        }
        long count = 0;
        for (JsonNode item : input) {
            count += countInput(item);
        }
        return count;
    }

    private static String text(JsonNode content) {
        if (content.isTextual()) {
            return content.textValue();
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            text.append(part.isTextual() ? part.textValue() : part.path("text").asText(""))
                    .append(' ');
        }
        return text.toString();
    }
}
