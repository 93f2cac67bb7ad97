package dev.tollgate.ledger;

/** A gate did not keep a {@link Promise}. */
final class BrokenPromise extends RuntimeException {
    private final Promise promise;

    BrokenPromise(Promise promise, String message) {
        super(promise + ": " + message);
        this.promise = promise;
    }

    Promise promise() {
        return promise;
    }
}
