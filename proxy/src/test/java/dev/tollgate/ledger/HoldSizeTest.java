package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Holds that are not the bound: clamped outputs, estimates, and holds that become smaller while their request runs. */
class HoldSizeTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final long NOW = 1_700_000_000_000L;
    private static final Command.Leeway CLAMP = new Command.Leeway(false, Long.MAX_VALUE, 1000, 0);

    private final Ledger ledger = new Ledger();
    private final List<Decision.Served> served = new ArrayList<>();
    private int requests;

    @Test
    void aClampedOutputTakesAllThatTheBalancePays() {
        read(5_000);

        assertThat(reserve(100, 64, 128_000, CLAMP)).isEqualTo(new Command.ReserveAnswer.Granted(100, 4_900, 0, 0));
    }

    @Test
    void anOutputBelowTheLeastIsRefusedAlsoWhenClamped() {
        read(163);

        assertThat(reserve(100, 64, 128_000, CLAMP)).isEqualTo(new Command.ReserveAnswer.Exhausted(164, 163, NOW));
    }

    @Test
    void anEstimateHoldsAPartAndDeclaresTheRest() {
        read(1_000);
        Command.Leeway quarter = new Command.Leeway(true, Long.MAX_VALUE, 250, 1_000_000);

        assertThat(reserve(100, 2_000, 2_000, quarter))
                .isEqualTo(new Command.ReserveAnswer.Granted(100, 500, 1_500, 400));
    }

    @Test
    void anEstimateIsNeverMoreThanTheOutputItself() {
        read(1_000);

        assertThat(reserve(100, 30, 30, tokens(512, 1_000_000)))
                .isEqualTo(new Command.ReserveAnswer.Granted(100, 30, 0, 870));
    }

    @Test
    void onceRunningRequestsMayOvershootToTheMostTheNextOneHoldsItsBound() {
        read(10_000);
        Command.Leeway estimate = tokens(100, 1_500);

        assertThat(reserve(0, 1_100, 1_100, estimate)).isEqualTo(granted(100, 1_000, 9_900));
        assertThat(reserve(0, 1_100, 1_100, estimate)).isEqualTo(granted(600, 500, 9_300));
        assertThat(reserve(0, 1_100, 1_100, estimate)).isEqualTo(granted(1_100, 0, 8_200));

        decide(new Command.Settle("r1", "m", 1_100, Fact.Tokens.NONE, false, NOW));

        assertThat(reserve(0, 1_100, 1_100, estimate)).isEqualTo(granted(100, 1_000, 7_100));
    }

    @Test
    void anOpenOutputGetsAsMuchAsItsShareHolds() {
        read(20_000);
        Command.Leeway quarter = new Command.Leeway(true, Long.MAX_VALUE, 250, 1_000_000);

        assertThat(reserve(0, 16, 100_000, quarter)).isEqualTo(granted(5_000, 15_000, 15_000));
        assertThat(reserve(0, 16, 100_000, tokens(100, 30_000))).isEqualTo(granted(4_096, 15_000, 10_904));
    }

    @Test
    void whateverRunsAtOnceTheBalanceNeverGoesFurtherBelowZeroThanAllowed() {
        long seed = 77;
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            Ledger own = new Ledger();
            long mostUnits = random.nextInt(5_000);
            own.decide(reading(random.nextInt(20_000)));
            List<Fact.Reserved> open = new ArrayList<>();
            for (int step = 0; step < 60; step++) {
                Command.Leeway leeway = tokens(random.nextInt(300), mostUnits);
                own.decide(command("r" + step, random.nextInt(200), 16, 16 + random.nextInt(3_000), leeway))
                        .facts()
                        .forEach(fact -> open.add((Fact.Reserved) fact));
                if (!open.isEmpty() && random.nextBoolean()) {
                    Fact.Reserved ends = open.remove(random.nextInt(open.size()));
                    long units = ends.heldUnits() + ends.overshootUnits();
                    own.decide(new Command.Settle(ends.requestId(), "m", units, Fact.Tokens.NONE, false, NOW));
                }
                assertThat(own.view(ACCOUNT, new Overage.Off()).availableUnits())
                        .as("seed %d", seed)
                        .isGreaterThanOrEqualTo(-mostUnits);
            }
        }
    }

    @Test
    void whatAHoldCannotUseAnyMoreServesThoseWhoWait() {
        read(300);
        reserve(200, 100, 100, Command.Leeway.STRICT);
        Command.Reserve waits = new Command.Reserve(
                "waits", ACCOUNT, "k", "m", 120, 0, 0, 1, Policies.of(new Overage.Off()), true, 100, 1_000, NOW);
        assertThat(ledger.decide(waits).answer()).isNull();

        assertThat(decide(new Command.Shrink("r1", 150, NOW))).isTrue();

        assertThat(served)
                .containsExactly(new Decision.Served("waits", new Command.ReserveAnswer.Granted(120, 0, 0, 30)));
        assertThat(ledger.view(ACCOUNT, new Overage.Off()).heldUnits()).isEqualTo(270);
    }

    @Test
    void aHoldOnlyEverBecomesSmaller() {
        read(1_000);
        reserve(200, 100, 100, Command.Leeway.STRICT);

        assertThat(decide(new Command.Shrink("r1", 250, NOW))).isTrue();
        assertThat(decide(new Command.Shrink("r1", 250, NOW))).isFalse();
        assertThat(decide(new Command.Shrink("r1", 251, NOW))).isFalse();
        assertThat(decide(new Command.Shrink("nobody", 0, NOW))).isFalse();
        decide(new Command.Release("r1", "refused", NOW));
        assertThat(decide(new Command.Shrink("r1", 100, NOW))).isFalse();
        assertThat(ledger.view(ACCOUNT, new Overage.Off()).availableUnits()).isEqualTo(1_000);
    }

    @Test
    void aCrashBooksWhatTheHoldHadShrunkTo() {
        read(1_000);
        reserve(200, 100, 100, Command.Leeway.STRICT);
        decide(new Command.Shrink("r1", 90, NOW));

        decide(new Command.CloseOrphans(NOW));

        assertThat(ledger.view(ACCOUNT, new Overage.Off()).usedUnits()).isEqualTo(90);
    }

    private static Command.Leeway tokens(long likelyUnits, long overshootMaxUnits) {
        return new Command.Leeway(true, likelyUnits, 1000, overshootMaxUnits);
    }

    private static Command.ReserveAnswer granted(long heldUnits, long overshootUnits, long leftUnits) {
        return new Command.ReserveAnswer.Granted(0, heldUnits, overshootUnits, leftUnits);
    }

    private static Command.ApplyReading reading(long balanceUnits) {
        return new Command.ApplyReading(ACCOUNT, new Reading(balanceUnits, 0, 0, List.of(), Fact.Terms.NONE, NOW), NOW);
    }

    private void read(long balanceUnits) {
        decide(reading(balanceUnits));
    }

    private Command.ReserveAnswer reserve(long prompt, long least, long most, Command.Leeway leeway) {
        return decide(command("r" + ++requests, prompt, least, most, leeway));
    }

    private static Command.Reserve command(String id, long prompt, long least, long most, Command.Leeway leeway) {
        return new Command.Reserve(
                id,
                ACCOUNT,
                "k",
                "m",
                prompt,
                least,
                most,
                1,
                Policies.of(new Overage.Off()),
                false,
                100,
                1_000,
                leeway,
                NOW);
    }

    private <A> A decide(Command<A> command) {
        Decision<A> decision = ledger.decide(command);
        served.addAll(decision.served());
        return Objects.requireNonNull(decision.answer());
    }

    @Test
    void aLikelyOutputThatIsCoveredLeavesTheRestToTheOvershoot() {
        assertThat(new Command.Leeway(true, 100, 500, 0).outputUnits(100, 10_000))
                .isEqualTo(10_100);
        assertThat(new Command.Leeway(true, 100, 500, 0).outputUnits(99, 10_000))
                .isEqualTo(198);
        long most = Long.MAX_VALUE / 1_000;
        assertThat(new Command.Leeway(true, Long.MAX_VALUE, 500, 0).outputUnits(most, Long.MAX_VALUE))
                .isEqualTo(most * 2);
    }

    @Test
    void anEstimateHasItsLimits() {
        assertThat(new Command.Leeway(true, 0, 1, 0).heldUnits(1_000, 1_000)).isZero();
        for (int permille : new int[] {0, 1_001}) {
            assertThatThrownBy(() -> new Command.Leeway(true, 0, permille, 0))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
