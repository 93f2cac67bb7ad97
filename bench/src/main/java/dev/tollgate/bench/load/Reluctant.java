package dev.tollgate.bench.load;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** Clients that ask for a stream and then read a little of it now and then, or nothing at all. */
final class Reluctant extends Load {
    private static final long FIRST_READS_MILLIS = 1_000;

    private final long readMillis;

    /** @param readMillis from one read of a client to its next; 0 for none after the beginning of the answer */
    Reluctant(Loop loop, long readMillis) {
        super(loop, true);
        this.readMillis = readMillis;
    }

    @Override
    void begin(List<Client> all) {
        all.forEach(client -> send(client, System.nanoTime()));
        loop().eventLoop().schedule(() -> hesitate(all), FIRST_READS_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void hesitate(List<Client> all) {
        all.forEach(Client::hesitate);
        if (readMillis > 0) {
            for (int i = 0; i < all.size(); i++) {
                Client client = all.get(i);
                long firstMillis = readMillis * i / all.size();
                loop().eventLoop()
                        .scheduleAtFixedRate(client::readOnce, firstMillis, readMillis, TimeUnit.MILLISECONDS);
            }
        }
    }

    @Override
    void next(Client client) {}
}
