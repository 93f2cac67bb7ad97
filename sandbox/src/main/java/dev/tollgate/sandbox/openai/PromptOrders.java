package dev.tollgate.sandbox.openai;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the words of a prompt ask to go wrong: {@code refuse=503x2} refuses the first two requests with this body,
 * {@code break=3} resets the connection after three events of a stream, {@code fail=3} ends a stream there with an error.
 *
 * @param refusalStatus status of the refusals
 * @param refusals how many there are, 0 for none
 * @param breakAfterEvents -1 for never
 * @param failAfterEvents -1 for never
 */
record PromptOrders(int refusalStatus, int refusals, int breakAfterEvents, int failAfterEvents) {
    private static final PromptOrders NONE = new PromptOrders(0, 0, -1, -1);
    private static final Pattern REFUSE = Pattern.compile("\\brefuse=(\\d{3})x(\\d{1,3})");
    private static final Pattern BREAK = Pattern.compile("\\bbreak=(\\d{1,7})");
    private static final Pattern FAIL = Pattern.compile("\\bfail=(\\d{1,7})");

    static PromptOrders in(String body) {
        if (!body.contains("refuse=") && !body.contains("break=") && !body.contains("fail=")) {
            return NONE;
        }
        Matcher refuse = REFUSE.matcher(body);
        boolean refuses = refuse.find();
        return new PromptOrders(
                refuses ? Integer.parseInt(refuse.group(1)) : 0,
                refuses ? Integer.parseInt(refuse.group(2)) : 0,
                number(BREAK, body),
                number(FAIL, body));
    }

    /** The faults of a stream as a script; {@code failed} responses are the endpoint's own affair. */
    Script script(boolean errorEvents) {
        Script script = breakAfterEvents < 0 ? Script.normal() : Script.cutAfterEvents(breakAfterEvents, true);
        return errorEvents && failAfterEvents >= 0 ? script.and(Script.errorEventAfterChunks(failAfterEvents)) : script;
    }

    /** The reply to the request that is the {@code attempt}th with its body, from 1. */
    Optional<Script> refusal(int attempt) {
        return attempt <= refusals ? Optional.of(Script.refused(refusalStatus)) : Optional.empty();
    }

    private static int number(Pattern pattern, String body) {
        Matcher matcher = pattern.matcher(body);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : -1;
    }
}
