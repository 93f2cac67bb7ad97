package dev.tollgate.bench.load;

import java.util.List;

/** Every connection asks for one stream, all at the beginning. */
final class Streams extends Load {
    Streams(Loop loop) {
        super(loop, true);
    }

    @Override
    void begin(List<Client> all) {
        all.forEach(client -> send(client, System.nanoTime()));
    }

    @Override
    void next(Client client) {}
}
