package dev.tollgate.simulation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One customer's credits at Dodo: grants, ledger, overage, and usage that its worker has not taken yet. */
final class SimulatedCredits {
    /** A grant with what is left of it. */
    static final class Parcel {
        final String id;
        final long expiresAtMillis;
        long remainingUnits;

        Parcel(String id, long units, long expiresAtMillis) {
            this.id = id;
            this.remainingUnits = units;
            this.expiresAtMillis = expiresAtMillis;
        }
    }

    /** Credits that were taken away for another reason than usage. */
    record Taking(String entryId, long units, long createdMicros) {}

    /** One line of the ledger, as it is listed and told. */
    record Line(long createdMicros, ObjectNode node) {}

    private record Waiting(long units, long dueMillis, boolean ours) {}

    final String customerId;
    final long overageLimitUnits;
    final List<Parcel> parcels = new ArrayList<>();
    private final List<Parcel> endedEmpty = new ArrayList<>();
    final List<Line> lines = new ArrayList<>();
    final List<Taking> takings = new ArrayList<>();

    /** How much of our usage each entry deducts. */
    final Map<String, Long> ownUnits = new HashMap<>();

    private final List<Waiting> waiting = new ArrayList<>();
    private final List<Long> expiries = new ArrayList<>();
    private final Consumer<ObjectNode> told;
    private long overageUnits;
    private long deductedUnits;
    private long droppedUnits;
    private long foreignUnits;
    private int rollOvers;
    private long lastMicros;
    private long lastGrantMillis;

    /** @param told hears of every line of the ledger */
    SimulatedCredits(String customerId, long overageLimitUnits, Consumer<ObjectNode> told) {
        this.customerId = customerId;
        this.overageLimitUnits = overageLimitUnits;
        this.told = told;
    }

    long balanceUnits() {
        return parcels.stream().mapToLong(parcel -> parcel.remainingUnits).sum();
    }

    long overageUnits() {
        return overageUnits;
    }

    /** Grants of which nothing was left to be taken at their end, or is left now. */
    List<Parcel> usedUp() {
        List<Parcel> found = new ArrayList<>(endedEmpty);
        parcels.stream().filter(parcel -> parcel.remainingUnits == 0).forEach(found::add);
        return found;
    }

    /** Usage of ours that was deducted, overage included. */
    long deductedUnits() {
        return deductedUnits;
    }

    /** Usage of ours for which there was nothing left. */
    long droppedUnits() {
        return droppedUnits;
    }

    /** Usage of somebody else that was deducted. */
    long foreignUnits() {
        return foreignUnits;
    }

    int rollOvers() {
        return rollOvers;
    }

    boolean waits() {
        return !waiting.isEmpty();
    }

    long lastGrantMillis() {
        return lastGrantMillis;
    }

    Instant changedAt() {
        return at(lastMicros);
    }

    /** Whether a grant expires, or expired, between these times. */
    boolean expires(long fromMillis, long untilMillis) {
        return expiries.stream().anyMatch(at -> fromMillis <= at && at <= untilMillis);
    }

    Parcel grant(long units, long expiresAtMillis, long nowMillis) {
        return grant("credit_added", units, expiresAtMillis, nowMillis);
    }

    private Parcel grant(String type, long units, long expiresAtMillis, long nowMillis) {
        long before = balanceUnits();
        Parcel parcel = new Parcel(customerId + "_g" + lines.size(), units, expiresAtMillis);
        parcels.add(parcel);
        expiries.add(expiresAtMillis);
        lastGrantMillis = nowMillis;
        enter(type, "subscription", before, overageUnits, parcel.id, nowMillis);
        return parcel;
    }

    void expire(Parcel parcel, long nowMillis) {
        end("credit_expired", parcel, nowMillis);
    }

    /** The period changes: a part of what is left becomes a new grant, then the old one ends; null if nothing was left. */
    @Nullable
    Parcel rollOver(Parcel parcel, int percent, boolean forfeited, long expiresAtMillis, long nowMillis) {
        long movedUnits = parcel.remainingUnits * percent / 100;
        Parcel moved = movedUnits == 0 ? null : grant("credit_rolled_over", movedUnits, expiresAtMillis, nowMillis);
        rollOvers += moved == null ? 0 : 1;
        end(forfeited ? "rollover_forfeited" : "credit_expired", parcel, nowMillis);
        return moved;
    }

