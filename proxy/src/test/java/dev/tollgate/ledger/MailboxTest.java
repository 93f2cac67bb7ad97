package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs in threads that a test can be given up on: a receiver that is never woken cannot be interrupted either. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MailboxTest {
    private static final int SENDERS = 200;
    private static final int LETTERS = 500;
    private static final int LIMIT = 64;

    private final Mailbox<Letter> mailbox = new Mailbox<>();

    private record Letter(int sender, int number) {}

    @Test
    void everyLetterArrivesOnceAndInItsSendersOrder() throws InterruptedException {
        AtomicInteger refusals = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        for (int sender = 0; sender < SENDERS; sender++) {
            int from = sender;
            Thread.ofVirtual().start(() -> sendAll(from, start, refusals));
        }

        start.countDown();
        int[] next = new int[SENDERS];
        List<Letter> taken = new ArrayList<>();
        for (int left = SENDERS * LETTERS; left > 0; left -= taken.size()) {
            taken.clear();
            mailbox.take(taken, 1 + left % 100);
            assertThat(taken.size()).isBetween(1, Math.min(LIMIT, 1 + left % 100));
            for (Letter letter : taken) {
                assertThat(letter.number()).isEqualTo(next[letter.sender()]++);
            }
        }

        assertThat(next).containsOnly(LETTERS);
        await().until(() -> mailbox.size() == 0);
        assertThat(mailbox.drain(taken, 1)).isZero();
        System.out.println("Mailbox: " + SENDERS * LETTERS + " letters, " + refusals + " refusals on the way");
    }

    private void sendAll(int sender, CountDownLatch start, AtomicInteger refusals) {
        try {
            start.await();
        } catch (InterruptedException e) {
            return;
        }
        for (int number = 0; number < LETTERS; number++) {
            while (!mailbox.offer(new Letter(sender, number), LIMIT)) {
                refusals.incrementAndGet();
                LockSupport.parkNanos(1); // another sender goes first
            }
        }
    }

    @Test
    void neverHoldsMoreThanTheLimit() throws InterruptedException {
        AtomicInteger accepted = new AtomicInteger();
        List<Thread> senders = new ArrayList<>();
        for (int sender = 0; sender < SENDERS; sender++) {
            int from = sender;
            senders.add(Thread.ofVirtual().start(() -> {
                if (mailbox.offer(new Letter(from, 0), LIMIT)) {
                    accepted.incrementAndGet();
                }
            }));
        }
        for (Thread sender : senders) {
            sender.join();
        }

        List<Letter> taken = new ArrayList<>();
        assertThat(mailbox.size()).isEqualTo(accepted.get()).isLessThanOrEqualTo(LIMIT);
        assertThat(mailbox.drain(taken, Integer.MAX_VALUE)).isEqualTo(accepted.get());
        assertThat(mailbox.offer(new Letter(0, 1), 1)).isTrue();
        assertThat(mailbox.offer(new Letter(0, 2), 1)).isFalse();
    }

    /** One letter at a time: each finds the receiver waiting or about to wait, and no further letter would wake it. */
    @Test
    void noWakeUpIsLost() throws InterruptedException {
        Mailbox<Letter> answers = new Mailbox<>();
        Thread receiver = Thread.ofPlatform().daemon().start(() -> {
            List<Letter> taken = new ArrayList<>();
            for (int number = 0; number < 20_000; number++) {
                taken.clear();
                mailbox.take(taken, 10);
                answers.offer(taken.getFirst(), LIMIT);
            }
        });

        List<Letter> taken = new ArrayList<>();
        for (int number = 0; number < 20_000; number++) {
            assertThat(mailbox.offer(new Letter(0, number), LIMIT)).isTrue();
            taken.clear();
            answers.take(taken, 10);
            assertThat(taken).containsExactly(new Letter(0, number));
        }

        assertThat(receiver.join(Duration.ofSeconds(10))).isTrue();
    }
}
