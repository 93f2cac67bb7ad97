package dev.tollgate.sandbox.openai;

/** Counts one generation while it happens and enters it in the log. Confined to the connection's thread. */
final class Tally {
    private final Call call;
    private final String id;
    private final long promptTokens;
    private long completionTokens;
    private long images;
    private long seconds;
    private long usageEnd = Long.MAX_VALUE;

    Tally(Call call, String id, long promptTokens) {
        this.call = call;
        this.id = id;
        this.promptTokens = promptTokens;
        call.wire().beforeCut(this::cut);
    }

    String id() {
        return id;
    }

    /** Images made, which some models are sold by. */
    Tally images(long count) {
        images = count;
        return this;
    }

    /** Seconds of audio heard, which some models are sold by. */
    Tally seconds(long count) {
        seconds = count;
        return this;
    }

    void add(long tokens) {
        completionTokens = Math.addExact(completionTokens, tokens);
    }

    long completionTokens() {
        return completionTokens;
    }

    long promptTokens() {
        return promptTokens;
    }

    /** Everything written so far includes the usage object. */
    void usageWritten() {
        usageEnd = call.wire().position();
    }

    /** Enters a generation that is about to reach the socket completely. */
    void complete(boolean tellsUsage) {
        enter(tellsUsage, false);
    }

    /** Enters a generation that is told in full, usage included if it was written. */
    void complete() {
        enter(usageEnd != Long.MAX_VALUE, false);
    }

    /** Enters a generation whose answer ends early, replacing what was entered before. */
    void cut() {
        enter(call.wire().writtenBytes() >= usageEnd, true);
    }

    private void enter(boolean reportedUsage, boolean cutShort) {
        call.log()
                .put(new Generation(
                        id,
                        call.request().header("x-client-request-id").orElse(""),
                        call.request().path(),
                        call.model(),
                        promptTokens,
                        completionTokens,
                        images,
                        seconds,
                        reportedUsage,
                        cutShort,
                        call.request().headers(),
                        call.request().body()));
    }
}
