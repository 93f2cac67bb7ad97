package dev.tollgate.edge;

/**
 * How much a client may send, and how slowly.
 *
 * <p>Immutable. Every limit is the largest value that is still accepted.
 *
 * @param requestLineBytes method, target, version and the two spaces, without the line end; beyond it 414
 * @param fieldBytes one header line without its line end; beyond it 431
 * @param fieldSectionBytes all header lines with their line ends; beyond it 431
 * @param fields number of header lines; beyond it 431
 * @param bodyBytes decoded length of a request body, before any content coding is undone; beyond it 413
 * @param formBytes the same of a form, whose files come after one another
 * @param heldBytes bytes of later requests that are kept while a request is being answered; beyond it reading stops
 * @param discardBytes bytes that are read and dropped after a refusal, so that the answer is not lost to a reset
 * @param headTimeoutMillis from the first byte of a request to the end of its header section; beyond it 408
 * @param bodyTimeoutMillis from the end of the header section to the end of the body; beyond it 408
 * @param bodyBytesPerSecond slowest accepted pace of a body, measured over {@link BodyClock#WINDOW_MILLIS}
 * @param idleTimeoutMillis silence between requests, after which the connection closes without a word
 * @param lingerMillis how long a closing connection goes on reading while its client is still sending
 */
public record GuardLimits(
        int requestLineBytes,
        int fieldBytes,
        int fieldSectionBytes,
        int fields,
        int bodyBytes,
        int formBytes,
        int heldBytes,
        int discardBytes,
        long headTimeoutMillis,
        long bodyTimeoutMillis,
        long bodyBytesPerSecond,
        long idleTimeoutMillis,
        long lingerMillis) {

    private static final int KIBIBYTE = 1024;
    private static final int MEBIBYTE = 1024 * KIBIBYTE;

    public GuardLimits {
        requireBetween("requestLineBytes", requestLineBytes, 64, MEBIBYTE);
        requireBetween("fieldBytes", fieldBytes, 64, MEBIBYTE);
        requireBetween("fieldSectionBytes", fieldSectionBytes, fieldBytes, MEBIBYTE);
        requireBetween("fields", fields, 1, 10_000);
        requireBetween("bodyBytes", bodyBytes, 0, Integer.MAX_VALUE);
        requireBetween("formBytes", formBytes, 0, Integer.MAX_VALUE);
        requireBetween("heldBytes", heldBytes, 0, 16 * MEBIBYTE);
        requireBetween("discardBytes", discardBytes, 0, Integer.MAX_VALUE);
        requireBetween("headTimeoutMillis", headTimeoutMillis, 1, 3_600_000);
        requireBetween("bodyTimeoutMillis", bodyTimeoutMillis, 1, 3_600_000);
        requireBetween("bodyBytesPerSecond", bodyBytesPerSecond, 0, MEBIBYTE);
        requireBetween("idleTimeoutMillis", idleTimeoutMillis, 1, 86_400_000);
        requireBetween("lingerMillis", lingerMillis, 0, 60_000);
    }

    /**
     * Limits that fit OpenAI's own: less than 64 KiB of headers, bodies with 50 MB of images, and clients that keep an
     * idle connection for five minutes.
     */
    public static GuardLimits defaults() {
        return new GuardLimits(
                8 * KIBIBYTE,
                16 * KIBIBYTE,
                48 * KIBIBYTE,
                100,
                64 * MEBIBYTE,
                64 * MEBIBYTE,
                64 * KIBIBYTE,
                16 * MEBIBYTE,
                10_000,
                300_000,
                256,
                360_000,
                2_000);
    }

    private static void requireBetween(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be " + least + " to " + most + ": " + value);
        }
    }
}
