package dev.tollgate.bench.load;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Clients of one candidate and the rule by which they send. What a subclass adds runs on the loop. */
abstract class Load {
    private static final int CONNECTING_MAX = 256;

    private final Loop loop;
    private final boolean streamed;
    private final List<Client> clients = new ArrayList<>();
    private List<ByteBuf> requests = List.of();
    private final AtomicInteger connected = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private Tally tally = new Tally();
    private long answersBefore;
    private long eventsBefore;
    private volatile boolean stopping;
    private volatile boolean expectsRefusals;
    private volatile @Nullable String complaint;

    Load(Loop loop, boolean streamed) {
        this.loop = loop;
        this.streamed = streamed;
    }

    /**
     * Opens the connections and waits for them.
     *
     * @param byClient the i-th client sends the i-th of them, from the first again after the last; released when it ends
     */
    final void connect(int port, int connections, List<ByteBuf> byClient) throws InterruptedException {
        requests = byClient;
        for (int i = 0; i < connections; i++) {
            Client client = new Client(this, requests.get(i % requests.size()));
            clients.add(client);
            var connecting = loop.connect(port, () -> client);
            if (i % CONNECTING_MAX == 0) {
                connecting.sync();
            }
        }
        for (long waited = 0; connected.get() < connections; waited++) {
            if (waited > 10_000) {
                throw new IllegalStateException(
                        "only " + connected.get() + " of " + connections + " connections opened");
            }
            Thread.sleep(1);
        }
    }

    /** One more connection is open. */
    final void connected() {
        connected.incrementAndGet();
    }

    /** Sends the first requests. */
    final void start() throws InterruptedException {
        loop.call(() -> {
            begin(clients);
            return true;
        });
    }

    abstract void begin(List<Client> all);

    /** This client's answer has ended and it is free. */
    abstract void next(Client client);

    final void send(Client client, long dueNanos) {
        if (!client.isOpen()) {
            tally.failures++;
            return;
        }
        running.incrementAndGet();
        client.send(dueNanos);
    }

    final void answered(Client client) {
        running.decrementAndGet();
        if (!stopping) {
            next(client);
        }
    }

    /** From now on an answer of 429 or 503 is no failure. */
    final void expectRefusals() {
        expectsRefusals = true;
    }

    final boolean expectsRefusals() {
        return expectsRefusals;
    }

    /** Closes the connections without waiting for what runs on them. */
    final void abandon() throws InterruptedException {
        stopping = true;
        loop.call(() -> {
            clients.forEach(Client::close);
            return true;
        });
        release();
    }

    private void release() {
        requests.forEach(request -> request.unwrap().release());
    }

    final boolean isStopping() {
        return stopping;
    }

    final Loop loop() {
        return loop;
    }

    final Tally tally() {
        return tally;
    }

    final boolean streamed() {
        return streamed;
    }

    final void complain(String about) {
        if (complaint == null) {
            complaint = about;
        }
    }

    /** The first thing that went wrong. */
    final @Nullable String complaint() {
        return complaint;
    }

    /** Takes off what was seen since the last time. */
    final Tally take() throws InterruptedException {
        return loop.call(() -> {
            Tally taken = tally;
            answersBefore += taken.answers;
            eventsBefore += taken.events;
            tally = new Tally();
            return taken;
        });
    }

    /** How many events of streams came in all, once the load has stopped. */
    final long events() {
        return eventsBefore;
    }

    /** Lets running requests end, closes the connections, and says how many answers came in all. */
    final long stop() throws InterruptedException {
        stopping = true;
        for (long waited = 0; running.get() > 0; waited++) {
            if (waited > 60_000) {
                throw new IllegalStateException(running.get() + " requests did not end: " + complaint);
            }
            Thread.sleep(1);
        }
        take();
        loop.call(() -> {
            clients.forEach(Client::close);
            return true;
        });
        release();
        return answersBefore;
    }
}
