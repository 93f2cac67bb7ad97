package dev.tollgate.exchange;

import dev.tollgate.admission.Demand;
import dev.tollgate.admission.Gate;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.limits.Pass;
import dev.tollgate.metering.Charge;
import dev.tollgate.metering.Measured;
import dev.tollgate.metering.Meter;
import dev.tollgate.metering.TokenBound;
import dev.tollgate.metering.UnitWeights;
import dev.tollgate.openai.ModelRequest;
import dev.tollgate.openai.ResponseReader;
import dev.tollgate.openai.Usage;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one exchange holds, from its demand to its end: weighs the demand, has the prompt counted, gives back early what
 * cannot be used any more, weighs what was used and books it, or returns the whole. Owned by one {@link Exchange}, on its
 * event loop.
 */
final class Holding {
    /** Counting a shorter prompt in the background frees too little to be worth its while. */
    private static final int COUNTED_BYTES_LEAST = 8 * 1024;

    private final ExchangeServices services;
    private final Journey journey;
    private final Pass pass;
    private final Ask ask;
    private final String requestId;
    private final ExchangeServices.Pricing pricing;
    private Work.@Nullable Paid work;
    private @Nullable Demand demand;
    private Gate.Verdict.@Nullable Admitted admitted;
    private long heldUnits;
    private long savedTokens;
    private boolean settled;
    private @Nullable LikelyPrompt likely;

    Holding(ExchangeServices services, Journey journey, Pass pass, Ask ask, String requestId) {
        this.services = services;
        this.journey = journey;
        this.pass = pass;
        this.ask = ask;
        this.requestId = requestId;
        this.pricing = services.pricing().get();
    }

    /** Asks the gate for a hold on what {@code asked} comes to. */
    void ask(Work.Paid asked, Consumer<Gate.Verdict> reply) {
        work = asked;
        Demand priced = asked.demand().priced(price(asked));
        demand = priced;
        likely = LikelyPrompt.of(asked, services, pricing, ask.body());
        services.gate().admit(ask.caller(), requestId, priced, this::countPrompt, services.loop(), reply);
    }

    /** A flat charge is in units already; all else is weighed as its dearest outcome. */
    private Demand.Price price(Work.Paid asked) {
        return switch (asked.tariff()) {
            case Tariff.Flat ignored -> Demand.Price.TOKENS;
            case Tariff.ByPiece ignored -> dearest(asked);
            case Tariff.ByUsage ignored -> dearest(asked);
        };
    }

    private Demand.Price dearest(Work.Paid asked) {
        UnitWeights dearest = pricing.weights().dearest(asked.demand().model());
        long audioMillis = Math.multiplyExact(asked.audioSeconds(), dearest.audioSecondMillis());
        return new Demand.Price(
                Math.addExact(dearest.flatMillis(asked.pieces()), audioMillis),
                dearest.dearestInputMillis(),
                dearest.dearestOutputMillis());
    }

    Optional<Work.Paid> work() {
        return Optional.ofNullable(work);
    }

    /** Takes over what is known better now, if what was asked for covers it; else nothing changes. */
    boolean recharge(Work.Paid better) {
        if (boundUnits(better) > boundUnits(Objects.requireNonNull(work))) {
            return false;
        }
        work = better;
        return true;
    }

    private long boundUnits(Work.Paid asked) {
        Demand inTokens = asked.demand();
        long outputTokens = Math.multiplyExact(inTokens.capTokens().orElse(0), (long) inTokens.choices());
        Demand.Price price = price(asked);
        return Math.addExact(price.promptUnits(inTokens.promptTokens()), price.outputUnits(outputTokens));
    }

    /** A long prompt that was not counted before is counted while its request runs. */
    void granted(Gate.Verdict.Admitted verdict) {
        admitted = verdict;
        heldUnits = verdict.heldUnits();
        savedTokens = verdict.savedTokens();
        journey.admitted(heldUnits);
        if (savedTokens == 0 && bodyBytes() >= COUNTED_BYTES_LEAST) {
            countPrompt(saved -> services.loop().execute(() -> giveBack(saved)));
        }
    }

