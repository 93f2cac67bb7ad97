package dev.tollgate.billing;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import dev.tollgate.ledger.Policies;
import dev.tollgate.ledger.Reading;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A real journal with a real ledger on its thread, and every fact that became durable. */
final class Books implements AutoCloseable {
    static final Account ALICE = new Account("cus_alice", "cde_1");

    final SqliteJournal journal;
    final LedgerThread thread;
    final List<Fact> facts = new CopyOnWriteArrayList<>();
    private final LedgerClient ledger;
    private final InstantSource clock;

    Books(Path folder, InstantSource clock) throws Exception {
        this.clock = clock;
        journal = SqliteJournal.open(folder);
        thread = LedgerThread.recover(
                journal, facts::addAll, () -> {}, Thread.ofPlatform().factory(), clock);
        thread.start();
        ledger = new LedgerClient(thread);
    }

    Outbox outbox() {
        return journal.outbox();
    }

    <A> A ask(Command<A> command) {
        try {
            return switch (ledger.ask(command)) {
                case LedgerThread.Reply.Durable<A> durable -> durable.answer();
                case LedgerThread.Reply.Refused<A> refused -> throw new AssertionError("refused: " + refused.reason());
            };
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void open(Account account, long balanceUnits) {
        ask(new Command.ApplyReading(
                account, new Reading(balanceUnits, 0, 0, List.of(), null, clock.millis()), clock.millis()));
    }

    void settle(String requestId, Account account, long units) {
        settle(requestId, account, units, Policies.of(new Overage.AsDodoSays()));
    }

    /** The customer has no subscription, so this is to be debited by an entry. */
    void settleDebited(String requestId, Account account, long units) {
        settle(requestId, account, units, Policies.debiting(new Overage.AsDodoSays()));
    }

    private void settle(String requestId, Account account, long units, Command.Policy policy) {
        ask(new Command.Reserve(
                requestId,
                account,
                "key_1",
                "gpt-5",
                units,
                0,
                0,
                1,
                policy,
                false,
                1_000,
                Long.MAX_VALUE / 2,
                clock.millis()));
        ask(new Command.Settle(
                requestId, "gpt-5-2026", units, new Fact.Tokens(units, 0, units, 0, 0), false, clock.millis()));
    }

    void settleMany(int requests) {
        for (int i = 0; i < requests; i++) {
            settle("req_" + i, ALICE, 1);
        }
    }

    AccountView look(Account account) {
        return ask(new Command.Look(account, new Overage.AsDodoSays()));
    }

    List<String> ingested() {
        return facts.stream()
                .filter(fact -> fact instanceof Fact.Ingested)
                .map(fact -> ((Fact.Ingested) fact).requestId())
                .toList();
    }

    List<Fact.Quarantined> quarantined() {
        return facts.stream()
                .filter(fact -> fact instanceof Fact.Quarantined)
                .map(fact -> (Fact.Quarantined) fact)
                .toList();
    }

    long drifts() {
        return facts.stream().filter(fact -> fact instanceof Fact.Based).count() - 1;
    }

    @Override
    public void close() throws JournalException {
        try {
            thread.stop();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        journal.close();
    }
}
