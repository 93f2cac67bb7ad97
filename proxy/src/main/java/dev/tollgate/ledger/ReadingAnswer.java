package dev.tollgate.ledger;

/**
 * What became of a {@link Command.ApplyReading}.
 *
 * @param applied how many of its entries took effect here
 * @param driftUnits how far this ledger was off, after those entries, from what Dodo shows; 0 when it agreed
 */
public record ReadingAnswer(int applied, long driftUnits) {}
