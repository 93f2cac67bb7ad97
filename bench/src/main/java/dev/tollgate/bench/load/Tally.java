package dev.tollgate.bench.load;

import org.HdrHistogram.Histogram;

/** What the clients saw from one moment to another. Belongs to the loop until it is taken off. */
final class Tally {
    private static final long LONGEST_NANOS = 120_000_000_000L;

    /** From the moment when a request was due to the last byte of its answer. */
    final Histogram latency = new Histogram(LONGEST_NANOS, 3);

    /** From the moment when a request was due to the first byte of its answer. */
    final Histogram firstByte = new Histogram(LONGEST_NANOS, 3);

    /** From the time stamp in an event of a stream to its arrival. */
    final Histogram delay = new Histogram(LONGEST_NANOS, 3);

    /** From the moment when a request was sent to the last byte of its answer. */
    final Histogram sentToEnd = new Histogram(LONGEST_NANOS, 3);

    /** The same of those that were refused, as overload is. */
    final Histogram refusal = new Histogram(LONGEST_NANOS, 3);

    long answers;
    long refusals;
    long failures;
    long events;

    static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.clamp(nanos, 1, LONGEST_NANOS));
    }
}
