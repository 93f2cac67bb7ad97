package dev.tollgate.app;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rows in order, the newest one by one, older neighbours put together where they allow it. Owned by one thread. */
final class Digest<R extends Digest.Row<R>> {

    /** What can be put together with the row before it. */
    interface Row<R> {
        /** This row and the next in one; empty when each must stand by itself. */
        Optional<R> with(R next);
    }

    private final int newest;
    private final List<R> older = new ArrayList<>();
    private final ArrayDeque<R> single = new ArrayDeque<>();

    Digest(int newest) {
        this.newest = newest;
    }

    void add(R row) {
        single.addLast(row);
        if (single.size() > newest) {
            putAway(single.removeFirst());
        }
    }

    private void putAway(R row) {
        Optional<R> joined =
                older.isEmpty() ? Optional.empty() : older.getLast().with(row);
        if (joined.isPresent()) {
            older.set(older.size() - 1, joined.get());
        } else {
            older.add(row);
        }
    }

    List<R> rows() {
        List<R> rows = new ArrayList<>(older);
        rows.addAll(single);
        return rows;
    }
}
