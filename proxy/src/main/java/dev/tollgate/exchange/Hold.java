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

    /** How a booking went. */
    interface Booked {
        /** It cannot be lost any more. */
        void durable();

        /** It may be lost, so nothing complete may go out. */
        void lost();
    }

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

    /** Books what was used; {@code booked} hears of it on the event loop. */
    void settle(Measured measured, Tariff tariff, Booked booked) {
        Gate.Verdict.@Nullable Admitted held = admitted;
        if (held == null) {
            booked.durable();
            return;
        }
        if (measured instanceof Measured.Failed) {
            release("nothing_generated");
            booked.durable();
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
                .submit(command, reply -> services.loop().execute(() -> answered(reply, held, charge, booked)));
    }

    private void answered(LedgerThread.Reply<Boolean> reply, Gate.Verdict.Admitted held, Charge charge, Booked booked) {
        if (reply instanceof LedgerThread.Reply.Durable<Boolean> booking && booking.answer()) {
            journey.settled(charge.units(), charge.estimated());
            services.metrics().settled(charge.units(), held.heldUnits(), charge.estimated());
            booked.durable();
        } else {
            services.metrics().uncharged();
            booked.lost();
        }
    }
}
