package dev.tollgate.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/** The mailbox under Lincheck, which tries the ways in which its threads can get in between each other, and creates this. */
public class MailboxLincheckTest {
    private static final int INTERLEAVINGS = 2_000;

    private final Mailbox<Integer> mailbox = new Mailbox<>();

    @Operation
    public boolean offer(@Param(gen = IntGen.class, conf = "1:9") int letter) {
        return mailbox.offer(letter, Integer.MAX_VALUE);
    }

    @Operation(nonParallelGroup = "receiver")
    public List<Integer> drainOne() {
        return drain(1);
    }

    @Operation(nonParallelGroup = "receiver")
    public List<Integer> drainTwo() {
        return drain(2);
    }

    private List<Integer> drain(int most) {
        List<Integer> taken = new ArrayList<>();
        mailbox.drain(taken, most);
        return taken;
    }

    @Test
    void itIsAQueueInEveryInterleaving() {
        new ModelCheckingOptions()
                .iterations(10)
                .invocationsPerIteration(500)
                .threads(3)
                .actorsPerThread(3)
                .check(MailboxLincheckTest.class);
    }

    @Test
    void itIsAQueueOnRealThreads() {
        new StressOptions()
                .iterations(10)
                .invocationsPerIteration(500)
                .threads(3)
                .actorsPerThread(3)
                .check(MailboxLincheckTest.class);
    }

    /** A wake-up that is lost does not show here, where parking may end by itself; {@code MailboxTest} shows it. */
    @Test
    void whoWaitsGetsEveryLetterOnce() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Mailbox<Integer> letters = new Mailbox<>();
            Thread first = new Thread(() -> letters.offer(1, 2));
            Thread second = new Thread(() -> letters.offer(2, 2));
            first.start();
            second.start();
            List<Integer> taken = new ArrayList<>();
            letters.take(taken, 1);
            letters.take(taken, 1);
            join(first);
            join(second);
            require(taken.size() == 2 && taken.contains(1) && taken.contains(2) && letters.size() == 0);
        });
    }

    @Test
    void asManyLettersAreTakenAsTheLimitSays() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Mailbox<Integer> letters = new Mailbox<>();
            AtomicInteger accepted = new AtomicInteger();
            List<Thread> senders = new ArrayList<>();
            for (int letter = 0; letter < 3; letter++) {
                int sent = letter;
                senders.add(new Thread(() -> accepted.addAndGet(letters.offer(sent, 2) ? 1 : 0)));
            }
            senders.forEach(Thread::start);
            senders.forEach(MailboxLincheckTest::join);
            require(accepted.get() == 2 && letters.size() == 2);
        });
    }

    /** In here, since Lincheck does not follow an assertion library. */
    private static void require(boolean holds) {
        if (!holds) {
            throw new AssertionError();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
