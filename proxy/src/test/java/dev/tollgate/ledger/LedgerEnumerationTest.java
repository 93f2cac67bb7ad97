package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Small sets of events in all their orders: every promise holds after every one of them. */
class LedgerEnumerationTest {
    private static final long HOUR = 3_600_000;

    private long orders;

    /** Something that happens as a whole, named for what the orders of it may matter to. */
    private record Letter(String name, boolean ofRequest, List<Step> steps) {
        static Letter ofRequest(String name, Step... steps) {
            return new Letter(name, true, List.of(steps));
        }

        static Letter ofDodo(String name, Step... steps) {
            return new Letter(name, false, List.of(steps));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** A deduction and a grant have not arrived yet; places count from the newest entry. */
    private static List<Step> begin(int account) {
        int request = 10 + account;
        return List.of(
                new Step.Grant(account, 100_000, false, false, 0),
                new Step.TakeReading(account, false, true),
                new Step.DeliverReading(account),
                reserve(request, account),
                new Step.Settle(request, 700),
                new Step.Ship(account, 0, 0, false),
                new Step.Work(account, 1, false),
                new Step.TakeReading(account, true, true),
                new Step.Grant(account, 500, false, true, 0));
    }

    private static final List<Letter> ONE_ACCOUNT = List.of(
            Letter.ofRequest("reserve", reserve(1, 0)),
            Letter.ofRequest("settle", new Step.Settle(1, 300)),
            Letter.ofRequest("release", new Step.Release(1)),
            Letter.ofRequest("crash", new Step.Crash()),
            Letter.ofDodo("deduction", new Step.Deliver(0, List.of(1))),
            Letter.ofDodo("grant", new Step.Deliver(0, List.of(0))),
            Letter.ofDodo("reading from between", new Step.DeliverReading(0)));

    private static final List<Letter> TWO_ACCOUNTS = List.of(
            Letter.ofRequest("reserve", reserve(1, 0)),
            Letter.ofRequest("settle", new Step.Settle(1, 300)),
            Letter.ofRequest("crash", new Step.Crash()),
            Letter.ofDodo("both entries", new Step.DeliverTogether(0, List.of(0, 1))),
            Letter.ofRequest("other reserve", reserve(2, 1)),
            Letter.ofDodo("other reading", new Step.DeliverReading(1)),
            Letter.ofDodo("other entries", new Step.Deliver(1, List.of(0, 1))));

    @Test
    void theOrderOfEntriesDoesNotMatterToOneAccount() {
        assertSameEnds(begin(0), ONE_ACCOUNT);
    }

    @Test
    void theOrderOfEntriesDoesNotMatterToTwoAccounts() {
        List<Step> begin = new ArrayList<>(begin(0));
        begin.addAll(begin(1));
        assertSameEnds(begin, TWO_ACCOUNTS);
    }

    @Test
    void anyPartOfItInAnyOrderKeepsThePromises() {
        arrange(List.of(), ONE_ACCOUNT, ONE_ACCOUNT.size() - 1, false, word -> play(begin(0), word));
        System.out.println("Enumeration, parts in all orders: " + orders);
        assertThat(orders).isEqualTo(1 + 7 + 42 + 210 + 840 + 2_520 + 5_040);
    }

    @Test
    void anythingRepeatedInAnyOrderKeepsThePromises() {
        arrange(List.of(), ONE_ACCOUNT, 4, true, word -> play(begin(0), word));
        System.out.println("Enumeration, with repetitions: " + orders);
        assertThat(orders).isEqualTo(1 + 7 + 49 + 343 + 2_401);
    }

    @Test
    void nothingAccountsHaveInCommonBreaksAPromise() {
        List<Step> begin = new ArrayList<>(begin(0));
        begin.addAll(begin(1));
        arrange(List.of(), TWO_ACCOUNTS, 3, true, word -> play(begin, word));
        System.out.println("Enumeration, two accounts with repetitions: " + orders);
        assertThat(orders).isEqualTo(1 + 7 + 49 + 343);
    }

    /** Requests and crashes may lead elsewhere in another order; entries and readings among them may not. */
    private void assertSameEnds(List<Step> begin, List<Letter> letters) {
        Map<List<Letter>, List<AccountView>> ends = new HashMap<>();
        arrange(List.of(), letters, letters.size(), false, word -> {
            if (word.size() < letters.size()) {
                orders--;
                return;
            }
            List<AccountView> end = play(begin, word);
            List<AccountView> before =
                    ends.putIfAbsent(word.stream().filter(Letter::ofRequest).toList(), end);
            assertThat(end).as("%s", word).isEqualTo(before == null ? end : before);
        });
        System.out.println("Enumeration, " + letters.size() + " events: " + orders + " orders, " + ends.size()
                + " orders of requests");
    }

    private void arrange(
            List<Letter> word, List<Letter> letters, int most, boolean repeated, Consumer<List<Letter>> then) {
        orders++;
        then.accept(word);
        if (word.size() == most) {
            return;
        }
        for (Letter letter : letters) {
            if (repeated || !word.contains(letter)) {
                List<Letter> longer = new ArrayList<>(word);
                longer.add(letter);
                arrange(longer, letters, most, repeated, then);
            }
        }
    }

    private static List<AccountView> play(List<Step> begin, List<Letter> word) {
        History history = new History(Gate::real, Promises.ALL, new Tally());
        try {
            begin.forEach(history::take);
            word.forEach(letter -> letter.steps().forEach(history::take));
        } catch (BrokenPromise broken) {
            throw new AssertionError(word + ": " + broken.getMessage(), broken);
        }
        return history.views().stream().map(Inspector::timeless).toList();
    }

    private static Step reserve(int request, int account) {
        return new Step.Reserve(request, account, 100, 400, 400, 1, 100, HOUR, Command.Leeway.STRICT);
    }
}
