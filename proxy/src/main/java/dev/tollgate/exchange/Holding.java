package dev.tollgate.exchange;

import dev.tollgate.admission.Demand;
import dev.tollgate.admission.Gate;
import dev.tollgate.ledger.Command;
import dev.tollgate.metering.Charge;
import dev.tollgate.metering.Measured;
import dev.tollgate.metering.Meter;
import dev.tollgate.metering.TokenBound;
import dev.tollgate.metering.UnitWeights;
import dev.tollgate.openai.ChatRequest;
import dev.tollgate.openai.ResponseReader;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one metered exchange holds, from its demand to its charge: weighs the demand, has the prompt counted, gives back
 * early what cannot be used any more, and weighs what was used. On the exchange's event loop.
 */
final class Holding {
    /** Counting a shorter prompt in the background frees too little to be worth its while. */
    private static final int COUNTED_BYTES_LEAST = 8 * 1024;

    private final ExchangeServices services;
    private final Ask ask;
    private final String requestId;
    private final ChatRequest request;
    private final ExchangeServices.Pricing pricing;
    private final UnitWeights.Pieces pieces;
    private @Nullable Demand demand;
    private Gate.Verdict.@Nullable Admitted admitted;
    private long heldUnits;
    private long savedTokens;
    private boolean settled;

    Holding(ExchangeServices services, Ask ask, String requestId, ChatRequest request) {
        this.services = services;
        this.ask = ask;
        this.requestId = requestId;
        this.request = request;
        this.pricing = services.pricing().get();
        this.pieces = new UnitWeights.Pieces(request.parts().images(), 0);
    }

    /** Asks the gate for a hold on what {@code inTokens} comes to. */
    void ask(Demand inTokens, Consumer<Gate.Verdict> reply) {
        UnitWeights dearest = pricing.weights().dearest(request.model());
        Demand priced = inTokens.priced(new Demand.Price(
                dearest.flatMillis(pieces), dearest.dearestInputMillis(), dearest.dearestOutputMillis()));
        demand = priced;
        services.gate().admit(ask.caller(), requestId, priced, this::countPrompt, services.loop(), reply);
    }

    /** A long prompt that was not counted before is counted while its request runs. */
    void admitted(Gate.Verdict.Admitted verdict) {
        admitted = verdict;
        heldUnits = verdict.heldUnits();
        savedTokens = verdict.savedTokens();
        if (savedTokens == 0 && request.bodyBytes() >= COUNTED_BYTES_LEAST) {
            countPrompt(saved -> services.loop().execute(() -> giveBack(saved)));
        }
    }

    private void countPrompt(Consumer<Long> saved) {
        @Nullable String encoding = pricing.encodings().apply(request.model());
        if (encoding == null) {
            saved.accept(0L);
            return;
        }
        services.promptCounter().count(encoding, ask.body(), tokens -> {
            services.metrics().promptCounted(tokens);
            saved.accept(tokens);
        });
    }

    /** Nobody waits for this: whether the ledger hears of it before or after the request's end makes no difference to it. */
    private void giveBack(long saved) {
        if (settled || saved == 0) {
            return;
        }
        savedTokens = saved;
        Gate.Verdict.Admitted hold = Objects.requireNonNull(admitted);
        Demand asked = Objects.requireNonNull(demand);
        long promptUnits = asked.price().promptUnits(Math.max(0, asked.promptTokens() - saved));
        heldUnits = Math.min(heldUnits, Math.addExact(promptUnits, hold.outputUnits()));
        services.ledger()
                .submit(
                        new Command.Shrink(
                                requestId, heldUnits, services.clock().millis()),
                        ignored -> {});
    }

    /** The booking of what was measured. */
    Command.Settle settle(Measured measured) {
        settled = true;
        @Nullable String answered = Booking.model(measured);
        Charge charge = meter(answered).charge(measured);
        return new Command.Settle(
                requestId,
                answered,
                charge.units(),
                Booking.tokens(measured),
                charge.estimated(),
                pricing.weights().version(),
                services.clock().millis());
    }

    /** What would be booked if the answer broke off here. */
    long estimateUnits(ResponseReader.Progress progress) {
        return meter(null).charge(new Measured.Unreported(progress)).units();
    }

    private Meter meter(@Nullable String answered) {
        UnitWeights weights = pricing.weights().of(request.model(), answered);
        return new Meter(weights, likely(), pieces, heldUnits, pricing.estimateSharePermille());
    }

    /** The prompt as it was counted, or else by the length that text usually has; what is not text counts in full. */
    private TokenBound likely() {
        Demand asked = Objects.requireNonNull(demand);
        long countedTokens = asked.promptTokens() - savedTokens;
        long usualTokens = asked.promptTokens() - request.bodyBytes() + Meter.likelyTokens(request.bodyBytes());
        return new TokenBound(Math.max(0, savedTokens > 0 ? countedTokens : usualTokens), Long.MAX_VALUE);
    }

    /** The charge is durable. */
    void booked(Command.Settle command) {
        long overshootUnits = Objects.requireNonNull(admitted).overshootUnits();
        services.metrics().settled(command.units(), heldUnits, overshootUnits, command.estimated());
    }
}
