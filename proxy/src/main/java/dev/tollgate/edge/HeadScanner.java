package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads one request head, looking at every byte once, and resumes where it stopped when more bytes come.
 *
 * <p>Owned by one {@link RequestGuard}, on its event loop. It changes no index of the buffer and keeps no reference to
 * it.
 */
final class HeadScanner {

    private static final HeadScan INCOMPLETE = new HeadScan.Incomplete();

    private final HeadCursor head = new HeadCursor();
    private final RequestLineScanner requestLine;
    private final FieldSectionScanner fieldSection;

    HeadScanner(GuardLimits limits) {
        requestLine = new RequestLineScanner(limits);
        fieldSection = new FieldSectionScanner(limits);
    }

    /** Makes ready for the next head. */
    void reset() {
        head.rewind();
        requestLine.reset();
    }

    /** Scans what has come of the head: the readable bytes, which start with the head's first byte. */
    HeadScan scan(ByteBuf bytes) {
        head.attach(bytes);
        HeadScan scan;
        try {
            scan = scan();
        } finally {
            head.detach();
        }
        if (!(scan instanceof HeadScan.Incomplete)) {
            head.leave();
        }
        return scan;
    }

    private HeadScan scan() {
        while (head.hasNext()) {
            ApiError error = step();
            if (error != null) {
                return new HeadScan.Refused(error);
            }
            if (requestLine.isDone() && fieldSection.isDone()) {
                return end();
            }
        }
        return INCOMPLETE;
    }

    private @Nullable ApiError step() {
        if (requestLine.isDone()) {
            return fieldSection.step(head);
        }
        ApiError error = requestLine.step(head);
        if (requestLine.isDone()) {
            fieldSection.reset(head.position());
        }
        return error;
    }

    private HeadScan end() {
        FieldRules rules = fieldSection.rules();
        ApiError error = rules.end(requestLine.mayHaveBody());
        return error != null ? new HeadScan.Refused(error) : new HeadScan.Complete(head.position(), rules.framing());
    }
}
