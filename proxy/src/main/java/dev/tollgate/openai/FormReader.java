package dev.tollgate.openai;

import io.netty.buffer.ByteBuf;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a form ({@code multipart/form-data}) while its pieces pass, and keeps of it only the few short fields that the gate
 * wants to know. Takes only what every reader splits alike: no preamble, one Content-Disposition for each part with quoted
 * names, no folded headers, no field of the gate twice.
 *
 * <p>Owned by one upload, on its event loop.
 */
public final class FormReader {

    /** The fields that are kept. */
    public enum Field {
        MODEL,
        N,
        SIZE,
        STREAM,
        RESPONSE_FORMAT;

        String fieldName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int VALUE_BYTES_MAX = ModelRequest.MODEL_LENGTH_MAX;
    private static final Pattern BOUNDARY = Pattern.compile(
            "(?i)multipart/form-data\\s*;\\s*boundary=(?:\"([0-9A-Za-z'()+_,./:=? -]{1,70})\"|([0-9A-Za-z'+_.-]{1,70}))\\s*");
    private static final Pattern DISPOSITION = Pattern.compile(
            "(?i:form-data);\\s*(?i:name)=\"([^\"\\\\\\r\\n]{1,100})\"(?:;\\s*(?i:filename)=\"((?:[^\"\\r\\n])*)\")?");

    private final FormScanner scanner;
    private final Map<Field, String> fields = new EnumMap<>(Field.class);
    private final StringBuilder value = new StringBuilder();
    private @Nullable Field field;
    private boolean inFile;
    private @Nullable ApiError refusal;
    private int files;
    private long fieldBytes;
    private long valueStart;
    private long modelStart;

    private FormReader(String boundary) {
        this.scanner = new FormScanner(boundary, this);
    }

    /** A reader for a body with this content type; empty when it is no form, or its boundary is unusual. */
    public static Optional<FormReader> of(String contentType) {
        Matcher matcher = BOUNDARY.matcher(contentType.trim());
        return matcher.matches()
                ? Optional.of(new FormReader(matcher.group(1) == null ? matcher.group(2) : matcher.group(1)))
                : Optional.empty();
    }

    /** Reads the readable bytes without moving an index. Does nothing after a refusal. */
    public void read(ByteBuf piece) {
        if (refusal == null) {
            Windows.show(piece, 0, (bytes, from, to, base) -> {
                scanner.scan(bytes, from, to);
                return refusal == null;
            });
        }
    }

    /** What is wrong with the form, if anything is. */
    public Optional<ApiError> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** Whether the last boundary was read. */
    public boolean complete() {
        return scanner.complete();
    }

    public Optional<String> get(Field wanted) {
        return Optional.ofNullable(fields.get(wanted));
    }

    /** A field that is a whole number from 1 to {@value ModelRequest#CHOICES_MAX}, 1 where it is absent. */
    public int choices() {
        return get(Field.N).map(Integer::parseInt).orElse(1);
    }

    /** The most tokens of one image of the size asked for. */
    public long imageBoundTokens() {
        return ImageSize.boundTokens(ImageSize.pixels(fields.get(Field.SIZE)));
    }

    /** How many files have begun. */
    public int files() {
        return files;
    }

    /** Bytes of everything so far that is not a file. */
    public long fieldBytes() {
        return fieldBytes;
    }

    /** Where in the form the value of {@link Field#MODEL} begins, once it is known. */
    public long modelStart() {
        return modelStart;
    }

    /** A part begins with these headers, and its value at that position. */
    void part(String headers, long position) {
        endPart();
        valueStart = position;
        fieldBytes += headers.length();
        @Nullable String disposition = disposition(headers);
        Matcher matcher = DISPOSITION.matcher(disposition == null ? "" : disposition);
        if (!matcher.matches()) {
            refuse("Each part must have one Content-Disposition: form-data; name=\"…\", perhaps with a filename.");
            return;
        }
        inFile = matcher.group(2) != null;
        files += inFile ? 1 : 0;
        beginField(matcher.group(1));
    }

    private void beginField(String name) {
        for (Field known : Field.values()) {
            if (!known.fieldName().equalsIgnoreCase(name)) {
                continue;
            }
            if (!known.fieldName().equals(name) || inFile || fields.containsKey(known)) {
                refuse("'" + known.fieldName() + "' must occur once, in lower case, and not as a file.");
            }
            field = known;
        }
    }

    /** Bytes of the current part's value. */
    void bytes(byte[] bytes, int from, int to) {
        if (!inFile) {
            fieldBytes += to - from;
        }
        if (field == null) {
            return;
        }
        if (value.length() + to - from > VALUE_BYTES_MAX) {
            refuse("'" + field.fieldName() + "' is too long.");
            return;
        }
        for (int i = from; i < to; i++) {
            value.append((char) (bytes[i] & 0xFF));
        }
    }

    /** The current part, if there is one, is over. */
    void endPart() {
        if (field == null) {
            return;
        }
        String text = value.toString();
        if (!isUsable(field, text)) {
            refuse("'" + field.fieldName() + "' has a value that is not allowed.");
        }
        modelStart = field == Field.MODEL ? valueStart : modelStart;
        fields.put(field, text);
        field = null;
        value.setLength(0);
    }

    private static boolean isUsable(Field field, String text) {
        return switch (field) {
            case MODEL -> ModelName.isUsable(text) && text.chars().allMatch(c -> c < 0x7F);
            case N -> count(text).isPresent();
            case SIZE, STREAM, RESPONSE_FORMAT -> text.chars().allMatch(c -> c > ' ' && c < 0x7F);
        };
    }

    private static OptionalLong count(String text) {
        if (!text.matches("[1-9][0-9]{0,2}") || Integer.parseInt(text) > ModelRequest.CHOICES_MAX) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(Integer.parseInt(text));
    }

    void refuse(String message) {
        if (refusal == null) {
            refusal = ApiError.invalidRequest(400, "malformed_form", null, message);
        }
    }

    /** The value of the only Content-Disposition; null when there is none, or two. */
    private static @Nullable String disposition(String headers) {
        @Nullable String found = null;
        for (String line : headers.split("\r\n", -1)) {
            int colon = line.indexOf(':');
            boolean malformed = colon < 1 || line.charAt(0) == ' ' || line.charAt(0) == '\t';
            boolean wanted = !malformed && line.substring(0, colon).equalsIgnoreCase("content-disposition");
            if (malformed || (wanted && found != null)) {
                return null;
            }
            found = wanted ? line.substring(colon + 1).trim() : found;
        }
        return found;
    }
}
