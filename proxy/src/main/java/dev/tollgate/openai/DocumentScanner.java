package dev.tollgate.openai;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what matters out of one answer, or out of the events of a stream one after the other: usage, model, errors,
 * progress, and which bytes a {@code usage} member covers. Only real members at the top level count, and {@code usage}
 * inside {@code x_groq} and {@code response}. Keeps no bytes but those of the value being read, up to a bound.
 *
 * <p>Owned by one {@link ResponseReader}.
 */
final class DocumentScanner implements JsonScanner.Listener {

    /** No position. */
    static final long NONE = -1;

    /** Usage objects have a few hundred bytes; a larger one is taken as malformed. */
    private static final int CAPTURE_BYTES_MAX = 16_384;

    /** The first byte of one; the scanner takes the mark for a literal. */
    private static final byte BYTE_ORDER_MARK = (byte) 0xEF;

    private static final String ERROR_TYPE = "error";

    /** Types of events after which nothing follows. */
    private static final Set<String> TERMINAL_TYPES = Set.of(
            ERROR_TYPE,
            "response.completed",
            "response.incomplete",
            "response.failed",
            "image_generation.completed",
            "image_edit.completed",
            "transcript.text.done",
            "speech.audio.done");

    private final JsonScanner json = new JsonScanner(this);
    private final UsageReading usage = new UsageReading();
    private final TokenCount texts = new TokenCount();

    private AnswerMember top = AnswerMember.OTHER;
    private AnswerMember inner = AnswerMember.OTHER;
    private AnswerMember latest = AnswerMember.OTHER;

    private byte[] segment = new byte[0];
    private byte[] captured = new byte[512];
    private int capturedLength;
    private int captureFrom;
    private int captureDepth;
    private @Nullable Capture capture;

    private long nameStart = NONE;
    private long lastComma = NONE;
    private long usageName = NONE;
    private long usageComma = NONE;
    private long usageEnd = NONE;
    private long commaAfterUsage = NONE;
    private int usageMembers;
    private boolean usageGiven;
    private boolean hasChoices;
    private boolean hasNotice;
    private boolean error;
    private boolean anyError;
    private boolean otherThanObject;
    private boolean terminal;
    private long endPosition = NONE;
    private @Nullable String model;

    private enum Capture {
        TOP_USAGE,
        X_GROQ_USAGE,
        RESPONSE_USAGE,
        MODEL,
        TYPE
    }

    /** Reads {@code bytes[from..to)} of the current document; {@code base} is the position of {@code bytes[0]}. */
    void scan(byte[] bytes, int from, int to, long base) {
        segment = bytes;
        captureFrom = from;
        json.scan(bytes, from, to, base);
        if (capture != null) {
            keepCaptured(to);
        }
    }

    /** Ends the current document, complete or not. Its members can be asked for until {@link #reset}. */
    void end() {
        usage.endEvent();
        anyError |= error;
    }

    /** Ready for the next document. */
    void reset() {
        json.reset();
        top = AnswerMember.OTHER;
        inner = AnswerMember.OTHER;
        latest = AnswerMember.OTHER;
        capture = null;
        nameStart = NONE;
        lastComma = NONE;
        usageName = NONE;
        usageComma = NONE;
        usageEnd = NONE;
        commaAfterUsage = NONE;
        usageMembers = 0;
        usageGiven = false;
        hasChoices = false;
        hasNotice = false;
        error = false;
        otherThanObject = false;
        terminal = false;
    }

    /** Whether this document is nothing but a carrier of usage. */
    boolean isUsageOnly() {
        return json.complete() && usageMembers == 1 && usageGiven && !hasChoices && !hasNotice && !error;
    }

    /** Whether this document has one {@code usage} member that can be cut out. */
    boolean hasCut() {
        return json.complete() && usageMembers == 1 && usageEnd != NONE;
    }

    /** First position to cut: the comma before the member, or the member itself when it is the first. */
    long cutStart() {
        return usageComma != NONE ? usageComma : usageName;
    }

    /** Position behind the last one to cut. */
    long cutEnd() {
        return usageComma == NONE && commaAfterUsage != NONE ? commaAfterUsage + 1 : usageEnd;
    }

    boolean complete() {
        return json.complete();
    }

    /** Whether nothing came so far that is not white space or an object. */
    boolean isObjectOrBlank() {
        return !otherThanObject;
    }

    /** Whether this document is an event that says that the stream is over. */
    boolean isTerminal() {
        return json.complete() && terminal;
    }

    /** Position behind the last byte of a complete document. */
    long endPosition() {
        return endPosition;
    }

    /** About how many tokens the model's text has so far, over all documents. */
    long textTokens() {
        return texts.tokens();
    }

    boolean sawError() {
        return anyError;
    }

    UsageReading usage() {
        return usage;
    }

    Optional<String> model() {
        return Optional.ofNullable(model);
    }

    @Override
    public boolean nameStarts(int depth, long position) {
        if (depth == 1) {
            nameStart = position;
            return true;
        }
        boolean wrapped = depth == 2 && (top == AnswerMember.X_GROQ || top == AnswerMember.RESPONSE);
        return wrapped || top.holdsModelText();
    }

