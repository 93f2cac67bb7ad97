package dev.tollgate.edge;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.decoder.BrotliInputStream;
import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.util.Native;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The content codings that a request body may come in (RFC 9110, section 8.4.1; RFC 9659 for zstd). */
enum ContentCoding {
    ZSTD {
        @Override
        InputStream open(ByteBuf body) throws IOException {
            return new ZstdInputStream(new ByteBufInputStream(body)).setLongMax(ZSTD_WINDOW_BITS);
        }
    },
    GZIP {
        @Override
        InputStream open(ByteBuf body) throws IOException {
            return new GZIPInputStream(new ByteBufInputStream(body), BUFFER_BYTES);
        }
    },
    DEFLATE {
        @Override
        InputStream open(ByteBuf body) {
            return new Inflating(body);
        }
    },
    BR {
        @Override
        InputStream open(ByteBuf body) throws IOException {
            return new BrotliInputStream(new ByteBufInputStream(body), BUFFER_BYTES);
        }
    };

    private static final Logger LOG = LoggerFactory.getLogger(ContentCoding.class);
    private static final int BUFFER_BYTES = 8 * 1024;

    /** The largest window that the coding allows, 8 MiB: what a decoder must be ready to set aside. */
    private static final int ZSTD_WINDOW_BITS = 23;

    /** The zlib format, or the bare deflate stream that some clients send under this name. */
    private static final class Inflating extends InflaterInputStream {
        Inflating(ByteBuf body) {
            super(new ByteBufInputStream(body), new Inflater(!isZlib(body)), BUFFER_BYTES);
        }

        private static boolean isZlib(ByteBuf body) {
            if (body.readableBytes() < 2) {
                return true;
            }
            int head = body.getUnsignedShort(body.readerIndex());
            return (head >> 8 & 0x0F) == 8 && head % 31 == 0;
        }

        @Override
        public void close() throws IOException {
            inf.end();
            super.close();
        }
    }

    /**
     * The plain bytes of a body. Reading throws an {@link IOException} where the body is not what the coding says.
     *
     * @param body read from its readable bytes; stays the caller's
     */
    abstract InputStream open(ByteBuf body) throws IOException;

    /** The coding of that name, null for one that is not read here, or for several on top of each other. */
    static @Nullable ContentCoding named(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "zstd" -> ZSTD;
            case "gzip", "x-gzip" -> GZIP;
            case "deflate" -> DEFLATE;
            case "br" -> BR;
            default -> null;
        };
    }

    /** As it stands in headers. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Unpacks the native libraries, which takes file access; call it before the first request, on a thread that may wait. */
    static void load() {
        try {
            Native.load();
            Brotli4jLoader.ensureAvailability();
        } catch (LinkageError e) {
            LOG.warn("bodies in zstd or br cannot be read on this platform", e);
        }
    }
}
