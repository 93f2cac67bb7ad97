package dev.tollgate.exchange;

import dev.tollgate.admission.Gate;
import dev.tollgate.limits.Pass;
import dev.tollgate.metering.Measured;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.openai.ResponseReader;
import dev.tollgate.upstream.UpstreamCall;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request from its last byte to its outcome: admitting, connecting, relaying, settling, done. Whatever happens it
 * reaches {@link #finish} exactly once, with its hold settled or returned.
 *
 * <p>Lives on one event loop; every method is called there.
 */
final class Exchange implements UpstreamCall.Listener, Attempts.Attempt {
    private enum Phase {
        ADMITTING,
        CONNECTING,
        RELAYING,
        SETTLING,
        DONE
    }

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    /** The request may have arrived, and no answer did. */
    private static final Measured NOTHING_HEARD = new Measured.Unreported(ResponseReader.Progress.NONE);

    private final ExchangeServices services;
    private final ClientSide client;
    private final Ask ask;
    private final String requestId;
    private final Pass pass;
    private final Journey journey;
    private final Holding hold;
    private Phase phase = Phase.ADMITTING;
    private @Nullable UpstreamCall call;
    private @Nullable Answer answer;
    private boolean clientGone;
    private @Nullable Forwarding forwarding;
    private @Nullable Drain drain;
    private @Nullable Upload upload;
    private @Nullable ApiError broken;

    Exchange(ExchangeServices services, ClientSide client, Ask ask) {
        this.services = services;
        this.ask = ask;
        this.requestId = services.requestIds().get();
        this.pass = services.limiter().pass(ask.caller().scopes());
        this.client = ModelListing.around(client, ask, pass);
        this.journey = new Journey(services, ask, pass, requestId);
        this.hold = new Holding(services, journey, pass, ask, requestId);
        services.running().add(this);
    }

    @Override
    public void start() {
        if (!ask.streamed()) {
            take(Work.of(ask, services));
            return;
        }
        FormIntake.open(ask, services, client, hold, this)
                .ifPresentOrElse(form -> upload = form, () -> refuse(ApiErrors.notAForm()));
    }

    @Override
    public void uploaded(ByteBuf piece, boolean last) {
        journey.received(piece.readableBytes());
        if (upload == null || phase == Phase.DONE) {
            piece.release();
        } else {
            upload.take(piece, last);
        }
    }

    @Override
    public void uploadBroken(ApiError error) {
        if (upload == null) {
            return;
        }
        switch (phase) {
            case ADMITTING -> hold.work().ifPresentOrElse(asked -> broken = error, () -> refuse(error));
            case CONNECTING -> {
                Objects.requireNonNull(call).cancel();
                call = null;
                hold.release("form_broken");
                refuse(error);
            }
            case RELAYING -> stop();
            case SETTLING, DONE -> {}
        }
    }

    void take(Work work) {
        switch (Limiting.limited(work, ask, pass)) {
            case Work.Refused refused -> refuse(refused.error());
            case Work.Free ignored -> connect();
            case Work.Paid asked -> admit(asked);
        }
    }

    private void admit(Work.Paid asked) {
        journey.asked(asked.model(), asked.stream());
        hold.ask(asked, this::decided);
    }

    /** A bug on the way to the provider must not keep the hold for ever. */
    private void decided(Gate.Verdict verdict) {
        try {
            proceed(verdict);
        } catch (RuntimeException e) {
            LOG.error("request {} could not be forwarded", requestId, e);
            hold.release("internal_error");
            tell(ApiErrors.internalError());
        }
    }

    private void proceed(Gate.Verdict verdict) {
        switch (verdict) {
            case Gate.Verdict.Refused refused -> refuse(refused.error());
            case Gate.Verdict.Admitted admitted -> {
                hold.granted(admitted);
                if (broken != null) {
                    hold.release("form_broken");
                    refuse(broken);
                } else if (clientGone) {
                    hold.release("client_gone");
                    finish(Outcome.CLIENT_GONE, 499);
                } else {
                    connect();
                }
            }
        }
    }

    private void connect() {
        phase = Phase.CONNECTING;
        Forwarding prepared = new Forwarding(ask, hold, pass, upload);
        forwarding = prepared;
        journey.sent();
        call = MergedModels.answers(ask, services)
                ? MergedModels.call(ask, services, prepared, this)
                : services.upstreams().call(prepared.model(), prepared, this);
    }

    @Override
    public void sending() {
        journey.sending();
    }

    @Override
    public void head(int status, HttpHeaders headers) {
        phase = Phase.RELAYING;
        journey.answered();
        Forwarding asked = Objects.requireNonNull(forwarding);
        answer = Answer.begin(status, headers, hold.work(), asked.askedForUsage());
        if (answer.relayed()) {
            HttpHeaders toCaller = asked.toCaller(headers);
            journey.addHeaders(toCaller, hold.admitted());
            if (answer.edited()) {
                toCaller.remove("content-length");
            }
            client.head(status, toCaller);
            Headers.forget(headers, ask.headers());
        }
    }

    @Override
    public void data(ByteBuf bytes) {
        Answer current = Objects.requireNonNull(answer);
        int length = bytes.readableBytes();
        current.feed(bytes, this::forward);
        journey.progressed(current, hold);
        if (drain != null && !drain.take(length, current)) {
            stopDraining();
        }
    }

    private void forward(ByteBuf bytes) {
        journey.delivered(clientGone ? 0 : bytes.readableBytes());
        client.data(bytes);
    }

    @Override
    public void paused() {
        if (clientGone) {
            return;
        }
        client.flush();
        if (call != null && !client.writable()) {
            call.pause(UpstreamCall.Pause.CLIENT_SATURATED);
        }
    }

    @Override
    public void end() {
        Answer current = Objects.requireNonNull(answer);
        call = null;
        phase = Phase.SETTLING;
        if (!current.relayed()) {
            provideError(current);
            return;
        }
        current.finish(this::forward);
        settle(current.measured(), () -> deliverRest(current));
    }

    private void deliverRest(Answer current) {
        ByteBuf held = current.takeHeld();
        if (held.isReadable()) {
            forward(held);
        } else {
            held.release();
        }
        client.end();
        finish(clientGone ? Outcome.CLIENT_GONE : Outcome.SERVED, current.status());
    }

    /**
     * The provider said no: nothing was generated, so the hold goes back, and the caller hears what concerns them. Of an
     * error that was too long or broke off they get what there is, with its true length.
     */
    private void provideError(Answer current) {
        hold.release("provider_refused");
        Optional<ApiError> instead = ApiErrors.insteadOfUpstream(current.status(), current.errorBody());
        if (instead.isPresent()) {
            journey.code(instead.get().code());
            client.refuse(instead.get(), journey.headers());
            finish(Outcome.PROVIDER_REFUSED_OPERATOR, instead.get().status());
            return;
        }
        ByteBuf error = current.takeError();
        HttpHeaders toCaller = Objects.requireNonNull(forwarding).toCaller(current.headers());
        toCaller.set("content-length", error.readableBytes());
        journey.addHeaders(toCaller, Optional.empty());
        client.head(current.status(), toCaller);
        forward(error);
        if (!clientGone) {
            client.end();
        }
        finish(Outcome.PROVIDER_REFUSED, current.status());
    }

    @Override
    public void failed(UpstreamCall.Failure failure) {
        call = null;
        phase = Phase.SETTLING;
        @Nullable Answer begun = answer;
        if (begun != null && begun.relayed()) {
            begun.finish(this::forward);
            settle(begun.measured(), begun.complete() ? () -> deliverRest(begun) : () -> breakOff(begun));
            return;
        }
        if (begun != null) {
            provideError(begun);
            return;
        }
        ApiError error = Failures.error(failure);
        if (failure.sent()) {
            settle(NOTHING_HEARD, () -> tell(error));
        } else {
            hold.release("not_sent");
            tell(error);
        }
    }

    private void tell(ApiError error) {
        journey.code(error.code());
        client.refuse(error, journey.headers());
        finish(Outcome.PROVIDER_FAILED, error.status());
    }

    /** An answer that broke off must not look complete: an error event where one fits, else a cut connection. */
    private void breakOff(Answer begun) {
        begun.close();
        ApiError error = ApiErrors.upstreamBrokeOff();
        journey.code(error.code());
        Optional<ByteBuf> event = begun.errorEvent(error);
        if (event.isPresent()) {
            forward(event.get());
            if (!clientGone) {
                client.end();
            }
        } else {
            client.abort();
        }
        finish(Outcome.PROVIDER_BROKE_OFF, begun.status());
    }

    void refuse(ApiError error) {
        pass.end();
        services.metrics().refused(error.code() == null ? "invalid_request" : error.code());
        journey.code(error.code());
        client.refuse(error, journey.headers());
        finish(clientGone ? Outcome.CLIENT_GONE : Outcome.REFUSED, error.status());
    }

    /** Books what was used; {@code durable} runs here again once it cannot be lost any more. */
    private void settle(Measured measured, Runnable durable) {
        if (answer != null && answer.sawMalformedUsage()) {
            services.metrics().usageMalformed();
        }
        hold.settle(measured, durable, this::unsettled);
    }

    /** The end of the answer is withheld, so that nothing complete goes out unpaid. */
    private void unsettled() {
        client.abort();
        finish(Outcome.NOT_SETTLED, 500);
    }

    @Override
    public void clientWritable() {
        if (call != null) {
            call.resume(UpstreamCall.Pause.CLIENT_SATURATED);
        }
    }

    /**
     * The caller has gone. What the provider generates is still theirs to pay, so it is read and measured, within limits;
     * beyond them, or where their plan says so, the provider is stopped and an estimate is booked.
     */
    @Override
    public void clientGone() {
        if (clientGone || phase == Phase.DONE) {
            return;
        }
        clientGone = true;
        boolean sent = upload == null || upload.sent();
        if (call != null && sent) {
            call.callerGone();
            drain = Drain.begin(services, ask.caller(), answer, this::stopDraining)
                    .orElse(null);
        }
        if (call == null && phase == Phase.ADMITTING && hold.work().isEmpty()) {
            finish(Outcome.CLIENT_GONE, 499);
        } else if (drain == null) {
            stopDraining();
        }
    }

    /** Somebody else wants the answer, so that it is relayed again. */
    void clientBack() {
        clientGone = false;
        drain = Drain.ended(drain);
    }

    /** Ends whatever is still running, booking what is known so far. Does nothing to an exchange that is ending. */
    void stop() {
        if (call != null) {
            client.abort();
            clientGone = true;
            stopDraining();
        }
    }

    private void stopDraining() {
        @Nullable UpstreamCall running = call;
        if (running == null || !clientGone) {
            return;
        }
        call = null;
        boolean sent = running.cancel();
        phase = Phase.SETTLING;
        if (!sent && answer == null) {
            hold.release("not_sent");
            finish(Outcome.CLIENT_GONE, 499);
            return;
        }
        Measured measured = answer == null ? NOTHING_HEARD : answer.measured();
        settle(measured, () -> finish(Outcome.CLIENT_GONE, 499));
    }

    private void finish(Outcome outcome, int status) {
        if (phase == Phase.DONE) {
            throw new IllegalStateException("an exchange ends once");
        }
        phase = Phase.DONE;
        ask.body().release();
        pass.end();
        upload = Upload.closed(upload);
        drain = Drain.ended(drain);
        if (answer != null) {
            answer.close();
        }
        services.running().remove(this);
        client.finished(outcome == Outcome.SERVED || outcome == Outcome.CLIENT_GONE);
        journey.ended(outcome, status);
    }
}
