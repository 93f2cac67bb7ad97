package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The ledger beside a model, through long random histories. {@code -Dtollgate.steps} says how long,
 * {@code -Dtollgate.seed} repeats one.
 */
class LedgerPropertyTest {

    @Test
    void keepsItsPromisesThroughWhateverHappens() {
        long seed = Search.seed();
        long steps = Search.steps();
        Tally tally = new Tally();
        Search search = new Search(Gate::real, Promises.ALL);

        Optional<Search.Found> found = search.run(seed, steps, tally);

        String repeat = "-Dtollgate.seed=" + seed + " -Dtollgate.steps=" + steps;
        System.out.println("Ledger histories: " + steps + " steps, " + repeat + ", " + tally);
        found.ifPresent(first -> fail(repeat + "\n" + search.shrink(first)));
        assertThat(tally.missing()).matches(missing -> steps < Search.DEFAULT_STEPS || missing.isEmpty());
    }

    @Test
    void aSeedAlwaysGivesTheSameSteps() {
        assertThat(RandomSteps.of(7, 400)).isEqualTo(RandomSteps.of(7, 400));
        assertThat(RandomSteps.of(7, 400)).isNotEqualTo(RandomSteps.of(8, 400));
    }
}
