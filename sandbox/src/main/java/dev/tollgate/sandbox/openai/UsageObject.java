package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.util.Optional;

/** The usage objects of the different endpoints. */
final class UsageObject {
    private UsageObject() {}

    /** {@code prompt_tokens} and {@code completion_tokens}, as in chats; empty when the script keeps silent. */
    static Optional<ObjectNode> chat(Script.Usage usage, Tally tally) {
        return claimed(usage, tally).map(claim -> {
            ObjectNode object = Json.object()
                    .put("prompt_tokens", claim.promptTokens())
                    .put("completion_tokens", claim.completionTokens())
                    .put("total_tokens", claim.promptTokens() + claim.completionTokens());
            object.putObject("prompt_tokens_details").put("cached_tokens", 0).put("audio_tokens", 0);
            object.putObject("completion_tokens_details")
                    .put("reasoning_tokens", 0)
                    .put("audio_tokens", 0)
                    .put("accepted_prediction_tokens", 0)
                    .put("rejected_prediction_tokens", 0);
            return object;
        });
    }

    /** {@code input_tokens} and {@code output_tokens}, as in responses. */
    static Optional<ObjectNode> response(Script.Usage usage, Tally tally) {
        return claimed(usage, tally).map(claim -> {
            ObjectNode object = Json.object().put("input_tokens", claim.promptTokens());
            object.putObject("input_tokens_details").put("cached_tokens", 0).put("cache_write_tokens", 0);
            object.put("output_tokens", claim.completionTokens());
            object.putObject("output_tokens_details").put("reasoning_tokens", 0);
            return object.put("total_tokens", claim.promptTokens() + claim.completionTokens());
        });
    }

    /** {@code prompt_tokens} alone, as in embeddings. */
    static Optional<ObjectNode> embedding(Script.Usage usage, Tally tally) {
        return claimed(usage, tally)
                .map(claim -> Json.object()
                        .put("prompt_tokens", claim.promptTokens())
                        .put("total_tokens", claim.promptTokens()));
    }

    /** Three numbers without details, as in speech. */
    static Optional<ObjectNode> plain(Script.Usage usage, Tally tally) {
        return claimed(usage, tally)
                .map(claim -> Json.object()
                        .put("input_tokens", claim.promptTokens())
                        .put("output_tokens", claim.completionTokens())
                        .put("total_tokens", claim.promptTokens() + claim.completionTokens()));
    }

    /** As in images, where {@code imageTokens} of the input stand for images. */
    static Optional<ObjectNode> image(Script.Usage usage, Tally tally, long imageTokens) {
        return plain(usage, tally).map(object -> {
            long input = object.path("input_tokens").longValue();
            object.putObject("input_tokens_details")
                    .put("text_tokens", Math.max(0, input - imageTokens))
                    .put("image_tokens", Math.min(input, imageTokens));
            object.putObject("output_tokens_details")
                    .put("text_tokens", 0)
                    .put("image_tokens", object.path("output_tokens").longValue());
            return object;
        });
    }

    /** As in transcripts that are sold by tokens. */
    static Optional<ObjectNode> transcript(Script.Usage usage, Tally tally, long audioTokens) {
        return plain(usage, tally).map(object -> {
            long input = object.path("input_tokens").longValue();
            object.put("type", "tokens")
                    .putObject("input_token_details")
                    .put("text_tokens", Math.max(0, input - audioTokens))
                    .put("audio_tokens", Math.min(input, audioTokens));
            return object;
        });
    }

    /** As in transcripts that are sold by the second. */
    static Optional<ObjectNode> duration(Script.Usage usage, long seconds) {
        return usage instanceof Script.Usage.Absent
                ? Optional.empty()
                : Optional.of(Json.object().put("type", "duration").put("seconds", seconds));
    }

    private static Optional<Script.Usage.Claimed> claimed(Script.Usage usage, Tally tally) {
        return switch (usage) {
            case Script.Usage.Honest honest ->
                Optional.of(new Script.Usage.Claimed(tally.promptTokens(), tally.completionTokens()));
            case Script.Usage.Absent absent -> Optional.empty();
            case Script.Usage.Claimed claim -> Optional.of(claim);
        };
    }
}
