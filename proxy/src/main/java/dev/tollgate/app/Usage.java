package dev.tollgate.app;

import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Sums up settled usage. */
@CommandLine.Command(
        name = "usage",
        description = "Sum up settled usage, by default for each customer, key, model and day.",
        mixinStandardHelpOptions = true)
final class Usage extends JournalCommand {
    @CommandLine.Option(names = "--customer", paramLabel = "ID", description = "Only this Dodo customer.")
    private @Nullable String customer;

    @CommandLine.Option(names = "--key", paramLabel = "ID", description = "Only this key, by its id.")
    private @Nullable String key;

    @CommandLine.Option(
            names = "--from",
            paramLabel = "DAY",
            converter = Day.class,
            description = "The first day, such as 2026-01-31, in UTC.")
    private @Nullable LocalDate from;

    @CommandLine.Option(
            names = "--to",
            paramLabel = "DAY",
            converter = Day.class,
            description = "The last day, included.")
    private @Nullable LocalDate to;

    @CommandLine.Option(
            names = "--by",
            split = ",",
            paramLabel = "WHAT",
            defaultValue = "customer,key,model,day",
            description = "Any of customer, key, model, day, in the order wanted (${DEFAULT-VALUE}).")
    private List<Journal.Dimension> by = List.of();

    @CommandLine.Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table, csv or json (${DEFAULT-VALUE}).")
    private UsageFormat format = UsageFormat.TABLE;

    /** Reads a day; the message of a wrong one shows how to write it. */
    static final class Day implements CommandLine.ITypeConverter<LocalDate> {
        @Override
        public LocalDate convert(String text) {
            try {
                return LocalDate.parse(text);
            } catch (DateTimeException e) {
                throw new CommandLine.TypeConversionException("write a day as 2026-01-31");
            }
        }
    }

    @Override
    void requireSense() {
        if (by.stream().distinct().count() < by.size()) {
            throw wrong("--by names something twice");
        }
        if (from != null && to != null && from.isAfter(to)) {
            throw wrong("--from is after --to");
        }
    }

    @Override
    int run(Path folder) throws JournalException {
        long fromMillis = from == null ? Long.MIN_VALUE : millis(from);
        long untilMillis = to == null ? Long.MAX_VALUE : millis(to.plusDays(1));
        Journal.UsageQuery query = new Journal.UsageQuery(by, customer, key, fromMillis, untilMillis);
        try (Journal.History history = SqliteJournal.read(folder)) {
            List<Journal.UsageSum> sums = history.usage(query);
            switch (format) {
                case TABLE -> UsageFormat.printTable(by, sums, out());
                case CSV -> UsageFormat.printCsv(by, sums, out());
                case JSON -> print(UsageFormat.json(by, sums));
            }
        }
        return 0;
    }

    private static long millis(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }
}
