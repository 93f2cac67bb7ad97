package dev.tollgate.bench.load;

/**
 * What one window of one candidate showed.
 *
 * @param seconds how long it was
 * @param cpuMicros the candidate's processor time in it; 0 for the provider itself
 * @param loadMicros that of the load and the provider, which share the other core
 * @param residentKib its resident memory at the end of it
 * @param peakKib the most since the load began
 */
record Figures(
        Tally tally,
        double seconds,
        double cpuMicros,
        double loadMicros,
        long residentKib,
        long peakKib,
        long shippedEvents) {
    double answersPerSecond() {
        return tally.answers / seconds;
    }

    double cpuPerAnswer() {
        return cpuMicros / Math.max(1, tally.answers);
    }

    double cpuPerEvent() {
        return cpuMicros / Math.max(1, tally.events);
    }

    double eventsPerSecond() {
        return tally.events / seconds;
    }

    /** The share of a core that the candidate used. */
    double busy() {
        return cpuMicros / seconds / 1e6;
    }

    /** The share of the other core that load and provider used: at 1 they are the bottleneck, not the candidate. */
    double loadBusy() {
        return loadMicros / seconds / 1e6;
    }
}
