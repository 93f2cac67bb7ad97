package dev.tollgate.billing;

import dev.tollgate.ledger.Balances.Freshness;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The readings of one account: at most one in progress, and at most one that will follow. Whoever asks joins the
 * following one, because one in progress may have looked at Dodo before that happened which made them ask. That is
 * also why this is not left to a loading cache, which would hand out the reading in progress.
 *
 * <p>Guarded by itself. The reading thread is the one for which {@link #join} said that it is needed, until
 * {@link #isFinished} says that it is not.
 */
final class AccountReads {
    /** The most calls that a reading usually takes: entries or balance, and the terms. */
    static final int CALLS_MAX = 1 + TermsReader.CALLS;

    private static final long NEVER_MILLIS = Long.MIN_VALUE / 2;

    private @Nullable CompletableFuture<Freshness> following;
    private boolean reading;
    private long finishedMillis = NEVER_MILLIS;
    private int termsVersion;
    private int termsReadVersion = -1;
    private long termsReadMillis = NEVER_MILLIS;
    private boolean watched;
    private long agreedMillis = NEVER_MILLIS;

    /** A place in the following reading, and whether it needs a thread. */
    record Ticket(CompletableFuture<Freshness> result, boolean needsThread) {}

    synchronized Ticket join() {
        if (following != null) {
            return new Ticket(following, false);
        }
        following = new CompletableFuture<>();
        boolean needsThread = !reading;
        reading = true;
        return new Ticket(following, needsThread);
    }

    /** Whether nobody wants another reading; the reading thread is then no longer needed. */
    synchronized boolean isFinished() {
        reading = following != null;
        return !reading;
    }

    /** Begins the following reading; whoever asks from now on joins the one after it. */
    synchronized CompletableFuture<Freshness> begin() {
        CompletableFuture<Freshness> begun = following;
        if (begun == null) {
            throw new IllegalStateException("there is no reading to begin");
        }
        following = null;
        return begun;
    }

    synchronized void finish(long nowMillis) {
        finishedMillis = nowMillis;
    }

    /** How long until the next reading may begin; a clock that was set back does not prolong it. */
    synchronized long gapMillis(long apartMillis, long nowMillis) {
        long passedMillis = nowMillis - finishedMillis;
        return passedMillis < 0 ? 0 : Math.max(0, apartMillis - passedMillis);
    }

    /**
     * Whether it is time to read ahead. While Dodo's list agrees with the ledger, that is when it is time to read the terms
     * again, unless those are watched.
     */
    synchronized boolean isDue(long refreshMillis, long termsMillis, long nowMillis) {
        long agedMillis = nowMillis - agreedMillis;
        boolean agrees = !watched && 0 <= agedMillis && agedMillis < refreshMillis;
        long restMillis = agrees && termsReadVersion == termsVersion ? termsMillis : refreshMillis;
        return !reading && (nowMillis < finishedMillis || nowMillis - finishedMillis >= restMillis);
    }

    /** Notes that Dodo's list of balances shows what the ledger has. */
    synchronized void agree(long nowMillis) {
        agreedMillis = nowMillis;
    }

    /** Notes that the terms may have changed, so that the next reading reads them too. */
    synchronized void forgetTerms() {
        termsVersion++;
    }

    /** Which of the changes that were heard of have happened by now. */
    synchronized int termsVersion() {
        return termsVersion;
    }

    /** Notes that the terms were read, begun when so much had been heard. */
    synchronized void termsRead(int version, long nowMillis) {
        termsReadVersion = version;
        termsReadMillis = nowMillis;
    }

    /** Notes whether the terms are such that they are read with every reading. */
    synchronized void watch(boolean closely) {
        watched = closely;
    }

    synchronized boolean isWatched() {
        return watched;
    }

    synchronized boolean areTermsRead() {
        return termsReadVersion >= 0;
    }

    /** Whether they were read at most so long ago, and nothing was heard since. */
    synchronized boolean areTermsFresh(long termsMillis, long nowMillis) {
        long ageMillis = nowMillis - termsReadMillis;
        return termsReadVersion == termsVersion && ageMillis >= 0 && ageMillis < termsMillis;
    }
}
