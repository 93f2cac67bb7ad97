package dev.tollgate.exchange;

import dev.tollgate.journal.Fact;
import dev.tollgate.metering.Measured;
import dev.tollgate.openai.Usage;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What the journal keeps of a measured answer beside its charge. */
final class Booking {
    private Booking() {}

    static Fact.Tokens tokens(Measured measured) {
        return switch (measured) {
            case Measured.Reported reported -> tokens(reported.usage());
            case Measured.Unreported ignored -> Fact.Tokens.NONE;
            case Measured.Failed ignored -> Fact.Tokens.NONE;
        };
    }

    /** All tokens of an answer; empty where nobody knows. */
    static OptionalLong totalTokens(Measured measured) {
        return switch (measured) {
            case Measured.Reported reported -> OptionalLong.of(reported.usage().billableTokens());
            case Measured.Unreported ignored -> OptionalLong.empty();
            case Measured.Failed ignored -> OptionalLong.of(0);
        };
    }

    static @Nullable String model(Measured measured) {
        return measured instanceof Measured.Reported reported ? reported.model() : null;
    }

    private static Fact.Tokens tokens(Usage usage) {
        return new Fact.Tokens(
                usage.inputTokens(),
                usage.outputTokens(),
                usage.billableTokens(),
                usage.cachedTokens(),
                usage.reasoningTokens());
    }
}
