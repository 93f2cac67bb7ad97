package dev.tollgate.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.metering.Measured.Failed;
import dev.tollgate.metering.Measured.Reported;
import dev.tollgate.metering.Measured.Unreported;
import dev.tollgate.metering.UnitWeights.Pieces;
import dev.tollgate.openai.ResponseReader;
import dev.tollgate.openai.ResponseReader.Mode;
import dev.tollgate.openai.ResponseReader.Progress;
import dev.tollgate.openai.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MeterTest {

    private static final String TEXT =
            "data: {\"model\":\"m-1\",\"choices\":[{\"delta\":{\"content\":\"Hello!\"}}]}\n\n";
    private static final String USAGE = "data: {\"choices\":[],\"usage\":{\"total_tokens\":11}}\n\n";
    private static final String ERROR = "data: {\"error\":{\"message\":\"no\"}}\n\n";

    @Test
    void takesWhatTheProviderReports() {
        assertThat(measured(TEXT + USAGE)).isEqualTo(new Reported(Usage.of(0, 0, 11), "m-1"));
        assertThat(measured(TEXT + USAGE + ERROR)).isInstanceOf(Reported.class);
    }

    @Test
    void tellsSilenceFromFailure() {
        assertThat(measured(TEXT)).isEqualTo(new Unreported(new Progress(2)));
        assertThat(measured(TEXT + ERROR)).isEqualTo(new Unreported(new Progress(2)));
        assertThat(measured(ERROR)).isEqualTo(new Failed());
        assertThat(measured("")).isEqualTo(new Unreported(Progress.NONE));
    }

    @Test
    void chargesAReportedUsageAsItIs() {
        assertThat(meter(50, 0).charge(new Reported(Usage.of(30, 40, 80), null)))
                .isEqualTo(new Charge(80, false));
        assertThat(meter(50, 0).charge(new Failed())).isEqualTo(new Charge(0, false));
    }

    @ParameterizedTest
    @CsvSource({
        "0,1000,0,100",
        "9,1000,0,109",
        "90001,1000000,0,90100",
        "901,1000,0,1000",
        "2,1000,500,500",
        "2,1001,500,501",
        "2,40,1000,40",
        "2,0,1000,0",
    })
    void estimatesWithinTheHold(long tokens, long held, int share, long units) {
        Measured unreported = new Unreported(new Progress(tokens));
        assertThat(meter(held, share).charge(unreported)).isEqualTo(new Charge(units, true));
    }

    @Test
    void neverTakesTheUnknownForNothing() {
        Meter free = new Meter(UnitWeights.TOKENS, new TokenBound(0, 100), Pieces.NONE, 100, 0);
        assertThat(free.charge(new Unreported(Progress.NONE))).isEqualTo(new Charge(1, true));
    }

    @Test
    void estimatesEvenTheLargestHold() {
        Meter meter = new Meter(UnitWeights.TOKENS, new TokenBound(1, 1), Pieces.NONE, Long.MAX_VALUE, 1000);
        assertThat(meter.charge(new Unreported(Progress.NONE)).units()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void weighsEveryKindOfTokenOnce() {
        UnitWeights weights = new UnitWeights(2000, 500, 2500, 8000);
        Usage usage = new Usage(100, 10, 110, 40, 20, 5, 0, 0, 0);
        assertThat(weights.units(usage, Pieces.NONE)).isEqualTo(40 * 2 + 20 + 50 + 80);
        assertThat(weights.units(Usage.of(0, 0, 3), Pieces.NONE)).isEqualTo(24);
        assertThat(new UnitWeights(1, 1, 1, 1).units(Usage.of(1, 0, 0), Pieces.NONE))
                .isEqualTo(1);
        assertThat(weights.units(new Usage(10, 0, 10, 50, 50, 0, 0, 0, 0), Pieces.NONE))
                .isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33})
    void neverWeighsAUsageAboveItsBound(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 5000; i++) {
            UnitWeights weights = new UnitWeights(
                    random.nextInt(3000), random.nextInt(3000), random.nextInt(3000), random.nextInt(9000));
            TokenBound bound = new TokenBound(random.nextInt(1000), random.nextInt(1000));
            long input = random.nextLong(bound.promptTokens() + 1);
            long output = random.nextLong(bound.outputTokens() + 1);
            Usage usage = new Usage(
                    input, output, 0, random.nextInt(1000), random.nextInt(1000), random.nextInt(1000), 0, 0, 0);
            assertThat(weights.units(usage, Pieces.NONE))
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(weights.units(bound, Pieces.NONE));
        }
    }

    @Test
    void refusesToOverflow() {
        assertThatThrownBy(() -> UnitWeights.TOKENS.units(Usage.of(Long.MAX_VALUE, 0, 0), Pieces.NONE))
                .isInstanceOf(ArithmeticException.class);
    }

    private static Meter meter(long held, int share) {
        return new Meter(UnitWeights.TOKENS, new TokenBound(100, 90_000), Pieces.NONE, held, share);
    }

    private static Measured measured(String stream) {
        try (ResponseReader reader = ResponseReader.ofStream(Mode.OBSERVE)) {
            reader.feed(Unpooled.copiedBuffer(stream, UTF_8), ByteBuf::release);
            reader.finish(ByteBuf::release);
            return Measured.by(reader);
        }
    }
}
