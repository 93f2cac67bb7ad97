package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.Map;
import java.util.Set;

/** All that an {@link AccountState} knows; every component is the field of that name. */
record AccountSnapshot(
        Map<String, Long> entryIds,
        Set<String> tipIds,
        boolean based,
        long netUnits,
        long usedUnits,
        long deductedUnits,
        long writtenOffUnits,
        int unacknowledgedRequests,
        long movedMillis,
        boolean emptied,
        long reservedUnits,
        long overshootUnits,
        int openRequests,
        Fact.Terms terms,
        long sinceMicros,
        long tipMicros,
        long completeMicros,
        long confirmedMillis,
        long inheritedUnits,
        long lastUsageMillis) {}
