package dev.tollgate.openai;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The usage of one answer as it becomes known. Owned by the reader of that answer.
 *
 * <p>Within one event the place that comes first in {@link Place} counts. Over events the last one counts, but a smaller
 * total never replaces a larger one, and all zeros mean not yet known. Nothing is ever summed: servers that send usage
 * with every chunk send running totals.
 */
final class UsageReading {

    /** Where providers put the usage. */
    enum Place {
        TOP,
        X_GROQ,
        RESPONSE
    }

    private @Nullable Usage best;
    private @Nullable Usage ofEvent;
    private @Nullable Place placeInEvent;
    private boolean malformed;

    /** A usage object of the current event. */
    void read(Place place, byte[] json, int length) {
        Usage usage = UsageParser.parse(json, length, this::noteMalformed);
        boolean known = usage != null && usage.isKnown();
        if (known && (placeInEvent == null || place.compareTo(placeInEvent) <= 0)) {
            ofEvent = usage;
            placeInEvent = place;
        }
    }

    void noteMalformed() {
        malformed = true;
    }

    void endEvent() {
        if (ofEvent != null && (best == null || ofEvent.reaches(best))) {
            best = ofEvent;
        }
        ofEvent = null;
        placeInEvent = null;
    }

    Optional<Usage> usage() {
        return Optional.ofNullable(best);
    }

    boolean malformed() {
        return malformed;
    }
}
