package dev.tollgate.sdks;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Prints one JSON line per scenario, {@code {"scenario", "ok", "detail"}}, where the detail is what the SDK's user sees.
 * Arguments name the scenarios; without any, all run but those that need a key which is not there.
 */
public final class Check {
    private Check() {}

    /** What a user of the SDK does and sees; an exception is a failure. */
    @FunctionalInterface
    interface Scenario {
        String run(Clients clients) throws Exception;
    }

    public static void main(String[] names) {
        Map<String, Scenario> scenarios = new LinkedHashMap<>(Chats.scenarios());
        scenarios.putAll(Failures.scenarios());
        scenarios.putAll(Media.scenarios());
        if (System.getenv("POOR_KEY") == null) {
            scenarios.remove("held credits");
            scenarios.remove("no credits");
            scenarios.remove("rate limit");
        }
        List<String> wanted = names.length > 0 ? Arrays.asList(names) : List.copyOf(scenarios.keySet());
        scenarios.put("keep-alive", Chats::keepAlive);
        for (String name : wanted) {
            System.out.println(report(name, Objects.requireNonNull(scenarios.get(name), name)));
        }
        // The SDK keeps threads for a while that nobody needs any more.
        System.exit(0);
    }

    @SuppressWarnings("CatchAndPrintStackTrace") // whatever goes wrong is what the line tells
    private static String report(String name, Scenario scenario) {
        var line = JsonNodeFactory.instance.objectNode().put("scenario", name);
        try {
            String detail = scenario.run(new Clients(name));
            return line.put("ok", true).put("detail", detail).toString();
        } catch (Exception | AssertionError failure) {
            String detail = failure.getClass().getSimpleName() + ": " + failure.getMessage();
            return line.put("ok", false).put("detail", detail).toString();
        }
    }

    static void expect(boolean truth, String otherwise) {
        if (!truth) {
            throw new AssertionError(otherwise);
        }
    }
}