    /** What the gate granted, if this request had to ask. */
    Optional<Gate.Verdict.Admitted> admitted() {
        return Optional.ofNullable(admitted);
    }

    /** Nothing can have been billed: all of it goes back. */
    void release(String reason) {
        pass.end();
        if (admitted != null) {
            journey.unbilled();
            long nowMillis = services.clock().millis();
            services.ledger().submit(new Command.Release(requestId, reason, nowMillis), ignored -> {});
        }
    }

    private long bodyBytes() {
        return work == null || work.request() == null ? 0 : work.request().bodyBytes();
    }

    /** Only the text of chats can be counted for certain, and only the operator knows that it is really that model. */
    private @Nullable String encoding() {
        Work.Paid asked = Objects.requireNonNull(work);
        boolean chat = asked.request() != null && asked.request().kind() == ModelRequest.Kind.CHAT;
        return chat && pricing.countsForHolds() ? pricing.encodings().apply(asked.model()) : null;
    }

    private void countPrompt(Consumer<Long> saved) {
        @Nullable LikelyPrompt prompt = likely;
        if (prompt == null || encoding() == null) {
            saved.accept(0L);
            return;
        }
        prompt.count(counted -> {
            services.metrics().promptCounted(counted.savedTokens());
            saved.accept(counted.savedTokens());
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

    /**
     * Books what was used. Then, on the event loop, {@code durable} runs when it cannot be lost any more, {@code lost} when
     * it may be, so that nothing complete may go out.
     */
    void settle(Measured measured, Runnable durable, Runnable lost) {
        pass.end(Booking.totalTokens(measured));
        if (admitted == null) {
            durable.run();
            return;
        }
        if (measured instanceof Measured.Failed) {
            release("nothing_generated");
            durable.run();
            return;
        }
        if (measured instanceof Measured.Unreported && likely != null) {
            likely.await(() -> book(measured, durable, lost));
        } else {
            book(measured, durable, lost);
        }
    }

    private void book(Measured measured, Runnable durable, Runnable lost) {
        Command.Settle command = command(measured);
        services.ledger()
                .submit(command, reply -> services.loop().execute(() -> booked(reply, command, durable, lost)));
    }

    private Command.Settle command(Measured measured) {
        settled = true;
        @Nullable String answered = Booking.model(measured);
        Charge charge = charge(measured, answered);
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
        return charge(new Measured.Unreported(progress), null).units();
    }

    private Charge charge(Measured measured, @Nullable String answered) {
        Work.Paid asked = Objects.requireNonNull(work);
        return switch (asked.tariff()) {
            case Tariff.Flat flat -> new Charge(flat.units(), false);
            case Tariff.ByPiece ignored ->
                new Charge(pricing.weights().of(asked.demand().model(), null).units(Usage.NONE, asked.pieces()), false);
            case Tariff.ByUsage byUsage -> {
                UnitWeights weights = pricing.weights().of(asked.demand().model(), answered);
                int leastPermille = Math.max(pricing.estimateSharePermille(), byUsage.leastSharePermille());
                yield new Meter(weights, likelyBound(), asked.pieces(), heldUnits, leastPermille).charge(measured);
            }
        };
    }

    /** A form's prompt is not read; its bound stands for it. */
    private TokenBound likelyBound() {
        long boundTokens = Objects.requireNonNull(demand).promptTokens();
        long likelyTokens = likely == null ? boundTokens : Math.min(likely.tokens(), boundTokens);
        return new TokenBound(likelyTokens, Long.MAX_VALUE);
    }

    private void booked(LedgerThread.Reply<Boolean> reply, Command.Settle command, Runnable durable, Runnable lost) {
        if (reply instanceof LedgerThread.Reply.Durable<Boolean> booking && booking.answer()) {
            long overshootUnits = Objects.requireNonNull(admitted).overshootUnits();
            journey.settled(command.units(), command.estimated());
            services.metrics().settled(command.units(), heldUnits, overshootUnits, command.estimated());
            durable.run();
        } else {
            services.metrics().uncharged(Failures.uncharged(reply));
            lost.run();
        }
    }
}
