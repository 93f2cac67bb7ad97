package dev.tollgate.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Looks for a history in which a gate breaks a promise, and for a short one. */
final class Search {
    static final int DEFAULT_STEPS = 120_000;
    private static final int HISTORY_STEPS = 400;

    /** A build must not depend on chance; other seeds are for longer runs. */
    private static final long DEFAULT_SEED = 20_260_101;

    private final Supplier<Gate> gates;
    private final Promises promises;

    Search(Supplier<Gate> gates, Promises promises) {
        this.gates = gates;
        this.promises = promises;
    }

    static long seed() {
        return Long.getLong("tollgate.seed", DEFAULT_SEED);
    }

    static long steps() {
        return Long.getLong("tollgate.steps", DEFAULT_STEPS);
    }

    /** A broken promise: where in all steps, and the steps that lead there, from an empty ledger. */
    record Found(long atStep, List<Step> steps, BrokenPromise broken) {
        @Override
        public String toString() {
            String listed = steps.stream().map(step -> "  " + step).collect(Collectors.joining("\n"));
            return broken.getMessage() + "\nat step " + atStep + ", and after these " + steps.size() + ":\n" + listed;
        }
    }

    /** Runs whole histories until there were at least so many steps. */
    Optional<Found> run(long seed, long steps, Tally tally) {
        for (long done = 0; done < steps; done += HISTORY_STEPS) {
            List<Step> history = RandomSteps.of(seed + done, HISTORY_STEPS);
            Optional<Found> found = replay(history, tally);
            if (found.isPresent()) {
                return Optional.of(new Found(
                        done + found.get().atStep(),
                        found.get().steps(),
                        found.get().broken()));
            }
        }
        return Optional.empty();
    }

    Optional<Found> replay(List<Step> steps, Tally tally) {
        History history = new History(gates, promises, tally);
        int at = 0;
        try {
            for (Step step : steps) {
                at++;
                history.take(step);
            }
            history.settleDown();
            return Optional.empty();
        } catch (BrokenPromise broken) {
            return Optional.of(new Found(at, List.copyOf(steps.subList(0, at)), broken));
        }
    }

    /** Takes steps out, in ever smaller pieces, as long as the same promise is broken; then no single one can go. */
    Found shrink(Found found) {
        Found shortest = found;
        int piece = Math.max(1, found.steps().size() / 2);
        while (true) {
            Optional<Found> shorter = without(shortest, piece);
            if (shorter.isPresent()) {
                shortest = shorter.get();
            } else if (piece == 1) {
                return new Found(found.atStep(), shortest.steps(), shortest.broken());
            } else {
                piece /= 2;
            }
        }
    }

    private Optional<Found> without(Found found, int piece) {
        for (int from = 0; from < found.steps().size(); from += piece) {
            List<Step> rest = new ArrayList<>(found.steps());
            rest.subList(from, Math.min(rest.size(), from + piece)).clear();
            Optional<Found> again = replay(rest, new Tally())
                    .filter(shorter ->
                            shorter.broken().promise() == found.broken().promise());
            if (again.isPresent()) {
                return again;
            }
        }
        return Optional.empty();
    }
}
