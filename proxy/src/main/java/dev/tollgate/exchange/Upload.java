package dev.tollgate.exchange;

import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.FormReader;
import dev.tollgate.upstream.UpstreamCall;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A form on its way from the caller to the provider, read as it passes. A few pieces wait until the request is admitted and
 * a connection is there; from then on the caller is read only as fast as the provider takes. The piece that ends the form
 * goes on only when nothing in the form stands against it, and without it a provider can do nothing.
 *
 * <p>Owned by one {@link Exchange}, on its event loop.
 */
final class Upload implements UpstreamCall.Upload {

    /** What waits before the caller is not read any more; fields that come before the files fit in. */
    private static final int WAITING_BYTES_MAX = 64 * 1024;

    /** Whom the form belongs to. */
    interface Owner {
        /** Enough has come to say what it may cost. Called once. */
        void begun(Upload upload);

        /** The whole form was read; a reason to stop it all the same. */
        Optional<ApiError> completed(Upload upload);

        /** It must not go on. Nothing more is written. */
        void broken(ApiError error);
    }

    private final FormReader form;
    private final long length;
    private final ClientSide client;
    private final Owner owner;
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private boolean begun;
    private boolean last;
    private boolean sent;
    private boolean closed;
    private UpstreamCall.@Nullable Sink sink;

    /** @param length of the body, -1 when nobody knows */
    Upload(FormReader form, long length, ClientSide client, Owner owner) {
        this.form = form;
        this.length = length;
        this.client = client;
        this.owner = owner;
    }

    FormReader form() {
        return form;
    }

    /** A piece from the caller; ownership passes. */
    void take(ByteBuf piece, boolean isLast) {
        if (closed) {
            piece.release();
            return;
        }
        form.read(piece);
        waiting.add(piece);
        waitingBytes += piece.readableBytes();
        Optional<ApiError> objection = objection(isLast);
        if (objection.isPresent()) {
            close();
            owner.broken(objection.get());
            return;
        }
        last = isLast;
        begin();
        pump();
    }

    private Optional<ApiError> objection(boolean isLast) {
        if (form.refusal().isPresent() || !isLast) {
            return form.refusal();
        }
        return form.complete()
                ? owner.completed(this)
                : Optional.of(ApiError.invalidRequest(
                        400, "malformed_form", null, "The form ends before its last boundary."));
    }

    private void begin() {
        boolean known = form.files() > 0 && form.get(FormReader.Field.MODEL).isPresent();
        if (!begun && (known || last || waitingBytes >= WAITING_BYTES_MAX)) {
            begun = true;
            owner.begun(this);
        }
    }

    private void pump() {
        UpstreamCall.@Nullable Sink out = sink;
        if (closed || sent) {
            return;
        }
        if (out == null) {
            client.readUpload(waitingBytes < WAITING_BYTES_MAX);
            return;
        }
        while (!waiting.isEmpty()) {
            out.write(waiting.remove());
        }
        waitingBytes = 0;
        if (last) {
            sent = true;
            out.end();
        }
        client.readUpload(last || out.writable());
    }

    /** Whether pieces have gone, so that no other provider could get them. */
    boolean begun() {
        return sink != null;
    }

    /** Whether the provider may have the whole form. */
    boolean sent() {
        return sent;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void begin(UpstreamCall.Sink connection) {
        sink = connection;
        pump();
    }

    @Override
    public void writable() {
        pump();
    }

    /** Gives back what waits; what still comes is thrown away. */
    void close() {
        closed = true;
        waiting.forEach(ByteBuf::release);
        waiting.clear();
    }
}