    @Override
    public void name(int depth, byte[] name, int length) {
        latest = AnswerMember.named(name, length);
        if (depth == 1) {
            top = latest;
            inner = AnswerMember.OTHER;
            noteUsageName();
        } else if (depth == 2) {
            inner = latest;
        }
    }

    @Override
    public boolean valueStarts(int depth, byte first, int index, long position) {
        if (depth == 0) {
            otherThanObject |= first != '{' && first != BYTE_ORDER_MARK;
        } else if (depth == 1 && json.isObject(1)) {
            startTopValue(first, index);
        } else if (depth == 2) {
            startInnerValue(first, index);
        }
        boolean typedDelta = top == AnswerMember.DELTA && depth == 1;
        boolean counted = typedDelta || (top.holdsModelText() && latest.isModelText());
        latest = AnswerMember.OTHER;
        if (counted && first == '"') {
            texts.begin();
        }
        return counted;
    }

    @Override
    public void text(byte[] bytes, int from, int to) {
        texts.add(bytes, from, to);
    }

    @Override
    public void text(char escaped) {
        texts.add(escaped);
    }

    @Override
    public void valueEnds(int depth, int index, long position) {
        if (capture != null && depth == captureDepth) {
            keepCaptured(index);
            endCapture(capture);
        }
        if (depth == 0) {
            endPosition = position;
        } else if (depth == 1 && top == AnswerMember.USAGE) {
            usageEnd = position;
        }
    }

    @Override
    public void comma(int depth, long position) {
        if (depth != 1) {
            return;
        }
        lastComma = position;
        if (usageEnd != NONE && commaAfterUsage == NONE) {
            commaAfterUsage = position;
        }
    }

    private void noteUsageName() {
        if (top == AnswerMember.USAGE) {
            usageMembers++;
            usageName = nameStart;
            usageComma = lastComma;
        }
    }

    private void startTopValue(byte first, int index) {
        boolean present = first != 'n';
        switch (top) {
            case USAGE -> {
                usageGiven |= present;
                startUsage(Capture.TOP_USAGE, 1, first, index);
            }
            case ERROR -> error |= present;
            case MODERATION, PROMPT_FILTER_RESULTS -> hasNotice |= present;
            case MODEL -> startName(Capture.MODEL, 1, first, index);
            case TYPE -> startName(Capture.TYPE, 1, first, index);
            default -> {}
        }
    }

    private void startInnerValue(byte first, int index) {
        if (top == AnswerMember.CHOICES) {
            hasChoices = true;
            return;
        }
        if (top != AnswerMember.X_GROQ && top != AnswerMember.RESPONSE) {
            return;
        }
        boolean groq = top == AnswerMember.X_GROQ;
        switch (inner) {
            case USAGE -> startUsage(groq ? Capture.X_GROQ_USAGE : Capture.RESPONSE_USAGE, 2, first, index);
            case ERROR -> error |= first != 'n';
            case MODEL -> startName(Capture.MODEL, 2, first, index);
            default -> {}
        }
    }

    private void startUsage(Capture kind, int depth, byte first, int index) {
        if (first == '{') {
            startCapture(kind, depth, index);
        } else if (first != 'n') {
            usage.noteMalformed();
        }
    }

    private void startName(Capture kind, int depth, byte first, int index) {
        if (first == '"' && (kind != Capture.MODEL || model == null)) {
            startCapture(kind, depth, index);
        }
    }

    private void startCapture(Capture kind, int depth, int index) {
        capture = kind;
        captureDepth = depth;
        captureFrom = index;
        capturedLength = 0;
    }

    private void keepCaptured(int to) {
        int length = to - captureFrom;
        if (capturedLength + length > CAPTURE_BYTES_MAX) {
            capturedLength = CAPTURE_BYTES_MAX + 1;
            return;
        }
        if (capturedLength + length > captured.length) {
            captured = Arrays.copyOf(captured, Math.max(2 * captured.length, capturedLength + length));
        }
        System.arraycopy(segment, captureFrom, captured, capturedLength, length);
        capturedLength += length;
    }

    private void endCapture(Capture kind) {
        capture = null;
        boolean whole = capturedLength <= CAPTURE_BYTES_MAX;
        switch (kind) {
            case TOP_USAGE -> readUsage(UsageReading.Place.TOP, whole);
            case X_GROQ_USAGE -> readUsage(UsageReading.Place.X_GROQ, whole);
            case RESPONSE_USAGE -> readUsage(UsageReading.Place.RESPONSE, whole);
            case MODEL -> model = whole ? ModelName.read(captured, capturedLength) : null;
            case TYPE -> readType(whole ? ModelName.read(captured, capturedLength) : null);
        }
    }

    private void readType(@Nullable String type) {
        error |= ERROR_TYPE.equals(type);
        terminal |= type != null && TERMINAL_TYPES.contains(type);
    }

    private void readUsage(UsageReading.Place place, boolean whole) {
        if (whole) {
            usage.read(place, captured, capturedLength);
        } else {
            usage.noteMalformed();
        }
    }
}
