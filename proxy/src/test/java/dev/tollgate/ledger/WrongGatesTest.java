package dev.tollgate.ledger;

import static dev.tollgate.ledger.Promise.BILLED_ONCE;
import static dev.tollgate.ledger.Promise.NO_OVERSHOOT;
import static dev.tollgate.ledger.Promise.NO_PHANTOM_REFUSAL;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Ways to get a gate wrong that look right. Each breaks a promise to customers in the histories that the ledger passes. */
class WrongGatesTest {

    @Test
    void theBalanceAloneIsNotEnough() {
        assertBreaks("balance only", WrongGate.BalanceOnly::new, NO_OVERSHOOT);
    }

    @Test
    void acceptedUsageIsNotDeductedYet() {
        assertBreaks("retires usage when ingested", WrongGate.RetiresWhenIngested::new, NO_OVERSHOOT);
    }

    @Test
    void noFixedTimeSaysWhenUsageIsDeducted() {
        assertBreaks("retires usage after a minute", WrongGate.RetiresAfterAWhile::new, NO_OVERSHOOT);
    }

    @Test
    void runningRequestsCount() {
        assertBreaks("no reservation", WrongGate.WithoutReservation::new, NO_OVERSHOOT);
    }

    @Test
    void theLastWebhookIsNotTheNewest() {
        assertBreaks("the last webhook wins", WrongGate.LastArrivalWins::new, NO_OVERSHOOT);
        assertBreaks("the last webhook wins", WrongGate.LastArrivalWins::new, NO_PHANTOM_REFUSAL);
    }

    @Test
    void aRetryUnderAnotherIdIsBilledTwice() {
        assertBreaks("fresh event id on retry", WrongGate.FreshIdOnRetry::new, BILLED_ONCE);
    }

    @Test
    void creditsAreGoneBeforeDodoSaysSo() {
        assertBreaks("spends what expires", WrongGate.SpendsWhatExpires::new, NO_OVERSHOOT);
    }

    @Test
    void whatTheyHaveInCommonIsNotWrong() {
        Promises promises = new Promises(Promise.toCustomers());

        assertThat(new Search(WrongGate.Right::new, promises).run(1, Search.DEFAULT_STEPS, new Tally()))
                .isEmpty();
    }

    private static void assertBreaks(String name, Supplier<Gate> gate, Promise... promised) {
        Promises promises = new Promises(EnumSet.copyOf(Arrays.asList(promised)));
        Search search = new Search(gate, promises);
        long seed = Search.seed();

        var found = search.run(seed, Search.DEFAULT_STEPS, new Tally());

        assertThat(found).as("%s, -Dtollgate.seed=%d", name, seed).isPresent();
        Search.Found shortest = search.shrink(found.orElseThrow());
        System.out.println("Wrong gate, " + name + ": -Dtollgate.seed=" + seed + " " + shortest);
    }
}