    private void end(String type, Parcel parcel, long nowMillis) {
        long before = balanceUnits();
        long units = parcel.remainingUnits;
        parcels.remove(parcel);
        if (units == 0) {
            endedEmpty.add(parcel);
        } else {
            take(enter(type, "system", before, overageUnits, parcel.id, nowMillis), units);
        }
    }

    /** A debit that somebody makes by hand. */
    void debit(long mostUnits, long nowMillis) {
        long before = balanceUnits();
        long units = Math.min(mostUnits, before);
        long left = units;
        for (Parcel parcel : soonest()) {
            long part = Math.min(left, parcel.remainingUnits);
            parcel.remainingUnits -= part;
            left -= part;
        }
        if (units > 0) {
            take(enter("credit_deducted", "api", before, overageUnits, null, nowMillis), units);
        }
    }

    private void take(ObjectNode line, long units) {
        takings.add(new Taking(line.get("id").textValue(), units, lastMicros));
    }

    void ingest(long units, long dueMillis) {
        waiting.add(new Waiting(units, dueMillis, true));
    }

    /** Somebody else sends usage of the same customer to the same meter. */
    void ingestForeign(long units, long dueMillis) {
        waiting.add(new Waiting(units, dueMillis, false));
    }

    /**
     * What the worker does about once a minute: takes what is due, grant by grant, stops at zero, and drops the rest. Its
     * entries do not say whose usage they deduct; by this book it is ours first.
     */
    void work(long nowMillis) {
        long oursUnits = takeDue(true, nowMillis);
        long units = oursUnits + takeDue(false, nowMillis);
        for (Parcel parcel : soonest()) {
            long part = Math.min(units, parcel.remainingUnits);
            if (part > 0) {
                long before = balanceUnits();
                parcel.remainingUnits -= part;
                units -= part;
                ObjectNode line = enter("credit_deducted", "usage_event", before, overageUnits, parcel.id, nowMillis);
                oursUnits -= deducted(line, part, oursUnits);
            }
        }
        long chargedUnits = Math.min(units, overageLimitUnits - overageUnits);
        if (chargedUnits > 0) {
            long before = overageUnits;
            overageUnits += chargedUnits;
            ObjectNode line = enter("overage_charged", "usage_event", balanceUnits(), before, null, nowMillis);
            oursUnits -= deducted(line, chargedUnits, oursUnits);
        }
        droppedUnits += oursUnits;
    }

    private long takeDue(boolean ours, long nowMillis) {
        List<Waiting> due = waiting.stream()
                .filter(each -> each.ours() == ours && each.dueMillis() <= nowMillis)
                .toList();
        waiting.removeAll(due);
        return due.stream().mapToLong(Waiting::units).sum();
    }

    /** Answers how much of it is ours, when so much of ours was left. */
    private long deducted(ObjectNode line, long units, long oursUnits) {
        long ownPart = Math.min(units, oursUnits);
        deductedUnits += ownPart;
        ownUnits.put(line.get("id").textValue(), ownPart);
        if (ownPart < units) {
            foreignUnits += units - ownPart;
            take(line, units - ownPart);
        }
        return ownPart;
    }

    private List<Parcel> soonest() {
        return parcels.stream()
                .sorted(Comparator.comparingLong((Parcel parcel) -> parcel.expiresAtMillis)
                        .thenComparing(parcel -> parcel.id))
                .toList();
    }

    private ObjectNode enter(
            String type, String reference, long balanceBefore, long overageBefore, @Nullable String grantId, long now) {
        lastMicros = Math.max(lastMicros + 1, now * 1_000);
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("id", customerId + "_" + (lines.size() * 7_919 % 10_007) + "." + lines.size())
                .put("customer_id", customerId)
                .put("credit_entitlement_id", SimulatedDodo.ENTITLEMENT)
                .put("transaction_type", type)
                .put("balance_before", Long.toString(balanceBefore))
                .put("balance_after", Long.toString(balanceUnits()))
                .put("overage_before", Long.toString(overageBefore))
                .put("overage_after", Long.toString(overageUnits))
                .put("reference_type", reference)
                .put("created_at", at(lastMicros).toString());
        if (grantId != null) {
            line.put("grant_id", grantId);
        }
        lines.add(new Line(lastMicros, line));
        told.accept(line);
        return line;
    }

    static Instant at(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
