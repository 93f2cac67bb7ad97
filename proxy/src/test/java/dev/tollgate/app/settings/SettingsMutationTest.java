package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Loading.ENVIRONMENT;
import static dev.tollgate.app.settings.Loading.shipped;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.settings.SettingsLoader.Rejected;
import dev.tollgate.app.settings.SettingsLoader.Result;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a file holds, reading it ends with settings or with problems that have a place in it. */
class SettingsMutationTest {
    private static final int MUTATIONS = 1500;
    private static final byte[] SIGNS = "{}[]:,-#&*!|>'\"%@`?~$\\\t\n\r \0\u0085".getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 20_261_122, 77})
    void noMutationOfTheShippedFileMakesReadingFail(long seed) {
        byte[] shipped = shipped("tollgate.yaml").getBytes(StandardCharsets.UTF_8);
        Random random = new Random(seed);
        int loaded = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutated = shipped;
            for (int times = random.nextInt(4); times >= 0; times--) {
                mutated = random.nextBoolean() ? mutateBytes(mutated, random) : mutateLines(mutated, random);
            }
            Result result = SettingsLoader.load(Loading.FILE, mutated, ENVIRONMENT, null);
            if (result instanceof Rejected rejected) {
                checkPlaces(rejected, mutated);
            } else {
                loaded++;
            }
        }
        assertThat(loaded).as("some mutations are harmless and some are not").isBetween(1, MUTATIONS - 1);
    }

    private static void checkPlaces(Rejected rejected, byte[] file) {
        int lines = new String(file, StandardCharsets.UTF_8).split("\r\n|[\r\n\u0085\u2028\u2029]", -1).length;
        assertThat(rejected.problems()).isNotEmpty().allSatisfy(problem -> {
            assertThat(problem.line()).isBetween(1, lines);
            assertThat(problem.column()).isPositive();
            assertThat(problem.toString()).doesNotContain("sk-upstream", "dodo-key", "\n");
        });
    }

    private static byte[] mutateBytes(byte[] file, Random random) {
        if (file.length == 0) {
            return file;
        }
        byte[] mutated = file.clone();
        int at = random.nextInt(mutated.length);
        switch (random.nextInt(4)) {
            case 0 -> mutated[at] = (byte) random.nextInt(256);
            case 1 -> mutated[at] = SIGNS[random.nextInt(SIGNS.length)];
            case 2 -> {
                return Arrays.copyOf(mutated, at);
            }
            default -> {
                ByteArrayOutputStream inserted = new ByteArrayOutputStream();
                inserted.write(mutated, 0, at);
                inserted.write(SIGNS[random.nextInt(SIGNS.length)]);
                inserted.write(mutated, at, mutated.length - at);
                return inserted.toByteArray();
            }
        }
        return mutated;
    }

    private static byte[] mutateLines(byte[] file, Random random) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
        int at = random.nextInt(lines.size());
        String line = lines.get(at);
        switch (random.nextInt(4)) {
            case 0 -> lines.remove(at);
            case 1 -> lines.add(at, line);
            case 2 -> lines.set(at, " ".repeat(random.nextInt(4)) + line);
            default -> lines.set(at, lines.get(random.nextInt(lines.size())));
        }
        return String.join("\n", lines).getBytes(StandardCharsets.ISO_8859_1);
    }
}
