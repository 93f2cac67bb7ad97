package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.journal.Account;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccountReadsTest {
    private static final long REFRESH = 60;
    private static final long TERMS = 600;

    private final AccountReads reads = new AccountReads();

    private boolean isDue(long nowMillis) {
        return reads.isDue(REFRESH, TERMS, nowMillis);
    }

    private void read(long nowMillis) {
        reads.join();
        reads.begin();
        reads.finish(nowMillis);
        assertThat(reads.isFinished()).isTrue();
    }

    @Test
    void whoAsksJoinsTheReadingThatFollowsAndOneThreadReads() {
        AccountReads.Ticket first = reads.join();
        assertThat(first.needsThread()).isTrue();
        assertThat(reads.begin()).isSameAs(first.result());
        AccountReads.Ticket second = reads.join();
        AccountReads.Ticket third = reads.join();
        assertThat(second.needsThread()).isFalse();
        assertThat(third.needsThread()).isFalse();
        assertThat(second.result()).isSameAs(third.result()).isNotSameAs(first.result());
        assertThat(reads.isFinished()).isFalse();
        assertThat(reads.begin()).isSameAs(second.result());
        assertThat(reads.isFinished()).isTrue();
        assertThat(reads.join().needsThread()).isTrue();
    }

    @Test
    void noReadingBeginsThatNobodyWants() {
        assertThatThrownBy(reads::begin).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anAccountIsDueAfterItsTimeAndNotWhileItIsRead() {
        assertThat(isDue(0)).isTrue();
        read(1_000);
        assertThat(isDue(1_059)).isFalse();
        assertThat(isDue(1_060)).isTrue();
        assertThat(isDue(999)).as("a clock that was set back").isTrue();
        reads.join();
        assertThat(isDue(1_060)).isFalse();
    }

    @Test
    void oneThatAgreesIsDueWhenItsTermsAre() {
        read(1_000);
        reads.agree(1_100);
        assertThat(isDue(1_100)).as("its terms were never read").isTrue();
        reads.termsRead(reads.termsVersion(), 1_000);
        assertThat(isDue(1_100)).isFalse();
        assertThat(isDue(1_159)).isFalse();
        assertThat(isDue(1_160)).as("it agreed too long ago").isTrue();
        assertThat(isDue(1_099)).as("it agreed in the future").isTrue();
        reads.agree(1_599);
        assertThat(isDue(1_599)).isFalse();
        assertThat(isDue(1_600)).isTrue();
    }

    @Test
    void oneThatIsWatchedOrHeardOfIsDueThoughItAgrees() {
        read(1_000);
        reads.termsRead(reads.termsVersion(), 1_000);
        reads.agree(1_060);
        reads.watch(true);
        assertThat(isDue(1_060)).isTrue();
        reads.watch(false);
        assertThat(isDue(1_060)).isFalse();
        reads.forgetTerms();
        assertThat(isDue(1_060)).isTrue();
    }

    @Test
    void termsAreFreshUntilTheyAreOldOrSomethingWasHeard() {
        assertThat(reads.areTermsRead()).isFalse();
        assertThat(reads.areTermsFresh(TERMS, 0)).isFalse();
        int version = reads.termsVersion();
        reads.forgetTerms();
        reads.termsRead(version, 1_000);
        assertThat(reads.areTermsRead()).isTrue();
        assertThat(reads.areTermsFresh(TERMS, 1_000))
                .as("heard of while they were read")
                .isFalse();
        reads.termsRead(reads.termsVersion(), 1_000);
        assertThat(reads.areTermsFresh(TERMS, 999)).isFalse();
        assertThat(reads.areTermsFresh(TERMS, 1_000)).isTrue();
        assertThat(reads.areTermsFresh(TERMS, 1_599)).isTrue();
        assertThat(reads.areTermsFresh(TERMS, 1_600)).isFalse();
    }

    @Test
    void readingsAreApartUnlessTheClockWasSetBack() {
        assertThat(reads.gapMillis(10, 0)).isZero();
        read(1_000);
        assertThat(reads.gapMillis(10, 1_000)).isEqualTo(10);
        assertThat(reads.gapMillis(10, 1_004)).isEqualTo(6);
        assertThat(reads.gapMillis(10, 1_020)).isZero();
        assertThat(reads.gapMillis(10, 999)).isZero();
    }

    @Test
    void whatWasHeardOfIsReadBeforeWhatIsDueEachOnceAndInOrder() {
        ReadingQueue queue = new ReadingQueue(2);
        List<Account> accounts = List.of(account("a"), account("b"), account("c"), account("d"), account("e"));
        queue.addDue(accounts.get(0));
        queue.addDue(accounts.get(1));
        queue.addDue(accounts.get(2));
        queue.addHeardOf(accounts.get(1));
        queue.addHeardOf(accounts.get(3));
        queue.addHeardOf(accounts.get(4));
        queue.addDue(accounts.get(1));
        assertThat(queue.take(account -> false)).isNull();
        assertThat(queue.take(account -> true)).isEqualTo(accounts.get(1));
        assertThat(queue.take(account -> true)).isEqualTo(accounts.get(3));
        assertThat(queue.take(account -> true)).isEqualTo(accounts.get(0));
        assertThat(queue.take(account -> true)).isNull();
    }

    private static Account account(String customerId) {
        return new Account(customerId, "cde_1");
    }
}
