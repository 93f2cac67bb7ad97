package dev.tollgate.limits;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.limits.Restrictions.Period;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * What each key has used today, this week and this month, by the journal's settlements: so it is the same after a
 * restart. What running requests hold is not in it.
 *
 * <p>{@link #fold} is called by one thread at a time, with facts oldest first: by whoever replays the journal, then by the
 * ledger thread. The sums may be asked on every thread. Keys that have used nothing this month are forgotten.
 */
public final class Spending implements Journal.Projection<Spending.Snapshot> {
    private final Map<String, Map<String, Sums>> byCustomer = new ConcurrentHashMap<>();
    private long month = Long.MIN_VALUE;

    /** Every component is the field of that name. */
    public record Snapshot(Map<String, Map<String, Sums>> byCustomer, long month) {}

    /** What was used in the last day, week and month in which anything was. */
    record Sums(Sum day, Sum week, Sum month) {
        static final Sums NONE = new Sums(Sum.NONE, Sum.NONE, Sum.NONE);

        Sums plus(long units, long atMillis) {
            return new Sums(
                    day.plus(units, Calendar.firstDay(Period.DAY, atMillis)),
                    week.plus(units, Calendar.firstDay(Period.WEEK, atMillis)),
                    month.plus(units, Calendar.firstDay(Period.MONTH, atMillis)));
        }

        long units(Period period, long nowMillis) {
            Sum sum = switch (period) {
                case DAY -> day;
                case WEEK -> week;
                case MONTH -> month;
            };
            return sum.firstDay == Calendar.firstDay(period, nowMillis) ? sum.units : 0;
        }
    }

    record Sum(long firstDay, long units) {
        static final Sum NONE = new Sum(Long.MIN_VALUE, 0);

        Sum plus(long more, long inFirstDay) {
            if (inFirstDay < firstDay) {
                return this;
            }
            return new Sum(inFirstDay, inFirstDay == firstDay ? Math.addExact(units, more) : more);
        }
    }

    @Override
    public Class<Snapshot> form() {
        return Snapshot.class;
    }

    @Override
    public Snapshot snapshot() {
        Map<String, Map<String, Sums>> sums = new HashMap<>();
        byCustomer.forEach((customer, keys) -> sums.put(customer, new HashMap<>(keys)));
        return new Snapshot(sums, month);
    }

    @Override
    public void restore(Snapshot snapshot) {
        snapshot.byCustomer().forEach((customer, keys) -> byCustomer.put(customer, new ConcurrentHashMap<>(keys)));
        month = snapshot.month();
    }

    /** Takes over what the journal says; facts that settle nothing are passed over. */
    @Override
    public void fold(Fact fact) {
        if (!(fact instanceof Fact.Settled settled)) {
            return;
        }
        forgetBefore(Calendar.firstDay(Period.MONTH, settled.atMillis()));
        byCustomer
                .computeIfAbsent(settled.account().customerId(), any -> new ConcurrentHashMap<>())
                .compute(
                        settled.keyId(),
                        (any, known) -> (known == null ? Sums.NONE : known).plus(settled.units(), settled.atMillis()));
    }

    /** A week may have begun in the month before, so what is forgotten is older than that. */
    private void forgetBefore(long newMonth) {
        if (newMonth <= month) {
            return;
        }
        month = newMonth;
        long oldestDay = newMonth - 7;
        for (Map<String, Sums> keys : byCustomer.values()) {
            keys.values().removeIf(sums -> sums.day.firstDay < oldestDay);
        }
        byCustomer.values().removeIf(Map::isEmpty);
    }

    /** What a customer has used in the current period, with the keys that {@code counts} says. */
    long units(String customerId, Predicate<String> counts, Period period, long nowMillis) {
        long units = 0;
        for (Map.Entry<String, Sums> key :
                byCustomer.getOrDefault(customerId, Map.of()).entrySet()) {
            if (counts.test(key.getKey())) {
                units = Math.addExact(units, key.getValue().units(period, nowMillis));
            }
        }
        return units;
    }
}
