package dev.tollgate.admission;

import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The most that a request can use.
 *
 * @param promptTokens an upper bound of its input
 * @param capTokens the output cap that the caller set, per choice
 * @param choices how many answers are generated
 * @param price what its tokens cost at most
 * @param cappable whether the request can be given a cap
 */
public record Demand(
        String model, long promptTokens, OptionalLong capTokens, int choices, Price price, boolean cappable) {
    public Demand {
        if (promptTokens < 0 || choices < 1 || capTokens.orElse(0) < 0) {
            throw new IllegalArgumentException("a demand has no negative amounts");
        }
        Objects.requireNonNull(price);
        if (!cappable && capTokens.isEmpty()) {
            throw new IllegalArgumentException("what cannot be capped must be bounded");
        }
    }

    /** One in which a token is a unit. */
    public Demand(String model, long promptTokens, OptionalLong capTokens, int choices) {
        this(model, promptTokens, capTokens, choices, Price.TOKENS, true);
    }

    /** The same at another price. */
    public Demand priced(Price other) {
        return new Demand(model, promptTokens, capTokens, choices, other, cappable);
    }

    /** The same without a way to make the answer shorter. */
    public Demand uncappable() {
        return new Demand(model, promptTokens, capTokens, choices, price, false);
    }

    /**
     * What a request costs at most, in thousandths of a meter unit.
     *
     * @param flatMillis whatever its tokens
     */
    public record Price(long flatMillis, long promptTokenMillis, long outputTokenMillis) {
        public static final Price TOKENS = new Price(0, 1000, 1000);

        public Price {
            if (flatMillis < 0 || promptTokenMillis < 0 || outputTokenMillis < 0) {
                throw new IllegalArgumentException("a price cannot be negative");
            }
        }

        /** What is held for a prompt of so many tokens, and for whatever is not a token. */
        public long promptUnits(long tokens) {
            return Math.ceilDiv(Math.addExact(flatMillis, Math.multiplyExact(tokens, promptTokenMillis)), 1000);
        }

        /** What is held for so many tokens of answers. */
        public long outputUnits(long tokens) {
            return Math.ceilDiv(Math.multiplyExact(tokens, outputTokenMillis), 1000);
        }

        /** How many tokens of answers {@code units} pay for. */
        long outputTokens(long units) {
            return outputTokenMillis == 0 || units > Long.MAX_VALUE / 1000
                    ? Long.MAX_VALUE
                    : units * 1000 / outputTokenMillis;
        }
    }

    /** Finds out, elsewhere and later, by how many tokens {@link #promptTokens} overstates the prompt. */
    @FunctionalInterface
    public interface PromptCount {
        /** Nothing better is known. */
        PromptCount NONE = saved -> saved.accept(0L);

        /** {@code saved} hears of it once, on any thread; 0 for nothing. */
        void count(Consumer<Long> saved);
    }
}
