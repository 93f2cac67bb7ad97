package dev.tollgate.exchange;

import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.openai.FormReader;
import dev.tollgate.upstream.UpstreamCall;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A form on its way from the caller to the provider, read as it passes. A few pieces wait until the request is admitted and
 * a connection is there; from then on the caller is read only as fast as the provider takes. The piece that ends the form
 * goes on only when nothing in the form stands against it, and without it a provider can do nothing.
 *
 * <p>Who sends files before the model, as most SDKs do, has the whole form gathered first, within what all such forms may
 * take together: without the model nobody knows which provider to ask, nor what to hold.
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
    private final Semaphore gathered;
    private final Owner owner;
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private int gatheredBytes;
    private boolean modelLate;
    private boolean begun;
    private boolean last;
    private boolean sent;
    private boolean closed;
    private UpstreamCall.@Nullable Sink sink;

    /**
     * @param length of the body, -1 when nobody knows
     * @param gathered bytes that forms may still take which are gathered whole
     */
    Upload(FormReader form, long length, ClientSide client, Semaphore gathered, Owner owner) {
        this.form = form;
        this.length = length;
        this.client = client;
        this.gathered = gathered;
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
            return form.refusal().or(this::gather);
        }
        return form.complete()
                ? owner.completed(this)
                : Optional.of(ApiError.invalidRequest(
                        400, "malformed_form", null, "The form ends before its last boundary."));
    }

    /** Takes room for what waits although nobody knows for what; an error where there is none left. */
    private Optional<ApiError> gather() {
        int more = begun ? 0 : waitingBytes - WAITING_BYTES_MAX - gatheredBytes;
        if (more > 0 && !gathered.tryAcquire(more)) {
            return Optional.of(ApiErrors.overloaded());
        }
        gatheredBytes += Math.max(0, more);
        return Optional.empty();
    }

    private void begin() {
        boolean files = form.files() > 0;
        modelLate |= files && form.get(FormReader.Field.MODEL).isEmpty();
        if (!begun && (last || (files && !modelLate))) {
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
            client.readUpload(!begun || waitingBytes < WAITING_BYTES_MAX);
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

    /** Exact as soon as it can be known. */
    @Override
    public long length() {
        return last && sink == null ? waitingBytes : length;
    }

    @Override
    public void begin(UpstreamCall.Sink connection) {
        sink = connection;
        pump();
    }

    /** The same form with another name for its model, where it names one. */
    UpstreamCall.Upload withModel(String name) {
        String asked = form.get(FormReader.Field.MODEL).orElse(name);
        if (name.equals(asked)) {
            return this;
        }
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        Upload own = this;
        return new UpstreamCall.Upload() {
            @Override
            public long length() {
                return own.length() < 0 ? -1 : own.length() - asked.length() + bytes.length;
            }

            @Override
            public void begin(UpstreamCall.Sink connection) {
                own.rename(asked.length(), bytes);
                own.begin(connection);
            }

            @Override
            public void writable() {
                own.writable();
            }
        };
    }

    /** Everything up to the model still waits, since the provider was chosen by it. */
    private void rename(int length, byte[] name) {
        CompositeByteBuf whole = Unpooled.compositeBuffer(Integer.MAX_VALUE);
        waiting.forEach(piece -> whole.addComponent(true, piece));
        waiting.clear();
        int start = Math.toIntExact(form.modelStart());
        waiting.add(whole.retainedSlice(0, start));
        waiting.add(Unpooled.wrappedBuffer(name));
        waiting.add(whole.retainedSlice(start + length, whole.readableBytes() - start - length));
        whole.release();
    }

    @Override
    public void writable() {
        pump();
    }

    /** Gives back what waits; what still comes is thrown away. */
    void close() {
        gathered.release(gatheredBytes);
        gatheredBytes = 0;
        closed = true;
        waiting.forEach(ByteBuf::release);
        waiting.clear();
    }

    /** Closes an upload, where there is one; there is none then. */
    static @Nullable Upload closed(@Nullable Upload upload) {
        if (upload != null) {
            upload.close();
        }
        return null;
    }
}
