package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ledger.Reading;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChainEndTest {
    private static Reading.Entry entry(String id, long before, long after, long createdMicros) {
        return new Reading.Entry(id, "credit_added", false, before, after, 0, 0, createdMicros);
    }

    private static long balanceAfter(List<Reading.Entry> entries) {
        return ChainEnd.of(entries).orElseThrow().balanceUnits();
    }

    @Test
    void noEntriesHaveNoEnd() {
        assertThat(ChainEnd.of(List.of())).isEmpty();
    }

    @Test
    void theNewestEntryCountsWhereverItStands() {
        assertThat(balanceAfter(List.of(entry("b", 10, 7, 2), entry("a", 0, 10, 1))))
                .isEqualTo(7);
    }

    @Test
    void entriesOfOneMomentAreFollowedFromBalanceToBalanceInAnyOrder() {
        Random random = new Random(7);
        List<Reading.Entry> entries = new ArrayList<>(
                List.of(entry("z", 0, 100, 5), entry("y", 100, 60, 5), entry("x", 60, 90, 5), entry("a", 90, 20, 5)));
        for (int i = 0; i < 24; i++) {
            Collections.shuffle(entries, random);
            assertThat(balanceAfter(entries)).isEqualTo(20);
        }
    }

    @Test
    void entriesOfOneMomentThatCancelOutEndWhereTheEntryBeforeThemDid() {
        Reading.Entry older = entry("older", 0, 50, 4);
        assertThat(balanceAfter(List.of(entry("a", 50, 80, 5), entry("b", 80, 50, 5), older)))
                .isEqualTo(50);
        assertThat(balanceAfter(List.of(older, entry("b", 50, 80, 5), entry("a", 80, 50, 5))))
                .isEqualTo(50);
    }

    @Test
    void anOlderEntryOfAChainWithAGapIsNotItsEnd() {
        assertThat(balanceAfter(List.of(entry("b", 0, 10, 1), entry("a", 50, 40, 2))))
                .isEqualTo(40);
    }

    @Test
    void entriesThatCancelOutBehindAGapEndAtTheLastOfThem() {
        assertThat(balanceAfter(List.of(entry("older", 0, 50, 4), entry("a", 60, 80, 5), entry("b", 80, 60, 5))))
                .isEqualTo(60);
    }
}
