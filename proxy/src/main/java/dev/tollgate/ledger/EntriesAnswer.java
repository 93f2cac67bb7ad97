package dev.tollgate.ledger;

/**
 * What became of a {@link Command.ApplyEntries}.
 *
 * @param known false when the account has never been read, so that nothing could be applied
 * @param applied how many entries took effect; the others had done so before
 * @param gap whether an entry before the newest one is missing here
 */
public record EntriesAnswer(boolean known, int applied, boolean gap) {}
