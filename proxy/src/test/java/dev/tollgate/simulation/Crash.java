package dev.tollgate.simulation;

/** The simulated process dies here and now. An error, since nothing that it runs may survive it. */
final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash(String where) {
        super(where, null, false, false);
    }
}
