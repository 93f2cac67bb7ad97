package dev.tollgate.journal;

import java.util.List;

/** Facts that became durable together, at the places from {@code first} on. */
record Group(long first, List<Fact> facts) {
    Group {
        facts = List.copyOf(facts);
        if (facts.isEmpty()) {
            throw new IllegalArgumentException("a group has facts");
        }
    }

    long last() {
        return first + facts.size() - 1;
    }
}
