package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One account's books at Dodo: what is really there. Owned by one {@link History}. */
final class SimulatedDodo {
    private final String idPrefix;
    private final List<Reading.Entry> entries = new ArrayList<>();
    private final Set<String> unlistedIds = new HashSet<>();
    private final Set<String> eventIds = new HashSet<>();
    private final List<Event> waiting = new ArrayList<>();
    private final Map<String, Long> billedUnits = new HashMap<>();
    private final SimulatedGrants grants = new SimulatedGrants();

    /** Of entries that took an expired grant away: which one, said or not. */
    private final Map<String, String> endedGrantIds = new HashMap<>();

    private long balanceUnits;
    private long overageUnits;
    private long limitUnits;
    private long lastMicros;
    private long grantedUnits;
    private long debitedUnits;
    private long foreignUnits;
    private long droppedUnits;

    /** Its worker takes nothing later than this after it could. */
    private static final long OVERDUE_MILLIS = 5 * 60_000;

    private record Event(String requestId, long units, long dueMillis) {}

    SimulatedDodo(String idPrefix, long limitUnits) {
        this.idPrefix = idPrefix;
        this.limitUnits = limitUnits;
    }

    /** All that ever changed the balance. */
    List<Reading.Entry> entries() {
        return Collections.unmodifiableList(entries);
    }

    /** What it tells of that. */
    List<Reading.Entry> listed() {
        return entries.stream()
                .filter(entry -> !unlistedIds.contains(entry.id()))
                .toList();
    }

    /** What it has deducted for each request, dropped parts included. */
    Map<String, Long> billedUnits() {
        return Collections.unmodifiableMap(billedUnits);
    }

    /** Everything that was ever given, less everything that was taken for another reason than our usage. */
    long givenUnits() {
        return grantedUnits - debitedUnits - foreignUnits;
    }

    /** Usage from elsewhere that it has deducted. */
    long foreignUnits() {
        return foreignUnits;
    }

    /** Usage of ours that it could not deduct because there was nothing left. */
    long droppedUnits() {
        return droppedUnits;
    }

    long netUnits() {
        return balanceUnits - overageUnits;
    }

    SimulatedGrants grants() {
        return grants;
    }

    /** The grant that an entry took away; empty for other entries. */
    String endedGrantId(Reading.Entry entry) {
        return endedGrantIds.getOrDefault(entry.id(), "");
    }

    /** Whether the end of every grant so far was told with its name. */
    boolean namedAllEnds() {
        return entries.stream().allMatch(entry -> entry.grantId() != null || !endedGrantIds.containsKey(entry.id()));
    }

    void grant(Step.Grant step, long nowMillis) {
        long units = step.units();
        boolean sameMoment = step.sameMoment();
        long repaidUnits = step.repaysOverage() ? Math.min(units, overageUnits) : 0;
        grantedUnits += units;
        grants.add(units - repaidUnits, step.lifeMillis() == 0 ? Long.MAX_VALUE : nowMillis + step.lifeMillis());
        enter("credit_added", false, units - repaidUnits, -repaidUnits, moment(sameMoment, nowMillis));
    }

    void debit(long units, boolean sameMoment, long nowMillis) {
        long takenUnits = Math.min(units, balanceUnits);
        debitedUnits += takenUnits;
        grants.deduct(takenUnits);
        enter("credit_expired", false, -takenUnits, 0, moment(sameMoment, nowMillis));
    }

    void expire(long nowMillis) {
        for (var due = grants.expire(nowMillis); due.isPresent(); due = grants.expire(nowMillis)) {
            SimulatedGrants.Parcel parcel = due.get();
            debitedUnits += parcel.remainingUnits;
            endedGrantIds.put(nextId(), parcel.id);
            enter("credit_expired", parcel.remainingUnits, moment(true, nowMillis), parcel.id);
            long keptUnits = grants.ways().rollsOver() ? parcel.remainingUnits / 2 : 0;
            if (keptUnits > 0) {
                grantedUnits += keptUnits;
                grants.add(keptUnits, Long.MAX_VALUE);
                enter("credit_rolled_over", false, keptUnits, 0, moment(true, nowMillis));
            }
        }
    }

    void resetOverage(long nowMillis) {
        grantedUnits += overageUnits;
        enter("overage_reset", false, 0, -overageUnits, moment(false, nowMillis));
    }

