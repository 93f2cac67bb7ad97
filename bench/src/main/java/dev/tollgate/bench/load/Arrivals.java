package dev.tollgate.bench.load;

import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Open loop: requests are due at random moments that do not depend on the answers. One that finds all connections in use
 * waits, and its latency counts from the moment when it was due.
 */
final class Arrivals extends Load implements Runnable {
    private static final long SEED = 6;

    private final double meanGapNanos;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final ArrayDeque<Client> idle = new ArrayDeque<>();
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();
    private long dueNanos;

    Arrivals(Loop loop, int perSecond) {
        super(loop, false);
        this.meanGapNanos = 1e9 / perSecond;
    }

    @Override
    void begin(List<Client> all) {
        idle.addAll(all);
        dueNanos = System.nanoTime();
        run();
    }

    @Override
    public void run() {
        while (!isStopping() && dueNanos <= System.nanoTime()) {
            arrive(dueNanos);
            dueNanos += (long) (-Math.log(1 - random.nextDouble()) * meanGapNanos);
        }
        if (!isStopping()) {
            loop().eventLoop().schedule(this, Math.max(0, dueNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
    }

    private void arrive(long due) {
        Client client = idle.poll();
        if (client == null) {
            waiting.add(due);
        } else {
            send(client, due);
        }
    }

    @Override
    void next(Client client) {
        Long due = waiting.poll();
        if (due == null) {
            idle.add(client);
        } else {
            send(client, due);
        }
    }
}
