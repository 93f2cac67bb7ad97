package dev.tollgate.billing;

import dev.tollgate.ledger.Reading;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The balance after the newest of some ledger entries.
 *
 * <p>Entries of one moment have no order of their own, but each leads from one balance to the next, so together they
 * are a path: the balance that is reached once more often than it is left is where the path ends. A path that returns
 * to where it began ends where the entry before it did.
 */
record ChainEnd(long balanceUnits, long overageUnits) {

    static Optional<ChainEnd> of(List<Reading.Entry> entries) {
        long newestMicros =
                entries.stream().mapToLong(Reading.Entry::createdMicros).max().orElse(Long.MIN_VALUE);
        List<Reading.Entry> newest = entries.stream()
                .filter(entry -> entry.createdMicros() == newestMicros)
                .sorted(Comparator.comparing(Reading.Entry::id))
                .toList();
        if (newest.isEmpty()) {
            return Optional.empty();
        }
        if (newest.size() == 1) {
            return Optional.of(after(newest.getFirst()));
        }
        List<ChainEnd> ends = endsOfPaths(newest);
        if (ends.size() == 1) {
            return Optional.of(ends.getFirst());
        }
        List<Reading.Entry> older = entries.stream()
                .filter(entry -> entry.createdMicros() < newestMicros)
                .toList();
        Optional<ChainEnd> before = of(older)
                .filter(end -> newest.stream().anyMatch(entry -> after(entry).equals(end)));
        return ends.isEmpty() && before.isPresent() ? before : Optional.of(after(newest.getLast()));
    }

    private static List<ChainEnd> endsOfPaths(List<Reading.Entry> newest) {
        Map<ChainEnd, Integer> surplus = new HashMap<>();
        for (Reading.Entry entry : newest) {
            surplus.merge(after(entry), 1, Integer::sum);
            surplus.merge(before(entry), -1, Integer::sum);
        }
        return surplus.entrySet().stream()
                .filter(state -> state.getValue() > 0)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static ChainEnd before(Reading.Entry entry) {
        return new ChainEnd(entry.balanceBeforeUnits(), entry.overageBeforeUnits());
    }

    private static ChainEnd after(Reading.Entry entry) {
        return new ChainEnd(entry.balanceAfterUnits(), entry.overageAfterUnits());
    }
}