    /** The balance changes, and no entry says so. */
    void correct(long units, long nowMillis) {
        long changeUnits = Math.max(units, -balanceUnits);
        if (changeUnits != 0) {
            grantedUnits += changeUnits;
            grants.add(changeUnits, Long.MAX_VALUE);
            grants.deduct(Math.max(0, -changeUnits));
            enter("correction", false, changeUnits, 0, moment(false, nowMillis));
            unlistedIds.add(entries.getLast().id());
        }
    }

    void allow(long units) {
        limitUnits = units;
    }

    void foreignUsage(long units, long nowMillis) {
        long droppedBefore = droppedUnits;
        deduct(units, 1, true, nowMillis);
        foreignUnits += units - (droppedUnits - droppedBefore);
        droppedUnits = droppedBefore;
    }

    /** An id that it knows is ignored. */
    void ingest(String eventId, String requestId, long units, long dueMillis) {
        if (eventIds.add(eventId)) {
            waiting.add(new Event(requestId, units, dueMillis));
        }
    }

    void work(int parts, boolean sameMoment, long nowMillis) {
        List<Event> due =
                waiting.stream().filter(event -> event.dueMillis() <= nowMillis).toList();
        waiting.removeAll(due);
        due.forEach(event -> billedUnits.merge(event.requestId(), event.units(), Math::addExact));
        deduct(due.stream().mapToLong(Event::units).sum(), parts, sameMoment, nowMillis);
    }

    /** What its worker has done at the latest by now. */
    void workOverdue(long nowMillis) {
        if (waiting.stream().anyMatch(event -> event.dueMillis() + OVERDUE_MILLIS <= nowMillis)) {
            work(1, false, nowMillis);
        }
    }

    /** All entries of at least this age that are inside the balance, with the balance. */
    Reading read(long sinceMicros, boolean withTerms, long nowMillis) {
        if (grants.isExpiryOverdue(nowMillis)) {
            expire(nowMillis);
        }
        List<Reading.Entry> since = listed().stream()
                .filter(entry -> entry.createdMicros() >= sinceMicros)
                .toList();
        return new Reading(
                balanceUnits, overageUnits, sinceMicros, since, withTerms ? terms(nowMillis) : null, nowMillis);
    }

    private Fact.Terms terms(long nowMillis) {
        return new Fact.Terms(limitUnits, Fact.Standing.LIVE, 1, grants.list(nowMillis));
    }

    private void deduct(long units, int parts, boolean sameMoment, long nowMillis) {
        long paidUnits = Math.min(units, balanceUnits);
        grants.deduct(paidUnits);
        for (int part = parts; part > 0 && paidUnits > 0; part--) {
            long partUnits = part == 1 ? paidUnits : (paidUnits + part - 1) / part;
            enter("credit_deducted", true, -partUnits, 0, moment(sameMoment, nowMillis));
            paidUnits -= partUnits;
            units -= partUnits;
        }
        long roomUnits = Math.max(0, limitUnits - overageUnits);
        long chargedUnits = Math.min(units, roomUnits);
        if (chargedUnits > 0) {
            enter("overage_charged", true, 0, chargedUnits, moment(sameMoment, nowMillis));
        }
        droppedUnits += units - chargedUnits;
    }

    private long moment(boolean sameMoment, long nowMillis) {
        lastMicros = Math.max(lastMicros + (sameMoment ? 0 : 1), nowMillis * 1_000);
        return lastMicros;
    }

    /** Ids do not sort by time. */
    private String nextId() {
        return idPrefix + (entries.size() * 7_919 % 10_007) + "." + entries.size();
    }

    private void enter(String type, boolean usage, long balanceChange, long overageChange, long createdMicros) {
        if (balanceChange != 0 || overageChange != 0) {
            add(type, usage, balanceChange, overageChange, createdMicros, null);
        }
    }

    private void enter(String type, long endedUnits, long createdMicros, String grantId) {
        add(type, false, -endedUnits, 0, createdMicros, grants.ways().namesGrants() ? grantId : null);
    }

    private void add(
            String type,
            boolean usage,
            long balanceChange,
            long overageChange,
            long createdMicros,
            @Nullable String grantId) {
        entries.add(new Reading.Entry(
                nextId(),
                type,
                usage,
                balanceUnits,
                balanceUnits + balanceChange,
                overageUnits,
                overageUnits + overageChange,
                createdMicros,
                grantId));
        balanceUnits += balanceChange;
        overageUnits += overageChange;
    }
}
