package dev.tollgate.exchange;

import dev.tollgate.admission.Gate;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.metering.Charge;
import dev.tollgate.metering.Measured;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The credits that one request holds, from the gate's yes to their end: booked once, or returned whole. Owned by one
 * {@link Exchange}, on its event loop.
 */
final class Hold {
    private final ExchangeServices services;
    private final Journey journey;
    private final String requestId;
    private Gate.Verdict.@Nullable Admitted admitted;

    Hold(ExchangeServices services, Journey journey, String requestId) {
        this.services = services;
        this.journey = journey;
        this.requestId = requestId;
    }

    void granted(Gate.Verdict.Admitted verdict) {
        admitted = verdict;
        journey.admitted(verdict.heldUnits());
    }

    /** What the gate granted, if this request had to ask. */
    Optional<Gate.Verdict.Admitted> admitted() {
        return Optional.ofNullable(admitted);
    }

    /** Nothing can have been billed: all of it goes back. */
    void release(String reason) {
        if (admitted != null) {
            services.ledger()
                    .submit(
                            new Command.Release(
                                    requestId, reason, services.clock().millis()),
                            ignored -> {});
        }
    }

    /**
     * Books what was used. Then, on the event loop, {@code durable} runs when it cannot be lost any more, {@code lost} when
     * it may be, so that nothing complete may go out.
     */
    void settle(Measured measured, Tariff tariff, Runnable durable, Runnable lost) {
        Gate.Verdict.@Nullable Admitted held = admitted;
        if (held == null) {
            durable.run();
            return;
        }
        if (measured instanceof Measured.Failed) {
            release("nothing_generated");
            durable.run();
            return;
        }
        Charge charge = tariff.charge(measured, held);
        Command.Settle command = new Command.Settle(
                requestId,
                Booking.model(measured),
                charge.units(),
                Booking.tokens(measured),
                charge.estimated(),
                services.clock().millis());
        services.ledger()
                .submit(command, reply -> services.loop().execute(() -> answered(reply, held, charge, durable, lost)));
    }

    private void answered(
            LedgerThread.Reply<Boolean> reply,
            Gate.Verdict.Admitted held,
            Charge charge,
            Runnable durable,
            Runnable lost) {
        if (reply instanceof LedgerThread.Reply.Durable<Boolean> booking && booking.answer()) {
            journey.settled(charge.units(), charge.estimated());
            services.metrics().settled(charge.units(), held.heldUnits(), charge.estimated());
            durable.run();
        } else {
            services.metrics().uncharged();
            lost.run();
        }
    }
}
