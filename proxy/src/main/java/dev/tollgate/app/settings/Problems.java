package dev.tollgate.app.settings;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is wrong with one file while it is read. Owned by the thread that reads.
 *
 * <p>Holds the first thousand errors and the first thousand warnings; of the others only the count.
 */
final class Problems {
    private static final int MOST = 1000;

    private final Path file;
    private final Bounded errors = new Bounded();
    private final Bounded warnings = new Bounded();

    Problems(Path file) {
        this.file = file;
    }

    void error(Place place, String path, String message, @Nullable String suggestion) {
        errors.add(new Problem(file, place.line(), place.column(), path, message, suggestion));
    }

    void warning(Place place, String path, String message, @Nullable String suggestion) {
        warnings.add(new Problem(file, place.line(), place.column(), path, message, suggestion));
    }

    boolean any() {
        return !errors.first.isEmpty();
    }

    /** The errors in the order of the file. */
    List<Problem> errors() {
        return errors.inOrder(file);
    }

    /** The warnings in the order of the file. */
    List<Problem> warnings() {
        return warnings.inOrder(file);
    }

    private static final class Bounded {
        private final List<Problem> first = new ArrayList<>();
        private long others;

        void add(Problem problem) {
            if (first.size() < MOST) {
                first.add(problem);
            } else {
                others++;
            }
        }

        List<Problem> inOrder(Path file) {
            List<Problem> ordered = new ArrayList<>(first);
            ordered.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
            if (others > 0) {
                Problem last = ordered.getLast();
                ordered.add(new Problem(file, last.line(), last.column(), "", "and " + others + " more", null));
            }
            return List.copyOf(ordered);
        }
    }
}
