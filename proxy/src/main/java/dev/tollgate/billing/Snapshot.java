package dev.tollgate.billing;

import dev.tollgate.ledger.Reading;
import java.util.List;

/** One account at Dodo: a balance, and all entries created at or after a time that are inside it. */
record Snapshot(ChainEnd end, long sinceMicros, List<Reading.Entry> entries) {
    Snapshot {
        entries = List.copyOf(entries);
    }

    long netUnits() {
        return Math.subtractExact(end.balanceUnits(), end.overageUnits());
    }

    long newestMicros() {
        return entries.stream().mapToLong(Reading.Entry::createdMicros).max().orElse(sinceMicros);
    }
}
