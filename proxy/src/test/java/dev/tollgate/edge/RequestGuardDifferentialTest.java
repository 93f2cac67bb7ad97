package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the guard lets through, two other readers take for the same request: the codec behind it, and a careless one.
 */
class RequestGuardDifferentialTest {

    private static final long SEED = Long.getLong("tollgate.guard.seed", 20_261_122L);
    private static final int MUTANTS = Integer.getInteger("tollgate.guard.mutants", 20_000);
    private static final byte[] PROBE = Requests.bytes(Requests.get("/probe"));

    static List<GoodRequest> goodRequests() {
        return GoodRequest.all();
    }

    @ParameterizedTest
    @MethodSource("goodRequests")
    void theCodecReadsEveryGoodRequestAsOne(GoodRequest request) {
        check(request.bytes(), new Random(SEED), request.name());
        try (TwoReaders readers = new TwoReaders(GuardLimits.defaults())) {
            readers.send(request.bytes());
            assertThat(readers.ends()).isOne();
        }
    }

    @Test
    void readersNeverDisagreeOnMutatedRequests() {
        Random random = new Random(SEED);
        List<GoodRequest> good = GoodRequest.all();
        Mutation mutation = new Mutation(random);
        int accepted = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutation.of(good.get(random.nextInt(good.size())).bytes());
            accepted += check(mutant, random, "seed " + SEED + ", mutant " + i) ? 1 : 0;
        }
        assertThat(accepted).as("accepted mutants of seed " + SEED).isBetween(MUTANTS / 50, MUTANTS * 9 / 10);
    }

    /** Whether a whole request was accepted. */
    private static boolean check(byte[] bytes, Random random, String name) {
        try (TwoReaders readers = new TwoReaders(GuardLimits.defaults())) {
            sendInPieces(readers, bytes, random);
            byte[] passed = readers.passed();
            assertPrefix(bytes, passed, name);
            if (passed.length == 0) {
                assertThat(readers.requests()).as(name).isEmpty();
                return false;
            }
            ReadRequest expected = ReadRequest.of(passed);
            assertAgreement(readers, expected, name);
            if (expected.complete()) {
                assertProbePasses(readers, name);
            }
            return expected.complete();
        }
    }

    private static void sendInPieces(TwoReaders readers, byte[] bytes, Random random) {
        int from = 0;
        while (from < bytes.length) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(bytes.length));
            readers.send(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
    }

    private static void assertPrefix(byte[] bytes, byte[] passed, String name) {
        int skipped = bytes.length > 1 && bytes[0] == '\r' && bytes[1] == '\n' ? 2 : 0;
        byte[] same = Arrays.copyOfRange(bytes, skipped, skipped + passed.length);
        assertThat(passed).as(name).isEqualTo(same);
    }

    private static void assertAgreement(TwoReaders readers, ReadRequest expected, String name) {
        assertThat(readers.requests()).as(name).singleElement().satisfies(request -> {
            assertThat(request.method().name()).isEqualTo(expected.method());
            assertThat(request.uri()).isEqualTo(expected.target());
            assertThat(request.headers().size()).isEqualTo(expected.fields());
        });
        assertThat(readers.body()).as(name).isEqualTo(expected.body());
        assertThat(readers.ends()).as(name).isEqualTo(expected.complete() ? 1 : 0);
    }

    /** Both readers must stand at the same place: a request that follows is read as itself by both. */
    private static void assertProbePasses(TwoReaders readers, String name) {
        if (readers.guard().isClientSending() || !readers.refusals().isEmpty()) {
            return;
        }
        int before = readers.passed().length;
        readers.answer();
        readers.send(PROBE);
        assertThat(readers.passed()).as(name).hasSize(before + PROBE.length);
        assertThat(readers.requests()).as(name).hasSize(2);
        assertThat(readers.requests().get(1).uri()).as(name).isEqualTo("/probe");
        assertThat(readers.ends()).as(name).isEqualTo(2);
    }
}
