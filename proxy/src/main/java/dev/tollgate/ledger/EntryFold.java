package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Turns entries of Dodo's ledger into facts. Pure. */
final class EntryFold {
    /** Entries may become visible a little after their time of creation, and not in its order. */
    private static final long LATE_MICROS = 5 * 60 * 1_000_000L;

    /** How far a reading has to get before that is worth a fact; readings reach back by as much more. */
    private static final long CATCH_UP_MICROS = 10 * 60 * 1_000_000L;

    private EntryFold() {}

    /**
     * The facts of those entries that are news, oldest first. Of a usage deduction at most what this journal has
     * settled and nothing has deducted yet counts as ours; the rest was somebody else's and lowers the balance like
     * any other debit. Of a credit that may be ours, at most what Dodo is to give back; the rest is a present.
     */
    static List<Fact> news(AccountState state, Account account, List<Reading.Entry> entries, long nowMillis) {
        List<Fact> facts = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        long deductibleUnits = state.deductibleUnits();
        long creditDueUnits = state.creditDueUnits();
        List<Reading.Entry> oldestFirst = entries.stream()
                .sorted(Comparator.comparingLong(Reading.Entry::createdMicros).thenComparing(Reading.Entry::id))
                .toList();
        for (Reading.Entry entry : oldestFirst) {
            if (!state.isNews(entry) || !seen.add(entry.id())) {
                continue;
            }
            long usageUnits = entry.usage() ? Math.clamp(-entry.netUnits(), -creditDueUnits, deductibleUnits) : 0;
            deductibleUnits -= Math.max(0, usageUnits);
            creditDueUnits += Math.min(0, usageUnits);
            facts.add(new Fact.EntryApplied(
                    account, entry.id(), entry.type(), entry.netUnits(), usageUnits, entry.createdMicros(), nowMillis));
        }
        return facts;
    }

    /** Usage that {@code facts}, which those entries led to, do not take for ours: somebody else uses the same credits. */
    static long foreignUnits(List<Fact> facts, List<Reading.Entry> entries) {
        Set<String> usageIds = new HashSet<>();
        entries.stream().filter(Reading.Entry::usage).forEach(entry -> usageIds.add(entry.id()));
        long units = 0;
        for (Fact fact : facts) {
            if (fact instanceof Fact.EntryApplied entry && usageIds.contains(entry.entryId())) {
                units = Math.addExact(units, Math.max(0, -entry.netUnits()) - Math.max(0, entry.usageUnits()));
            }
        }
        return units;
    }

    /**
     * Whether, once {@code facts} are applied, the sums here disagree with the newest of {@code entries}: an entry
     * before it has not arrived. Says nothing when something newer is known here already.
     */
    static boolean leavesGap(AccountState state, List<Fact> facts, List<Reading.Entry> entries) {
        long newestMicros =
                entries.stream().mapToLong(Reading.Entry::createdMicros).max().orElse(Long.MIN_VALUE);
        if (newestMicros < state.tipMicros() || facts.isEmpty()) {
            return false;
        }
        long netUnits = netAfter(state, facts);
        return entries.stream()
                .filter(entry -> entry.createdMicros() == newestMicros)
                .noneMatch(entry -> entry.netAfterUnits() == netUnits);
    }

    /** How far the sums here are from a reading, 0 also when something newer than the reading is known here. */
    static long driftUnits(AccountState state, List<Fact> facts, Reading reading) {
        if (state.isAheadOf(reading)) {
            return 0;
        }
        return Math.subtractExact(netAfter(state, facts), reading.netUnits());
    }

    /** The balance of a reading, with the entries that are inside it. */
    static Fact.Based basis(Command.ApplyReading command) {
        Reading reading = command.reading();
        List<String> ids = reading.entries().stream().map(Reading.Entry::id).toList();
        return new Fact.Based(
                command.account(),
                reading.balanceUnits(),
                reading.overageUnits(),
                reading.sinceMicros(),
                ids,
                command.nowMillis());
    }

    /** A reading that leaves something out makes no sense. */
    static void requireReach(AccountState state, Reading reading) {
        if (state.based() && reading.sinceMicros() > state.completeMicros()) {
            throw new IllegalArgumentException("a reading since " + reading.sinceMicros()
                    + " leaves out what came after " + state.completeMicros());
        }
    }

    /** That a reading, which leaves nothing out, takes the account a good deal further. */
    static Optional<Fact> caughtUp(AccountState state, Command.ApplyReading command) {
        Reading reading = command.reading();
        long beforeMicros = Math.max(state.completeMicros(), reading.sinceMicros());
        long throughMicros = reading.newestMicros() - LATE_MICROS;
        return throughMicros - beforeMicros < CATCH_UP_MICROS
                ? Optional.empty()
                : Optional.of(new Fact.CaughtUp(command.account(), throughMicros, command.nowMillis()));
    }

    private static long netAfter(AccountState state, List<Fact> facts) {
        long netUnits = state.netUnits();
        for (Fact fact : facts) {
            if (fact instanceof Fact.EntryApplied entry) {
                netUnits = Math.addExact(netUnits, entry.netUnits());
            }
        }
        return netUnits;
    }
}
