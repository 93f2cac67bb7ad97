package dev.tollgate.limits;

import dev.tollgate.limits.Restrictions.Period;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;

/** Days, weeks and months in UTC. A period is named by the day on which it begins, counted from 1970-01-01. Pure. */
final class Calendar {
    private Calendar() {}

    static long firstDay(Period period, long atMillis) {
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(atMillis, TimeUnit.DAYS.toMillis(1)));
        return first(period, date).toEpochDay();
    }

    /** When the period ends that a moment belongs to. */
    static Instant end(Period period, long atMillis) {
        LocalDate first = LocalDate.ofEpochDay(firstDay(period, atMillis));
        LocalDate next = switch (period) {
            case DAY -> first.plusDays(1);
            case WEEK -> first.plusWeeks(1);
            case MONTH -> first.plusMonths(1);
        };
        return next.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static LocalDate first(Period period, LocalDate date) {
        return switch (period) {
            case DAY -> date;
            case WEEK -> date.with(DayOfWeek.MONDAY);
            case MONTH -> date.withDayOfMonth(1);
        };
    }
}
