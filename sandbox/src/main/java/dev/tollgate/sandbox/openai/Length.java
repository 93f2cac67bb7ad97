package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;

/** How long each choice becomes, and whether a cap stopped it. */
record Length(int tokens, boolean capped) {
    static Length of(Prompt prompt, long cap) {
        int wanted = prompt.wantedTokens();
        return wanted > cap ? new Length((int) cap, true) : new Length(wanted, false);
    }

    /** The smaller of the caps that are there; unlimited when none is. */
    static long cap(JsonNode... caps) {
        long smallest = Long.MAX_VALUE;
        for (JsonNode cap : caps) {
            smallest = cap.isNumber() ? Math.min(smallest, cap.longValue()) : smallest;
        }
        return smallest;
    }

    String finishReason() {
        return capped ? "length" : "stop";
    }
}
