package dev.tollgate.openai;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one scan of a JSON request body found: everything the gate needs, and where members can be spliced in.
 *
 * <p>Immutable; holds no part of the prompt. The body it was read from is decoded (no content encoding) and is not kept.
 *
 * @param bodyBytes length of the body
 * @param model the model asked for, 1 to {@value #MODEL_LENGTH_MAX} printable characters; where the API has a default,
 *     that; empty where there is none
 * @param stream whether the answer is an event stream: {@code stream} is exactly {@code true}, or the stream format is SSE
 * @param asksForUsage whether the client itself set {@code stream_options.include_usage}
 * @param capTokens the most tokens of one choice, by the cap that the client sent or by the kind of request; null where
 *     neither bounds it
 * @param outputChoices how many answers are generated: {@code n}, or the larger {@code best_of}, for every prompt
 * @param echoes how many times the prompt comes back as part of the output
 * @param characters of text to be spoken; 0 for everything else
 * @param parts content parts that are more than text
 * @param likelyTextTokens about how many tokens its text has, by the text's length
 * @param features what else was asked for that has a say in cost or tenancy
 * @param serviceTier the tier asked for, if any
 * @param splices where and what to insert
 */
public record ModelRequest(
        Kind kind,
        int bodyBytes,
        String model,
        boolean stream,
        boolean asksForUsage,
        @Nullable Long capTokens,
        int outputChoices,
        int echoes,
        int characters,
        Parts parts,
        long likelyTextTokens,
        Set<Feature> features,
        @Nullable String serviceTier,
        Splices splices) {

    public static final int MODEL_LENGTH_MAX = 256;
    public static final int CHOICES_MAX = 128;

    /** Prose has somewhat more in most languages, program text somewhat less. */
    static final int BYTES_PER_TOKEN = 4;

    /** Which API a body belongs to; it decides which members the gate reads and what bounds the cost. */
    public enum Kind {
        CHAT,
        RESPONSES,
        /** Compaction of a conversation. */
        COMPACT,
        /** Counting the tokens of a prompt. */
        INPUT_TOKENS,
        /** The older completions of plain text. */
        COMPLETIONS,
        EMBEDDINGS,
        /** Images made or edited; the body is JSON or, with images in it, a form. */
        IMAGES,
        SPEECH,
        /** Speech made text; a form. */
        TRANSCRIPTIONS,
        /** Speech made English text; a form. */
        TRANSLATIONS,
        /** A form. */
        IMAGE_VARIATIONS;

        /** Whether the body may be a form. */
        public boolean takesForm() {
            return this == IMAGES || takesOnlyForm();
        }

        public boolean takesOnlyForm() {
            return this == TRANSCRIPTIONS || this == TRANSLATIONS || this == IMAGE_VARIATIONS;
        }

        /** The member that a cap is added under; empty where the API has none. */
        public Optional<CapMember> capMember() {
            return Optional.ofNullable(RequestShape.of(this).cap());
        }
    }

    /** Something in the request that its text does not tell the price or the owner of. */
    public enum Feature {
        /** {@code tools} with a type other than function or custom, or a provider's own search switch. */
        HOSTED_TOOLS,
        /** {@code web_search_options}. */
        WEB_SEARCH,
        /** {@code prediction}: rejected tokens are billed as output, within the cap. */
        PREDICTION,
        /** {@code audio} or a modality other than text in the answer. */
        NON_TEXT_OUTPUT,
        /** {@code store:true}: the answer becomes an object of the operator's account. */
        STORE,
        /** {@code previous_response_id}, {@code conversation}, {@code prompt}, a file id or an item id: input that is not in the body. */
        STORED_INPUT,
        /** {@code background:true}: the answer comes later, and elsewhere. */
        BACKGROUND,
        /** {@code multi_agent}: other agents run beside the one that was asked. */
        SEVERAL_AGENTS,
        /** Compaction on the way, which runs the model once more. */
        COMPACTION,
        /** {@code models}: the provider may answer with another model than the one named. */
        OTHER_MODELS
    }

    /** How a scan may go. */
    public sealed interface ScanResult {
        record Scanned(ModelRequest request) implements ScanResult {
            public Scanned {
                Objects.requireNonNull(request);
            }
        }

        record Rejected(ApiError error) implements ScanResult {
            public Rejected {
                Objects.requireNonNull(error);
            }
        }
    }

    /**
     * How far a scan goes.
     *
     * @param depth how deep objects and arrays may nest, the body itself being 1
     */
    public record ScanLimits(int depth) {
        public ScanLimits {
            if (depth < 4) {
                throw new IllegalArgumentException("a chat request nests at least 4 deep: " + depth);
            }
        }
    }

    /**
     * Content parts by kind, over all messages. Audio is inline, so the body's length bounds it.
     *
     * @param others parts of an unknown kind, and references to earlier audio
     */
    public record Parts(int images, int audio, int files, int others) {
        public static final Parts NONE = new Parts(0, 0, 0, 0);

        public Parts {
            if (images < 0 || audio < 0 || files < 0 || others < 0) {
                throw new IllegalArgumentException("counts cannot be negative");
            }
        }
    }

    /**
     * Tokens to add to the byte length where that is no bound.
     *
     * @param framingTokens what a chat template adds, for the whole request
     * @param imageTokens the most that one image can cost
     * @param fileTokens the most that a file or an unknown part can cost: the model's own input limit
     */
    public record Allowances(long framingTokens, long imageTokens, long fileTokens) {
        public static final long FRAMING_TOKENS = 64;
        /** The dearest known image: 2,833 tokens and eight tiles of 5,667 on gpt-4o-mini, rounded as published. */
        public static final long IMAGE_TOKENS = 48_169;

        public Allowances {
            if (framingTokens < 0 || imageTokens < 0 || fileTokens < 0) {
                throw new IllegalArgumentException("allowances cannot be negative");
            }
        }
    }

    /** The member that carries an output cap. */
    public enum CapMember {
        MAX_COMPLETION_TOKENS("max_completion_tokens"),
        /** Deprecated by OpenAI, but the only cap that many compatible servers read. */
        MAX_TOKENS("max_tokens"),
        MAX_OUTPUT_TOKENS("max_output_tokens");

        final String memberName;

        CapMember(String memberName) {
            this.memberName = memberName;
        }
    }

    /**
     * What to change before forwarding.
     *
     * @param askForUsage set {@code stream_options.include_usage}
     * @param capTokens the value that every cap in the body shall have, or null to leave caps alone
     * @param capMember the member that gets it where the body has no cap
     */
    public record Rewrite(boolean askForUsage, @Nullable Long capTokens, CapMember capMember) {
        public Rewrite {
            if (capTokens != null && capTokens < 1) {
                throw new IllegalArgumentException("a cap must be positive: " + capTokens);
            }
            Objects.requireNonNull(capMember);
        }
    }

    public ModelRequest {
        Objects.requireNonNull(model);
        Objects.requireNonNull(parts);
        Objects.requireNonNull(splices);
        Objects.requireNonNull(kind);
        features = Set.copyOf(features);
        if (outputChoices < 1 || echoes < 0 || characters < 0) {
            throw new IllegalArgumentException("no such number of choices: " + outputChoices + ", " + echoes);
        }
        if (capTokens != null && capTokens < 0) {
            throw new IllegalArgumentException("a cap cannot be negative: " + capTokens);
        }
    }

    /**
     * Reads the readable bytes of {@code body}, once, without moving its indices or keeping it. Anything that two
     * readers could understand differently is refused: repeated gate members, names that differ from one only in case,
     * ill-formed UTF-8, text after the object.
     */
    public static ScanResult scan(Kind kind, ByteBuf body, ScanLimits limits) {
        return RequestScanner.scan(kind, body, limits);
    }

    /** Sees what of a body the model reads. */
    public interface PromptVisitor {
        /** The plain text of a message, and how many bytes it takes in the body, escapes included. */
        void text(String text, int bytes);

        /** Another text: of an item, an argument, a name, a schema. */
        void aside(String text);

        /** What is no text and has about so many tokens. */
        void tokens(long tokens);
    }

    /**
     * Shows what the model reads of a scanned body but for what has an allowance. Reads all of it and decodes every text, so
     * it must not run on an event loop. Keeps nothing, moves no index.
     *
     * @return whether it could be read to its end
     */
    public static boolean visitPrompt(Kind kind, ByteBuf body, PromptVisitor visitor) {
        return PromptTexts.visit(kind, body, visitor);
    }

    /** The most tokens of one choice, where the request bounds them; reasoning is inside. */
    public OptionalLong outputCapTokens() {
        return capTokens == null ? OptionalLong.empty() : OptionalLong.of(capTokens);
    }

    /**
     * The most tokens the prompt can be billed as. A token stands for at least one byte, so the body's length bounds all
     * its text; images, files and unknown parts come on top, and all of it once
     * more for each echo. Says nothing about what {@link Feature}s add.
     */
    public long promptBoundTokens(Allowances allowances) {
        long text = Math.addExact(bodyBytes, allowances.framingTokens());
        return Math.multiplyExact(1L + echoes, Math.addExact(text, attachedTokens(allowances)));
    }

    /** What {@link #promptBoundTokens} allows for images, files and unknown parts, once. */
    public long attachedTokens(Allowances allowances) {
        long images = Math.multiplyExact(parts.images(), allowances.imageTokens());
        return Math.addExact(
                images, Math.multiplyExact(Math.addExact(parts.files(), parts.others()), allowances.fileTokens()));
    }

    /** Whether the provider tells what an answer to it used. */
    public boolean reportsUsage() {
        return switch (kind) {
            case IMAGES -> !model.startsWith("dall-e");
            case SPEECH -> stream;
            case CHAT, RESPONSES, COMPACT, INPUT_TOKENS, COMPLETIONS, EMBEDDINGS, TRANSCRIPTIONS -> true;
            case TRANSLATIONS, IMAGE_VARIATIONS -> false;
        };
    }

    /**
     * The body to forward: {@code body} with the rewritten members, every other byte unchanged. The result shares memory
     * with {@code body} and holds its own reference on it; {@code body} itself stays the caller's.
     */
    public ByteBuf rewrite(ByteBuf body, Rewrite rewrite) {
        if (body.readableBytes() != bodyBytes) {
            throw new IllegalArgumentException("not the body that was scanned");
        }
        return splices.apply(body, rewrite);
    }

    /** The body with another name as its {@code model}, every other byte unchanged; ownership passes, and comes back. */
    public static ByteBuf withModel(ByteBuf body, String name) {
        return ModelSplice.rename(body, name);
    }

    /** About how many tokens a text has, counted without a vocabulary. */
    public static long likelyTokens(String text) {
        return TokenCount.of(text);
    }
}
