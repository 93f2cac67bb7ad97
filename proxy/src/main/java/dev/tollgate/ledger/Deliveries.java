package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What Dodo has not acknowledged, by delivery id, and which of it is set aside. Owned by its {@link Ledger}. */
final class Deliveries {
    /** Whether Dodo may have it. */
    private final Map<String, Boolean> unacknowledged = new HashMap<>();

    /** Their accounts, in the order in which they were set aside. */
    private final Map<String, Account> setAside = new LinkedHashMap<>();

    /** Truths that are told instead of estimates. */
    private final Map<String, Fact.Corrected> replacements = new HashMap<>();

    int count() {
        return unacknowledged.size();
    }

    Set<String> unacknowledged() {
        return new HashSet<>(unacknowledged.keySet());
    }

    Map<String, Account> setAside() {
        return new LinkedHashMap<>(setAside);
    }

    Map<String, Fact.Corrected> replacements() {
        return new HashMap<>(replacements);
    }

    void restore(LedgerSnapshot snapshot) {
        snapshot.unacknowledged().forEach(id -> unacknowledged.put(id, true));
        setAside.putAll(snapshot.setAside());
        replacements.putAll(snapshot.replacements());
    }

    void settled(String requestId) {
        unacknowledged.put(requestId, false);
    }

    void corrected(Fact.Corrected corrected) {
        if (corrected.remedy() == Fact.Remedy.REPLACED) {
            replacements.put(corrected.requestId(), corrected);
        }
        corrected.delivery().ifPresent(delivery -> unacknowledged.put(delivery.id(), false));
    }

    /** Whether it was to be delivered and not acknowledged before. */
    boolean ingested(Fact.Ingested ingested) {
        setAside.remove(ingested.requestId());
        replacements.remove(ingested.requestId());
        return unacknowledged.remove(ingested.requestId()) != null;
    }

    void quarantined(Fact.Quarantined quarantined) {
        setAside.putIfAbsent(quarantined.requestId(), quarantined.account());
    }

    /** Dodo was asked before it was set aside, and did not have it. */
    void requeued(Fact.Requeued requeued) {
        setAside.remove(requeued.requestId());
        unacknowledged.computeIfPresent(requeued.requestId(), (id, sent) -> false);
    }

    /** An earlier process may have sent anything. */
    void processEnded() {
        unacknowledged.replaceAll((id, sent) -> true);
    }

    /** Whether Dodo certainly does not have it yet. */
    boolean isUnsent(String deliveryId) {
        return setAside.containsKey(deliveryId) || Boolean.FALSE.equals(unacknowledged.get(deliveryId));
    }

    /** No fact says this: after the end of a process all that waits may have been sent. */
    Decision<List<Outbox.Delivery>> send(Command.Send send) {
        send.deliveries().forEach(delivery -> unacknowledged.computeIfPresent(delivery.id(), (id, sent) -> true));
        return Decision.of(send.deliveries().stream().map(this::truth).toList());
    }

    private Outbox.Delivery truth(Outbox.Delivery delivery) {
        Fact.@Nullable Corrected corrected = replacements.get(delivery.id());
        return corrected == null ? delivery : delivery.with(corrected.units());
    }

    Decision<Integer> acknowledge(Command.Acknowledge acknowledge) {
        List<Fact> facts = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Outbox.Delivery delivery : acknowledge.deliveries()) {
            if (unacknowledged.containsKey(delivery.id()) && seen.add(delivery.id())) {
                facts.add(new Fact.Ingested(delivery.id(), delivery.account(), acknowledge.nowMillis()));
            }
        }
        return new Decision<>(facts, facts.size());
    }

    Decision<Boolean> setAside(Command.SetAside command) {
        Outbox.Delivery delivery = command.delivery();
        if (!unacknowledged.containsKey(delivery.id()) || setAside.containsKey(delivery.id())) {
            return Decision.of(false);
        }
        return Decision.of(
                new Fact.Quarantined(delivery.id(), delivery.account(), command.reason(), command.nowMillis()), true);
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
