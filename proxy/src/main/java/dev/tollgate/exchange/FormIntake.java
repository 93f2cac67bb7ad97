package dev.tollgate.exchange;

import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.openai.FormReader;
import java.util.Optional;

/**
 * What is decided about a form while it passes: what to hold for it once its first part is known, and whether the rest
 * keeps within that. On the exchange's event loop.
 */
final class FormIntake implements Upload.Owner {
    private final Ask ask;
    private final ExchangeServices services;
    private final Holding hold;
    private final Exchange exchange;

    private FormIntake(Ask ask, ExchangeServices services, Holding hold, Exchange exchange) {
        this.ask = ask;
        this.services = services;
        this.hold = hold;
        this.exchange = exchange;
    }

    /** The upload of a form; empty when the body is none. */
    static Optional<Upload> open(
            Ask ask, ExchangeServices services, ClientSide client, Holding hold, Exchange exchange) {
        long length = Headers.length(ask.headers());
        return FormReader.of(ask.headers().get("content-type", ""))
                .map(form -> new Upload(
                        form,
                        length,
                        client,
                        services.forms().gathered(),
                        new FormIntake(ask, services, hold, exchange)));
    }

    @Override
    public void begun(Upload upload) {
        exchange.take(work(upload));
    }

    /** With all fields known the charge is settled; what the hold does not cover must not be asked. */
    @Override
    public Optional<ApiError> completed(Upload upload) {
        if (hold.work().isEmpty()) {
            return Optional.empty();
        }
        return switch (work(upload)) {
            case Work.Refused refused -> Optional.of(refused.error());
            case Work.Free ignored -> Optional.empty();
            case Work.Paid asked -> objection(asked);
        };
    }

    private Optional<ApiError> objection(Work.Paid asked) {
        return hold.recharge(asked) ? Optional.empty() : Optional.of(ApiErrors.lateField());
    }

    @Override
    public void broken(ApiError error) {
        exchange.uploadBroken(error);
    }

    private Work work(Upload upload) {
        return FormWork.of(ask.route().policy(), upload.form(), upload.length(), services);
    }
}
