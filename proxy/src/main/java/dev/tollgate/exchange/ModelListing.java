package dev.tollgate.exchange;

import dev.tollgate.limits.Pass;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.openai.ResponseReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a question for models, for a key that may use only some: gathered, within a bound, and rid of the others
 * before the caller sees it. What cannot be read goes to nobody. On the exchange's event loop.
 */
final class ModelListing implements ClientSide {
    private static final String PATH = "/models";
    private static final int BYTES_MAX = 4 << 20;

    private final ClientSide client;
    private final Pass pass;
    private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();
    private @Nullable HttpHeaders headers;
    private int status;

    private ModelListing(ClientSide client, Pass pass) {
        this.client = client;
        this.pass = pass;
    }

    /** The client itself, unless it asks for models and may not see all of them. */
    static ClientSide around(ClientSide client, Ask ask, Pass pass) {
        return ask.route().path().equals(PATH) && pass.choosesModels() ? new ModelListing(client, pass) : client;
    }

    @Override
    public void head(int answered, HttpHeaders fields) {
        if (answered / 100 == 2) {
            status = answered;
            headers = fields;
        } else {
            client.head(answered, fields);
        }
    }

    @Override
    public void data(ByteBuf bytes) {
        if (headers == null) {
            client.data(bytes);
            return;
        }
        try {
            int room = BYTES_MAX - gathered.size();
            bytes.readBytes(gathered, Math.min(bytes.readableBytes(), Math.max(0, room)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            bytes.release();
        }
    }

    @Override
    public void flush() {
        client.flush();
    }

    @Override
    public void end() {
        @Nullable HttpHeaders fields = headers;
        if (fields == null) {
            client.end();
            return;
        }
        byte @Nullable [] list = ResponseReader.modelList(gathered.toByteArray(), pass::allows);
        if (list == null) {
            client.refuse(ApiErrors.upstreamUnavailable(), Headers.empty());
            return;
        }
        fields.set("content-length", list.length);
        client.head(status, fields);
        client.data(Unpooled.wrappedBuffer(list));
        client.end();
    }

    @Override
    public void refuse(ApiError error, HttpHeaders fields) {
        client.refuse(error, fields);
    }

    @Override
    public void abort() {
        client.abort();
    }

    @Override
    public boolean writable() {
        return client.writable();
    }

    @Override
    public void readUpload(boolean read) {
        client.readUpload(read);
    }

    @Override
    public void finished(boolean complete) {
        client.finished(complete);
    }
}
