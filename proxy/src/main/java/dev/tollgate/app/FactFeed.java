package dev.tollgate.app;

import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Passes facts that became durable to whoever listens. Listeners are added before the ledger thread starts; from then on
 * only that thread calls it.
 */
final class FactFeed implements Consumer<List<Fact>> {
    private final List<Consumer<List<Fact>>> listeners = new ArrayList<>();

    void add(Consumer<List<Fact>> listener) {
        listeners.add(listener);
    }

    @Override
    public void accept(List<Fact> facts) {
        for (Consumer<List<Fact>> listener : listeners) {
            listener.accept(facts);
        }
    }
}
