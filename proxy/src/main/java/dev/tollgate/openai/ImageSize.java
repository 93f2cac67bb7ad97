package dev.tollgate.openai;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How much an image of a given size can cost. */
final class ImageSize {

    /** The provider chooses; the largest size that it makes has so many pixels. */
    static final long AUTO = 3840L * 2160;

    /** The dearest known image, 1536 × 1024 in high quality, has 6,240 tokens, which is 252 pixels for each; half of that is safe. */
    private static final long PIXELS_PER_TOKEN = 126;

    /** Up to three previews of 100 tokens each, and something over. */
    private static final long PREVIEW_TOKENS = 512;

    private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{1,4})x([1-9][0-9]{1,4})");

    private ImageSize() {}

    /** The pixels of {@code "1024x1536"}; those of the largest image for {@code auto}, nothing, or what cannot be read. */
    static long pixels(@Nullable String size) {
        Matcher matcher = size == null ? null : SIZE.matcher(size);
        return matcher != null && matcher.matches()
                ? Long.parseLong(matcher.group(1)) * Long.parseLong(matcher.group(2))
                : AUTO;
    }

    static long boundTokens(long pixels) {
        return pixels / PIXELS_PER_TOKEN + PREVIEW_TOKENS;
    }
}
