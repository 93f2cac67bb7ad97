package dev.tollgate.sandbox.dodo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every accepted event in order of acceptance. Guarded by the world's lock. */
final class EventStore {
    private final Map<String, IngestedEvent> byId = new LinkedHashMap<>();
    private final List<IngestedEvent> inOrder = new ArrayList<>();
    private int checkpoint;

    boolean knows(String eventId) {
        return byId.containsKey(eventId);
    }

    /** Takes events whose ids are new and ignores the others; returns how many were new. */
    int accept(List<IngestedEvent> events) {
        int before = inOrder.size();
        for (IngestedEvent event : events) {
            if (byId.putIfAbsent(event.id(), event) == null) {
                inOrder.add(event);
            }
        }
        return inOrder.size() - before;
    }

    Optional<IngestedEvent> find(String eventId) {
        return Optional.ofNullable(byId.get(eventId));
    }

    List<IngestedEvent> all() {
        return List.copyOf(inOrder);
    }

    int count() {
        return inOrder.size();
    }

    /** Events that no worker run has seen; the next call begins behind them. */
    List<IngestedEvent> takeUnprocessed() {
        List<IngestedEvent> fresh = List.copyOf(inOrder.subList(checkpoint, inOrder.size()));
        checkpoint = inOrder.size();
        return fresh;
    }
}
