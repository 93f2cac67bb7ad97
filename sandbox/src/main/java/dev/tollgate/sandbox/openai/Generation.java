package dev.tollgate.sandbox.openai;

import java.util.Map;

/**
 * One answer the model gave, and what it truly used.
 *
 * @param id such as {@code chatcmpl-...}, as sent to the client
 * @param clientRequestId value of {@code x-client-request-id}, or empty
 * @param path of the endpoint, such as {@code /v1/chat/completions}
 * @param promptTokens none where the model is not sold by tokens
 * @param completionTokens tokens generated over all choices, up to the moment a cut was noticed
 * @param images images made
 * @param seconds seconds of audio heard
 * @param reportedUsage whether a usage object, true or not, reached the socket completely
 * @param cutShort whether the answer did not reach the socket completely
 * @param requestHeaders names in lower case
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are the point, and nobody compares generations
public record Generation(
        String id,
        String clientRequestId,
        String path,
        String model,
        long promptTokens,
        long completionTokens,
        long images,
        long seconds,
        boolean reportedUsage,
        boolean cutShort,
        Map<String, String> requestHeaders,
        byte[] requestBody) {
    public Generation {
        requestHeaders = Map.copyOf(requestHeaders);
    }

    public long totalTokens() {
        return Math.addExact(promptTokens, completionTokens);
    }

    /** Without headers and body: they hold keys and prompts. */
    @Override
    public String toString() {
        return "Generation[%s, %s, prompt=%d, completion=%d, reported=%s, cutShort=%s]"
                .formatted(id, model, promptTokens, completionTokens, reportedUsage, cutShort);
    }
}
