package dev.tollgate.openai;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks on while an answer passes: reads usage and progress, takes out what only Tollgate asked for, and keeps the last
 * piece back until the caller has made the settlement durable.
 *
 * <p>Bytes go in through {@link #feed} in pieces of any size and come out through a {@link Sink}, at once and unchanged,
 * whatever the pieces; then {@link #finish} once. Memory is bounded by the limits given to the factories. Not safe for
 * several threads: one reader belongs to one exchange on its event loop.
 */
public sealed interface ResponseReader extends AutoCloseable permits StreamReader, AnswerReader {

    /**
     * The answer to a question for models without those that are not allowed, or without a name; null when it is no list of
     * models.
     */
    static byte @Nullable [] modelList(byte[] answer, Predicate<String> allowed) {
        return ModelList.only(answer, allowed);
    }

    /**
     * One provider's answer to a question for models.
     *
     * @param names by the provider's own name of a model: the names that callers see instead
     */
    record ModelAnswer(String json, Function<String, List<String>> names) {}

    /** Several such answers as one list; an answer that is no list of models adds nothing. */
    static byte[] modelList(List<ModelAnswer> answers) {
        return ModelList.merged(answers);
    }

    /** Whether it is an answer to a question for models. */
    static boolean isModelList(String answer) {
        return ModelList.models(answer.getBytes(StandardCharsets.UTF_8)) != null;
    }

    /** The model of that name in such a list; null when there is none. */
    static byte @Nullable [] model(byte[] list, String name) {
        return ModelList.one(list, name);
    }

    /** Takes bytes that may go to the client now, and the ownership of them. Must not throw. */
    @FunctionalInterface
    interface Sink {
        void forward(ByteBuf bytes);
    }

    /** What may be done to an event stream. */
    enum Mode {
        /** The client asked for usage, or nobody did: every byte passes at once. */
        OBSERVE,
        /**
         * Tollgate asked for usage on its own: the usage chunk is dropped, and {@code usage} members are cut out of the
         * others. An event is kept back until it is complete, but for at most {@link #EDITED_EVENT_BYTES_MAX}.
         */
        EDIT
    }

    /**
     * What has come so far, for an estimate when the usage never comes.
     *
     * @param tokens of text, tool arguments and visible reasoning, as near as can be told without the model's vocabulary: one
     *     for each event that brings one token, see {@link TokenCount}
     */
    record Progress(long tokens) {
        public static final Progress NONE = new Progress(0);

        public Progress {
            if (tokens < 0) {
                throw new IllegalArgumentException("progress cannot be negative");
            }
        }
    }

    /** Larger events pass unedited: an event with audio or images can have megabytes, and memory has a bound. */
    int EDITED_EVENT_BYTES_MAX = 1 << 20;

    /** What is kept of the bytes behind {@code [DONE]}; no client reads on there, the rest is thrown away. */
    int HELD_BYTES_MAX = 1 << 16;

    /** A reader for a {@code text/event-stream} answer. */
    static ResponseReader ofStream(Mode mode) {
        return new StreamReader(mode, EDITED_EVENT_BYTES_MAX);
    }

    /** A reader for a JSON answer; every byte passes unchanged. */
    static ResponseReader ofAnswer() {
        return new AnswerReader(true);
    }

    /** A reader for an answer that is neither: every byte passes unread, the last one after the settlement. */
    static ResponseReader ofBytes() {
        return new AnswerReader(false);
    }

    /** Reads {@code in} and releases it. */
    void feed(ByteBuf in, Sink out);

    /** The upstream body is over: what is left goes out, except for what {@link #takeHeld} hands over. */
    void finish(Sink out);

    /**
     * Whether the end was seen: {@code [DONE]}, an event of a type that ends a stream, or the closing brace of the answer.
     * What comes then is held.
     */
    boolean done();

    /**
     * What must wait for the settlement: {@code [DONE]} and everything after it, or the closing brace of the answer or of the
     * event that ends it. Empty when
     * there is nothing. The caller owns it and releases it.
     */
    ByteBuf takeHeld();

    /**
     * Whether what was forwarded so far ends inside an event. An error event needs an empty line before it then.
     */
    boolean insideEvent();

    /** The usage as known so far. */
    Optional<Usage> usage();

    /** Whether the provider sent a usage that cannot be true; it was taken as missing. */
    boolean sawMalformedUsage();

    /** Whether an error came inside a successful answer. */
    boolean sawError();

    /** The model that answered, which may be a dated snapshot of the one asked for. */
    Optional<String> model();

    Progress progress();

    /** Releases what is still held. Harmless when repeated. */
    @Override
    void close();
}
