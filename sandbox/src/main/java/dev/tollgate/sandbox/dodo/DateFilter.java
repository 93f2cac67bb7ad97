package dev.tollgate.sandbox.dodo;

import dev.tollgate.sandbox.http.Request;
import java.time.Instant;

/** A span of time from query parameters, both ends included. */
record DateFilter(Instant from, Instant to) {
    /** Missing or unreadable bounds do not bound. */
    static DateFilter of(Request request, String fromName, String toName) {
        return new DateFilter(
                request.query(fromName).flatMap(Times::parse).orElse(Instant.MIN),
                request.query(toName).flatMap(Times::parse).orElse(Instant.MAX));
    }

    boolean accepts(Instant time) {
        return !time.isBefore(from) && !time.isAfter(to);
    }
}
