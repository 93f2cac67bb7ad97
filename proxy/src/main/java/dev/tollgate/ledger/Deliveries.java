package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Which settled requests Dodo has not acknowledged, and which of them are set aside. Owned by its {@link Ledger}. */
final class Deliveries {
    private final Set<String> unacknowledged = new HashSet<>();

    /** Their accounts, in the order in which they were set aside. */
    private final Map<String, Account> setAside = new LinkedHashMap<>();

    Set<String> unacknowledged() {
        return new HashSet<>(unacknowledged);
    }

    Map<String, Account> setAside() {
        return new LinkedHashMap<>(setAside);
    }

    void restore(Set<String> unacknowledgedIds, Map<String, Account> setAsideIds) {
        unacknowledged.addAll(unacknowledgedIds);
        setAside.putAll(setAsideIds);
    }

    void settled(String requestId) {
        unacknowledged.add(requestId);
    }

    /** Whether it was settled and not acknowledged before. */
    boolean ingested(Fact.Ingested ingested) {
        setAside.remove(ingested.requestId());
        return unacknowledged.remove(ingested.requestId());
    }

    void quarantined(Fact.Quarantined quarantined) {
        setAside.putIfAbsent(quarantined.requestId(), quarantined.account());
    }

    void requeued(Fact.Requeued requeued) {
        setAside.remove(requeued.requestId());
    }

    Decision<Integer> acknowledge(Command.Acknowledge acknowledge) {
        List<Fact> facts = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Fact.Settled settled : acknowledge.settled()) {
            if (unacknowledged.contains(settled.requestId()) && seen.add(settled.requestId())) {
                facts.add(new Fact.Ingested(settled.requestId(), settled.account(), acknowledge.nowMillis()));
            }
        }
        return new Decision<>(facts, facts.size());
    }

    Decision<Boolean> setAside(Command.SetAside command) {
        Fact.Settled settled = command.settled();
        if (!unacknowledged.contains(settled.requestId()) || setAside.containsKey(settled.requestId())) {
            return Decision.of(false);
        }
        return Decision.of(
                new Fact.Quarantined(settled.requestId(), settled.account(), command.reason(), command.nowMillis()),
                true);
    }

    /** All of them, or nothing when one of them is not set aside. */
    Decision<Command.PutBackAnswer> putBack(Command.PutBack command) {
        Set<String> wanted = new LinkedHashSet<>(command.all() ? setAside.keySet() : command.requestIds());
        List<String> strangers =
                wanted.stream().filter(id -> !setAside.containsKey(id)).toList();
        if (!strangers.isEmpty()) {
            return Decision.of(new Command.PutBackAnswer(0, strangers));
        }
        List<Fact> facts = new ArrayList<>();
        for (String id : wanted) {
            facts.add(new Fact.Requeued(id, Objects.requireNonNull(setAside.get(id)), command.nowMillis()));
        }
        return new Decision<>(facts, new Command.PutBackAnswer(facts.size(), List.of()));
    }
}
