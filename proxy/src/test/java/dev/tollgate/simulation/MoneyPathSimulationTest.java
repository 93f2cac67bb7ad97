package dev.tollgate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Plays many histories of the money path, each from one seed, and compares the provider's books, the journal's and Dodo's
 * after each. {@code -Dtollgate.histories} says how many, {@code -Dtollgate.seed} where to begin.
 */
@ExtendWith(HushedLog.class)
class MoneyPathSimulationTest {
    private static final long SEED = Long.getLong("tollgate.seed", 1);
    private static final int HISTORIES = Integer.getInteger("tollgate.histories", 100);

    @Test
    void everyTokenIsBilledOnceAndNobodyUsesMoreThanTheyHave() {
        long holds = 0;
        long estimates = 0;
        long units = 0;
        long refusals = 0;
        long judged = 0;
        long deaths = 0;
        long steps = 0;
        long setAside = 0;
        long foreignUnits = 0;
        long rollOvers = 0;
        long journals = 0;
        long mailboxes = 0;
        for (long seed = SEED; seed < SEED + HISTORIES; seed++) {
            SimulatedHistory history = play(seed);
            holds += history.auditor.holds();
            estimates += history.auditor.estimates();
            units += history.auditor.generatedUnits();
            refusals += history.refusals();
            judged += history.confirmedRefusals();
            deaths += history.lives() - 1;
            steps += history.timeline.stepsTaken();
            setAside += history.auditor.setAside();
            for (SimulatedCredits credits : history.dodo.customers.values()) {
                foreignUnits += credits.foreignUnits();
                rollOvers += credits.rollOvers();
            }
            journals += history.journals() - 1;
            mailboxes += history.mailboxesFilled();
        }
        System.out.printf(
                "%d histories from seed %d: %d steps, %d holds, %d estimates, %d units reported, %d refusals (%d judged),"
                        + " %d crashes and exits, %d events set aside and put back, %d units from elsewhere,"
                        + " %d roll-overs, %d journals lost, %d mailboxes filled;"
                        + " overshoot 0, lost 0, doubled 0, phantom refusals 0%n",
                HISTORIES,
                SEED,
                steps,
                holds,
                estimates,
                units,
                refusals,
                judged,
                deaths,
                setAside,
                foreignUnits,
                rollOvers,
                journals,
                mailboxes);
        if (HISTORIES >= 100) {
            assertThat(List.of(judged, deaths, setAside, foreignUnits, rollOvers, journals, mailboxes))
                    .as("each kind of trouble came up")
                    .allMatch(count -> count > 0);
        }
    }

    @Test
    void aSeedTellsTheSameHistoryAgain() {
        SimulatedHistory first = play(SEED);
        SimulatedHistory second = play(SEED);

        assertThat(second.timeline.stepsTaken()).isEqualTo(first.timeline.stepsTaken());
        assertThat(second.timeline.digest()).isEqualTo(first.timeline.digest());
    }

    private static SimulatedHistory play(long seed) {
        SimulatedHistory history = new SimulatedHistory(seed);
        history.play();
        assertThat(history.auditor.broken())
                .as("-Dtollgate.histories=1 -Dtollgate.seed=%d%n%s", seed, history.timeline.lastSteps())
                .isEmpty();
        return history;
    }
}
