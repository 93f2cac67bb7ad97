package dev.tollgate.simulation;

import java.util.SplittableRandom;

/** What may go wrong, and when: drawn from the history's seed. While it is quiet, nothing does. */
final class Faults {
    private static final int PERMILLE = 1_000;

    private final SplittableRandom random;
    private final Timeline timeline;

    /** How often, in thousandths: whole histories are calm, some are terrible. */
    private final int crashPermille;

    private final int diskPermille;
    private final int dodoPermille;
    private final int webhookPermille;
    private final int upstreamPermille;
    private long outageUntilMillis;
    private long lastDodoFailureMillis;
    private boolean quiet;

    Faults(SplittableRandom random, Timeline timeline) {
        this.random = random;
        this.timeline = timeline;
        this.crashPermille = level(0, 2, 10);
        this.diskPermille = level(0, 1, 4);
        this.dodoPermille = level(0, 30, 200);
        this.webhookPermille = level(0, 100, 700);
        this.upstreamPermille = level(0, 50, 200);
    }

    private int level(int calm, int usual, int terrible) {
        int[] levels = {calm, usual, terrible};
        return levels[random.nextInt(levels.length)];
    }

    void becomeQuiet() {
        quiet = true;
        outageUntilMillis = 0;
    }

    boolean isQuiet() {
        return quiet;
    }

    private boolean happens(int permille) {
        return !quiet && random.nextInt(PERMILLE) < permille;
    }

    /** A point at which the process may die. */
    void mayCrash(String where) {
        if (timeline.alive() != Timeline.WORLD && happens(crashPermille)) {
            timeline.note("CRASH " + where);
            timeline.live(Timeline.WORLD);
            throw new Crash(where);
        }
    }

    boolean diskFails() {
        return happens(diskPermille);
    }

    boolean dodoFails() {
        boolean fails = happens(dodoPermille);
        lastDodoFailureMillis = fails ? timeline.millis() : lastDodoFailureMillis;
        return fails;
    }

    long lastDodoFailureMillis() {
        return lastDodoFailureMillis;
    }

    boolean webhookFails() {
        return happens(webhookPermille);
    }

    boolean upstreamFails() {
        return happens(upstreamPermille);
    }

    boolean coin() {
        return random.nextBoolean();
    }

    int oneOf(int many) {
        return random.nextInt(many);
    }

    long between(long leastMillis, long mostMillis) {
        return random.nextLong(leastMillis, mostMillis + 1);
    }

    void outage(long millis) {
        if (!quiet) {
            timeline.note("Dodo is out for " + millis / 1000 + " s");
            outageUntilMillis = Math.max(outageUntilMillis, timeline.millis() + millis);
        }
    }

    boolean isOut() {
        boolean out = timeline.millis() < outageUntilMillis;
        lastDodoFailureMillis = out ? timeline.millis() : lastDodoFailureMillis;
        return out;
    }
}
