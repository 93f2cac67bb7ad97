package dev.tollgate.bench.load;

import java.util.List;

/** Closed loop: every connection sends its next request as soon as it has its answer. */
final class Saturation extends Load {
    Saturation(Loop loop) {
        super(loop, false);
    }

    @Override
    void begin(List<Client> all) {
        all.forEach(this::next);
    }

    @Override
    void next(Client client) {
        send(client, System.nanoTime());
    }
}
