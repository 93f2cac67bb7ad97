package dev.tollgate.journal;

import java.util.List;
import java.util.function.Consumer;

/**
 * The durable history of all accounts.
 *
 * <p>One thread owns the writing side ({@link #append}, {@link #replay}). {@link #outbox()} may be read from any
 * thread. After a failed append the journal refuses every further one: what is on disk is then unknown until the
 * process starts again and reads it.
 */
public interface Journal extends AutoCloseable {

    /** Hands every fact, oldest first, to {@code fold}. */
    void replay(Consumer<Fact> fold) throws JournalException;

    /** Appends the facts as one group. All of them are durable when this returns; none is if it throws. */
    void append(List<Fact> group) throws JournalException;

    /** The reading side for usage that Dodo has not acknowledged. */
    Outbox outbox();

    /** Moves what was appended into the main file. Called now and then from a thread that may wait. */
    void checkpoint() throws JournalException;

    @Override
    void close() throws JournalException;
}
