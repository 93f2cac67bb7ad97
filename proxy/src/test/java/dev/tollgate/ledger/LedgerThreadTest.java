package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import dev.tollgate.ledger.LedgerThread.Reply;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the ledger's thread takes, commits and answers, and what it refuses. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LedgerThreadTest {
    private static final int MAILBOX = 1 << 16;
    private static final int GROUP = 512;
    private static final long NOW = 1_000_000;
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");

    private final KeptJournal journal = new KeptJournal();
    private final List<List<Fact>> committed = new ArrayList<>();
    private final AtomicInteger failures = new AtomicInteger();
    private final List<Reply<?>> replies = new ArrayList<>();

    /** Facts in memory; fails when told to. */
    private static final class KeptJournal implements Journal {
        private final List<List<Fact>> groups = new ArrayList<>();
        private boolean failing;

        @Override
        public void replay(Consumer<Fact> fold) {
            groups.forEach(group -> group.forEach(fold));
        }

        @Override
        public OptionalLong beganMillis() {
            return OptionalLong.empty();
        }

        @Override
        public void replayKeys(Consumer<Fact.KeyChanged> fold) {}

        @Override
        public void append(List<Fact> group) throws JournalException {
            if (failing) {
                throw new JournalException("the disk is full");
            }
            groups.add(List.copyOf(group));
        }

        @Override
        public Outbox outbox() {
            throw new UnsupportedOperationException("nothing is shipped here");
        }

        @Override
        public void checkpoint() {}

        @Override
        public void close() {}
    }

    private LedgerThread ledger() throws JournalException {
        return LedgerThread.recover(
                journal,
                committed::add,
                failures::incrementAndGet,
                Thread::new,
                InstantSource.fixed(Instant.ofEpochMilli(NOW)));
    }

    /** A ledger that decides when the test says so, with {@code units} to be spent. */
    private LedgerThread stepped(long units) throws JournalException {
        LedgerThread ledger = ledger();
        ledger.startWithoutThread(() -> {});
        Reading reading = new Reading(units, 0, 0, List.of(), null, NOW);
        ledger.submit(new Command.ApplyReading(ACCOUNT, reading, NOW), reply -> {});
        ledger.decideQueued();
        return ledger;
    }

    private <A> void submit(LedgerThread ledger, Command<A> command) {
        ledger.submit(command, replies::add);
    }

    private static Command.Reserve reserve(String requestId, long units) {
        return new Command.Reserve(
                requestId, ACCOUNT, "k", "m", units, 0, 0, 1, Policies.of(new Overage.Off()), true, MAILBOX, 1, NOW);
    }

    private static Command.Settle settle(String requestId, long units) {
        return new Command.Settle(requestId, "m", units, Fact.Tokens.NONE, false, NOW);
    }

    private static Command.Look look() {
        return new Command.Look(ACCOUNT, new Overage.Off());
    }

    private static void decideAll(LedgerThread ledger) {
        while (ledger.queued() > 0) {
            ledger.decideQueued();
        }
    }

    private static <A> Reply<A> refused(Reply.Reason reason) {
        return new Reply.Refused<>(reason);
    }

    @Test
    void aFullMailboxRefusesWhatBeginsFirstAndNeverWhatEnds() throws Exception {
        LedgerThread ledger = stepped(100);
        submit(ledger, reserve("settled", 60));
        submit(ledger, reserve("released", 40));
        submit(ledger, reserve("waiting", 40));
        ledger.decideQueued();
        assertThat(replies).hasSize(2);
        for (int i = 0; i < MAILBOX / 2; i++) {
            ledger.submit(look(), reply -> {});
        }
        replies.clear();

        submit(ledger, reserve("late", 1));
        assertThat(replies).containsExactly(refused(Reply.Reason.BUSY));
        for (int i = 0; i < MAILBOX / 2; i++) {
            ledger.submit(look(), reply -> {});
        }
        submit(ledger, look());
        submit(ledger, new Command.Shrink("settled", 10, NOW));
        assertThat(replies).containsOnly(refused(Reply.Reason.BUSY)).hasSize(3);
        assertThat(ledger.queued()).isEqualTo(MAILBOX);

        replies.clear();
        submit(ledger, new Command.Withdraw("waiting", ACCOUNT));
        submit(ledger, settle("settled", 7));
        submit(ledger, new Command.Release("released", "not_sent", NOW));
        decideAll(ledger);
        submit(ledger, look());
        ledger.decideQueued();

        assertThat(replies.subList(0, 4))
                .as("withdrawn, and so answered; settled; released")
                .contains(new Reply.Durable<>(true))
                .noneMatch(reply -> reply instanceof Reply.Refused<?>);
        AccountView view = view(replies.getLast());
        assertThat(view.heldUnits()).isZero();
        assertThat(view.usedUnits()).isEqualTo(7);
    }

    @Test
    void nothingBeginsWhileTooMuchUsageWaitsForDodo() throws Exception {
        LedgerThread ledger = stepped(100);
        ledger.boundBacklog(2);
        submit(ledger, reserve("first", 1));
        submit(ledger, reserve("second", 1));
        submit(ledger, reserve("third", 1));
        decideAll(ledger);
        submit(ledger, settle("first", 1));
        submit(ledger, settle("second", 1));
        decideAll(ledger);
        assertThat(ledger.backlog()).isEqualTo(2);

        replies.clear();
        submit(ledger, reserve("fourth", 1));
        assertThat(replies).containsExactly(refused(Reply.Reason.BACKLOG));

        submit(ledger, settle("third", 1));
        List<Outbox.Delivery> delivered = new ArrayList<>();
        journal.replay(fact -> {
            if (fact instanceof Fact.Settled settled) {
                delivered.add(Outbox.Delivery.of(settled));
            }
        });
        submit(ledger, new Command.Acknowledge(delivered, NOW));
        decideAll(ledger);
        submit(ledger, reserve("fifth", 1));
        decideAll(ledger);
        assertThat(replies.subList(1, replies.size())).hasSize(3).noneMatch(reply -> reply instanceof Reply.Refused<?>);
        assertThat(ledger().backlog())
                .as("what waits after a restart, with the request that it broke off")
                .isEqualTo(2);
    }

    private static AccountView view(Reply<?> reply) {
        return (AccountView) ((Reply.Durable<?>) reply).answer();
    }

    @Test
    void whatHasQueuedUpIsOneGroupAndAnsweredAfterItsCommit() throws Exception {
        LedgerThread ledger = stepped(1_000);
        committed.clear();
        int before = journal.groups.size();
        for (int i = 0; i < GROUP + 3; i++) {
            int groups = before + (i < GROUP ? 1 : 2);
            ledger.submit(reserve("r" + i, i < 9 ? 1 : 0), reply -> {
                assertThat(journal.groups).as("durable before it is answered").hasSize(groups);
                replies.add(reply);
            });
        }
        assertThat(ledger.queued()).isEqualTo(GROUP + 3);

        ledger.decideQueued();
        assertThat(ledger.queued()).isEqualTo(3);
        ledger.decideQueued();
        ledger.decideQueued();

        assertThat(replies).hasSize(GROUP + 3);
        assertThat(committed).hasSize(2).isEqualTo(journal.groups.subList(before, before + 2));
    }

    @Test
    void aReservationThatWaitsIsAnsweredWhenThereIsRoom() throws Exception {
        LedgerThread ledger = stepped(100);
        submit(ledger, reserve("first", 100));
        submit(ledger, reserve("second", 100));
        ledger.decideQueued();
        assertThat(replies).hasSize(1);

        submit(ledger, new Command.Release("first", "not_sent", NOW));
        ledger.decideQueued();

        assertThat(replies).hasSize(3);
        assertThat(replies.getLast()).isEqualTo(new Reply.Durable<>(true));
        assertThat(replies.get(1)).isEqualTo(new Reply.Durable<>(new Command.ReserveAnswer.Granted(100, 0, 0, 0)));
    }

    @Test
    void aCommandThatMakesNoSenseIsRefusedAndTheOthersGoOn() throws Exception {
        LedgerThread ledger = stepped(100);
        submit(ledger, reserve("r", 10));
        submit(ledger, settle("r", Long.MAX_VALUE));
        submit(ledger, new Command.Inherit(ACCOUNT, Long.MAX_VALUE, NOW));
        submit(ledger, look());

        decideAll(ledger);

        assertThat(replies).hasSize(4);
        assertThat(replies).filteredOn(refused(Reply.Reason.SENSELESS)::equals).hasSize(1);
        assertThat(ledger.failed()).isFalse();
    }

    @Test
    void aReplyThatThrowsKeepsNobodyElseFromTheirs() throws Exception {
        LedgerThread ledger = stepped(100);
        ledger.submit(look(), reply -> {
            throw new IllegalArgumentException("mine");
        });
        submit(ledger, look());

        ledger.decideQueued();

        assertThat(view(replies.getFirst()).availableUnits()).isEqualTo(100);
        assertThat(ledger.failed()).isFalse();
    }

    @Test
    void afterAFailedCommitNobodyIsToldOfSuccessAnyMore() throws Exception {
        LedgerThread ledger = stepped(100);
        submit(ledger, reserve("open", 100));
        submit(ledger, reserve("waiting", 100));
        ledger.decideQueued();
        replies.clear();
        committed.clear();
        journal.failing = true;

        submit(ledger, look());
        submit(ledger, settle("open", 1));
        ledger.decideQueued();

        assertThat(replies).containsOnly(refused(Reply.Reason.FAILED)).hasSize(3);
        assertThat(failures).hasValue(1);
        assertThat(committed).isEmpty();
        assertThat(ledger.failed()).isTrue();
        submit(ledger, look());
        assertThat(replies).containsOnly(refused(Reply.Reason.FAILED)).hasSize(4);
        assertThat(ledger.queued()).isZero();
    }

    @Test
    void whatWasQueuedBehindAFailureFailsToo() throws Exception {
        LedgerThread ledger = stepped(100);
        for (int i = 0; i < GROUP; i++) {
            ledger.submit(reserve("r" + i, 0), reply -> {});
        }
        submit(ledger, look());
        journal.failing = true;

        ledger.decideQueued();
        ledger.decideQueued();

        assertThat(replies).containsExactly(refused(Reply.Reason.FAILED));
        assertThat(failures).hasValue(1);
    }

    @Test
    void recoveryClosesWhatWasOpenBeforeAnybodyAsks() throws Exception {
        LedgerThread first = stepped(100);
        submit(first, reserve("sent", 30));
        submit(first, reserve("not sent", 20));
        first.decideQueued();
        replies.clear();

        LedgerThread second = LedgerThread.recover(
                journal,
                reserved -> reserved.requestId().equals("sent")
                        ? new Command.OrphanEnd.Estimated(11)
                        : new Command.OrphanEnd.Unbilled("not_sent"),
                committed::add,
                failures::incrementAndGet,
                Thread::new,
                InstantSource.fixed(Instant.ofEpochMilli(NOW)));
        second.startWithoutThread(() -> {});
        submit(second, look());
        second.decideQueued();

        AccountView view = view(replies.getFirst());
        assertThat(view.heldUnits()).isZero();
        assertThat(view.usedUnits()).isEqualTo(11);
        assertThat(journal.groups.getLast()).hasSize(2).noneMatch(fact -> fact instanceof Fact.Reserved);
    }

    @Test
    void ofWhatNothingIsKnownTheWholeHoldIsBooked() throws Exception {
        LedgerThread first = stepped(100);
        submit(first, reserve("sent", 30));
        first.decideQueued();
        replies.clear();

        LedgerThread second = ledger();
        second.startWithoutThread(() -> {});
        submit(second, look());
        second.decideQueued();

        assertThat(view(replies.getFirst()).usedUnits()).isEqualTo(30);
    }

    @Test
    void whoeverDecidesHearsOfEveryCommandThatWasTaken() throws Exception {
        LedgerThread ledger = ledger();
        AtomicInteger heard = new AtomicInteger();
        ledger.startWithoutThread(heard::incrementAndGet);
        submit(ledger, look());
        submit(ledger, look());

        assertThat(heard).hasValue(2);
    }

    @Test
    void nobodyIsWithdrawnWhoDoesNotWait() throws Exception {
        LedgerThread ledger = stepped(100);
        submit(ledger, new Command.Withdraw("never", ACCOUNT));
        ledger.decideQueued();

        assertThat(replies).containsExactly(new Reply.Durable<>(false));
    }

    @Test
    void recoveryOfAJournalWithoutOpenRequestsWritesNothing() throws Exception {
        stepped(100);
        int before = journal.groups.size();

        ledger();

        assertThat(journal.groups).hasSize(before);
    }

    @Test
    void itsThreadAnswersAndAtTheEndDecidesWhatWasQueuedAndRefusesTheRest() throws Exception {
        LedgerThread ledger = ledger();
        Reading reading = new Reading(100, 0, 0, List.of(), null, NOW);
        submit(ledger, new Command.ApplyReading(ACCOUNT, reading, NOW));
        submit(ledger, reserve("first", 100));
        submit(ledger, reserve("waiting", 100));
        ledger.start();

        ledger.stop();
        submit(ledger, look());

        assertThat(replies).hasSize(4);
        assertThat(replies.get(0)).isEqualTo(new Reply.Durable<>(new Command.ReadingAnswer(0, 0, 0)));
        assertThat(replies.get(1)).isEqualTo(new Reply.Durable<>(new Command.ReserveAnswer.Granted(100, 0, 0, 0)));
        assertThat(replies.subList(2, 4)).containsOnly(refused(Reply.Reason.CLOSED));
        assertThat(ledger.failed()).isFalse();
    }

    @Test
    void aLedgerThatFailedCanBeStopped() throws Exception {
        LedgerThread ledger = ledger();
        journal.failing = true;
        ledger.startWithoutThread(() -> {});
        submit(ledger, new Command.ApplyReading(ACCOUNT, new Reading(9, 0, 0, List.of(), null, NOW), NOW));
        ledger.decideQueued();
        ledger.start();

        ledger.stop();

        assertThat(replies).as("once").containsExactly(refused(Reply.Reason.FAILED));
        assertThat(ledger.failed()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(LedgerThread.Holds.class)
    void aReservationWaitsForItsCommitUnlessHoldsAreWrittenBehind(LedgerThread.Holds holds) throws Exception {
        stepped(100);
        LedgerThread ledger = ledger();
        journal.failing = true;
        submit(ledger, reserve("first", 70));
        submit(ledger, settle("first", 10));
        ledger.start(holds);

        ledger.stop();

        Reply<?> granted = new Reply.Durable<>(new Command.ReserveAnswer.Granted(70, 0, 0, 30));
        Reply<?> failed = refused(Reply.Reason.FAILED);
        assertThat(replies)
                .as("each once, and no settlement before it is durable")
                .containsExactly(holds == LedgerThread.Holds.BEHIND ? granted : failed, failed);
    }
}
