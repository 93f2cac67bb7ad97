package dev.tollgate.billing;

import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Asks the ledger and waits for the durable answer. For threads that may wait. */
final class LedgerClient {
    private final LedgerThread ledger;

    LedgerClient(LedgerThread ledger) {
        this.ledger = ledger;
    }

    <A> LedgerThread.Reply<A> ask(Command<A> command) throws InterruptedException {
        CompletableFuture<LedgerThread.Reply<A>> reply = new CompletableFuture<>();
        ledger.submit(command, reply::complete);
        try {
            return reply.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a reply cannot fail", e);
        }
    }
}
