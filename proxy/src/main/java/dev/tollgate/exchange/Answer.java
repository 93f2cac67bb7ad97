package dev.tollgate.exchange;

import dev.tollgate.metering.Measured;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ResponseReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A provider's answer on its way: relayed and measured when it is a success, gathered (within a bound) when it is an
 * error, since who may see an error depends on what it says. On the exchange's event loop.
 */
final class Answer implements AutoCloseable {
    /** No provider's error is nearly as long; what goes beyond is cut off. */
    private static final int ERROR_BYTES_MAX = 256 * 1024;

    private final int status;
    private final HttpHeaders headers;
    private final boolean stream;
    private final boolean edited;
    private final @Nullable ResponseReader reader;
    private final ByteBuf error = Unpooled.buffer(0, ERROR_BYTES_MAX);

    private Answer(int status, HttpHeaders headers, boolean stream, boolean edited, @Nullable ResponseReader reader) {
        this.status = status;
        this.headers = headers;
        this.stream = stream;
        this.edited = edited;
        this.reader = reader;
    }

    /**
     * @param work what is to be measured; empty for an answer that costs nothing
     * @param injected whether usage was asked for on Tollgate's own account, so that it must be taken out again
     */
    static Answer begin(int status, HttpHeaders headers, Optional<Work.Paid> work, boolean injected) {
        String contentType = headers.get("content-type", "").toLowerCase(Locale.ROOT);
        boolean stream = contentType.startsWith("text/event-stream");
        if (work.isEmpty() || status / 100 != 2) {
            return new Answer(status, headers, stream, false, null);
        }
        Work.Paid paid = work.get();
        boolean edited = stream && injected;
        return new Answer(status, headers, stream, edited, reader(contentType, stream, edited, paid));
    }

    private static ResponseReader reader(String contentType, boolean stream, boolean edited, Work.Paid paid) {
        if (stream) {
            return ResponseReader.ofStream(edited ? ResponseReader.Mode.EDIT : ResponseReader.Mode.OBSERVE);
        }
        return paid.answersInBytes() && !contentType.contains("json")
                ? ResponseReader.ofBytes()
                : ResponseReader.ofAnswer();
    }

    int status() {
        return status;
    }

    HttpHeaders headers() {
        return headers;
    }

    /** Whether the caller gets it as it comes, as opposed to an error that is looked at first. */
    boolean relayed() {
        return status / 100 == 2;
    }

    /** Whether its length may change on the way. */
    boolean edited() {
        return edited;
    }

    /** What it used, as far as it said so. */
    Measured measured() {
        return reader == null ? new Measured.Failed() : Measured.by(reader);
    }

    boolean sawMalformedUsage() {
        return reader != null && reader.sawMalformedUsage();
    }

    /** How much of a measured stream has come; null for anything that shows nothing before it is complete. */
    ResponseReader.@Nullable Progress streamProgress() {
        return stream && reader != null ? reader.progress() : null;
    }

    void feed(ByteBuf bytes, ResponseReader.Sink sink) {
        if (reader != null) {
            reader.feed(bytes, sink);
        } else if (relayed()) {
            sink.forward(bytes);
        } else {
            error.writeBytes(bytes, Math.min(bytes.readableBytes(), error.maxWritableBytes()));
            bytes.release();
        }
    }

    void finish(ResponseReader.Sink sink) {
        if (reader != null) {
            reader.finish(sink);
        }
    }

    /** Whether it is a stream that has said that it is over, whatever becomes of its connection then. */
    boolean complete() {
        return stream && reader != null && reader.done();
    }

    /** What may go out only once the usage is booked. */
    ByteBuf takeHeld() {
        return reader == null ? Unpooled.EMPTY_BUFFER : reader.takeHeld();
    }

    byte[] errorBody() {
        return ByteBufUtil.getBytes(error);
    }

    ByteBuf takeError() {
        return error.retainedSlice();
    }

    /** Bytes that make every SDK raise an error here, where the answer is a stream between two events. */
    Optional<ByteBuf> errorEvent(ApiError failure) {
        if (!stream || reader == null || reader.insideEvent()) {
            return Optional.empty();
        }
        return Optional.of(Unpooled.wrappedBuffer(failure.toStreamEnd()));
    }

    @Override
    public void close() {
        if (reader != null) {
            reader.close();
        }
        if (error.refCnt() > 0) {
            error.release();
        }
    }
}
