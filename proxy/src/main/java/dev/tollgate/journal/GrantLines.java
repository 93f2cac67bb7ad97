package dev.tollgate.journal;

import java.util.List;
import java.util.stream.Collectors;

/** Expiring grants as text, a line for each: when it expires, how much is left, and its id. Pure. */
final class GrantLines {
    private GrantLines() {}

    static String write(List<Fact.Grant> grants) {
        return grants.stream()
                .map(grant -> grant.expiresAtMillis() + " " + grant.remainingUnits() + " " + grant.id())
                .collect(Collectors.joining("\n"));
    }

    static List<Fact.Grant> read(String text) {
        return text.lines().map(GrantLines::line).toList();
    }

    private static Fact.Grant line(String line) {
        String[] parts = line.split(" ", 3);
        return new Fact.Grant(parts[2], Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }
}
