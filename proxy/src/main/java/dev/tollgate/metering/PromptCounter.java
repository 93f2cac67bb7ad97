package dev.tollgate.metering;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import dev.tollgate.openai.ModelRequest;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts the tokens of prompts, for two purposes: by how much the byte length of a chat body overstates them, which must
 * never be too much, and how many there probably are. For the former the text of each message is counted with the
 * model's own tokenizer; everything else, the JSON around a text included, goes on counting a token for each byte, which
 * is the margin for roles, framing and the seams between texts. For the latter everything counts that the model reads,
 * with that tokenizer or, where it is not known, by {@link ModelRequest#likelyTokens(String)}.
 *
 * <p>Safe on every thread; it never waits. The work is done on the executor, {@value #PENDING_MAX} bodies at most at a
 * time; what comes on top is not counted. What would take long counts by its bytes, or by {@link ModelRequest#likelyTokens(String)}: text beyond
 * {@value #TEXT_CHARACTERS_MAX} characters or the time allowed, and text without a break for {@value #RUN_CHARACTERS_MAX}
 * characters. Neither bodies nor texts are kept.
 */
public final class PromptCounter {
    private static final int PENDING_MAX = 32;
    private static final int TEXT_CHARACTERS_MAX = 1 << 20;
    private static final int RUN_CHARACTERS_MAX = 2_048;
    private static final long WORK_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

    /** Tokens that each text may have beside its own, on top of the JSON around it. */
    private static final int MARGIN_TOKENS = 4;

    /**
     * What a count came to.
     *
     * @param savedTokens by how many the byte length overstates the tokens, at least
     * @param likelyTokens how many there probably are, but for what has an allowance; negative when that is not known
     */
    public record Counted(long savedTokens, long likelyTokens) {
        static final Counted NOTHING = new Counted(0, -1);
    }

    /** Tokenizers are loaded when they are first used, on the executor: that takes the better part of a second. */
    private final EncodingRegistry encodings = Encodings.newLazyEncodingRegistry();

    private final Executor executor;
    private final LongSupplier nanoTime;
    private final AtomicInteger pending = new AtomicInteger();

    /** @param executor takes every task at once, without locks, and runs it on a thread that may be busy for long */
    public PromptCounter(Executor executor, LongSupplier nanoTime) {
        this.executor = executor;
        this.nanoTime = nanoTime;
    }

    /** Whether there is such a tokenizer, by the name that its publisher gave it. */
    public static boolean knows(String encoding) {
        return com.knuddels.jtokkit.api.EncodingType.fromName(encoding).isPresent();
    }

    /**
     * Counts a body that was scanned without complaint. {@code reply} hears of it once: on the executor, or right here when
     * there is no room.
     *
     * @param encoding null where the model's tokenizer is not known
     * @param body stays the caller's; its bytes must not change meanwhile
     */
    public void count(ModelRequest.Kind kind, @Nullable String encoding, ByteBuf body, Consumer<Counted> reply) {
        if (pending.incrementAndGet() > PENDING_MAX) {
            pending.decrementAndGet();
            reply.accept(Counted.NOTHING);
            return;
        }
        ByteBuf bytes = body.retainedDuplicate();
        try {
            executor.execute(() -> reply.accept(counted(kind, encoding, bytes)));
        } catch (RejectedExecutionException shuttingDown) {
            bytes.release();
            pending.decrementAndGet();
            reply.accept(Counted.NOTHING);
        }
    }

    private Counted counted(ModelRequest.Kind kind, @Nullable String encoding, ByteBuf bytes) {
        try {
            @Nullable
            Encoding tokenizer =
                    encoding == null ? null : encodings.getEncoding(encoding).orElse(null);
            Work work = new Work(tokenizer, nanoTime, nanoTime.getAsLong());
            boolean whole = ModelRequest.visitPrompt(kind, bytes, work);
            return new Counted(work.savedTokens, whole ? work.likelyTokens : Counted.NOTHING.likelyTokens());
        } catch (RuntimeException | StackOverflowError failed) {
            // Whoever waits must hear something; what the failure says may quote the prompt, so it goes no further.
            return Counted.NOTHING;
        } finally {
            bytes.release();
            pending.decrementAndGet();
        }
    }

    /** The texts of one body, one after another. On the executor's thread. */
    private static final class Work implements ModelRequest.PromptVisitor {
        private static final long NOT_COUNTED = -1;

        private final @Nullable Encoding tokenizer;
        private final LongSupplier nanoTime;
        private final long startedNanos;
        private long characters;
        private long savedTokens;
        private long likelyTokens;

        Work(@Nullable Encoding tokenizer, LongSupplier nanoTime, long startedNanos) {
            this.tokenizer = tokenizer;
            this.nanoTime = nanoTime;
            this.startedNanos = startedNanos;
        }

        @Override
        public void text(String text, int bytes) {
            long exact = exact(text);
            savedTokens += exact == NOT_COUNTED ? 0 : Math.max(0, bytes - exact - MARGIN_TOKENS);
            likelyTokens += exact == NOT_COUNTED ? ModelRequest.likelyTokens(text) : exact;
        }

        @Override
        public void aside(String text) {
            long exact = exact(text);
            likelyTokens += exact == NOT_COUNTED ? ModelRequest.likelyTokens(text) : exact;
        }

        @Override
        public void tokens(long tokens) {
            likelyTokens += tokens;
        }

        private long exact(String text) {
            characters += text.length();
            boolean inTime = nanoTime.getAsLong() - startedNanos < WORK_NANOS_MAX;
            return tokenizer != null && inTime && characters <= TEXT_CHARACTERS_MAX && countable(text)
                    ? tokenizer.countTokensOrdinary(text)
                    : NOT_COUNTED;
        }

        /**
         * Merging takes long within a run of one kind of characters, since tokens end where the kind changes. Half of a
         * surrogate pair is no text, and what a provider makes of it is not known.
         */
        private static boolean countable(String text) {
            int run = 0;
            int kind = -1;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (Character.isSurrogate(c) && !isPaired(text, i)) {
                    return false;
                }
                int next = kind(c);
                run = next == kind ? run + 1 : 1;
                kind = next;
                if (run > RUN_CHARACTERS_MAX) {
                    return false;
                }
            }
            return true;
        }

        private static boolean isPaired(String text, int i) {
            return Character.isHighSurrogate(text.charAt(i))
                    ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                    : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
        }

        private static int kind(char c) {
            return Character.isWhitespace(c) ? 0 : c < 0x80 && !Character.isLetterOrDigit(c) ? 1 : 2;
        }
    }
}
