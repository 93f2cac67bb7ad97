package dev.tollgate.portal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.Journal.Dimension;
import dev.tollgate.journal.JournalException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a customer used, in sums and request by request. Safe on every thread that may wait. */
final class UsagePages {
    private static final int RECENT = 50;
    private static final List<Dimension> GROUPS = List.of(Dimension.DAY, Dimension.KEY, Dimension.MODEL);
    private static final List<String> NUMBERS = List.of(
            "requests",
            "input_tokens",
            "output_tokens",
            "total_tokens",
            "cached_tokens",
            "reasoning_tokens",
            "units",
            "estimated");

    /** What a spreadsheet would take for a formula. */
    private static final Pattern FORMULA = Pattern.compile("[=+\\-@\\t\\r].*", Pattern.DOTALL);

    private final CustomerPortal.Books books;

    UsagePages(CustomerPortal.Books books) {
        this.books = books;
    }

    /** {@code ?by=day,key,model&from=2026-01-31&to=2026-02-01&format=json|csv}; all of it may be left out. */
    PortalResponse usage(PortalRequest request, Person person) throws JournalException {
        Optional<List<Dimension>> by = dimensions(request.parameter("by").orElse("day,key,model"));
        Optional<Long> from = millis(request.parameter("from"), 0, Long.MIN_VALUE);
        Optional<Long> until = millis(request.parameter("to"), 1, Long.MAX_VALUE);
        String format = request.parameter("format").orElse("json");
        if (by.isEmpty()
                || from.isEmpty()
                || until.isEmpty()
                || !List.of("json", "csv").contains(format)) {
            return Replies.error(
                    400,
                    "bad_parameter",
                    "Use by=day,key,model (any of them, once), from= and to= with days such as 2026-01-31, and"
                            + " format=json or csv.");
        }
        List<Journal.UsageSum> sums = books.usage(
                new Journal.UsageQuery(by.get(), person.account().customerId(), null, from.get(), until.get()));
        return format.equals("csv") ? csv(by.get(), sums) : Replies.json(200, json(by.get(), sums));
    }

    /** {@code /requests} lists the newest, {@code /requests/ID} says how one came about. */
    PortalResponse requests(PortalRequest request, Person person) throws JournalException {
        String path = request.path();
        if (path.length() <= "/requests/".length()) {
            ObjectNode document = Replies.object();
            document.putArray("requests").addAll(books.recent(person.account(), RECENT));
            return Replies.json(200, document);
        }
        Optional<JsonNode> found = books.explain(person.account(), path.substring("/requests/".length()));
        return found.isPresent()
                ? Replies.json(200, found.get())
                : Replies.error(404, "no_such_request", "You have made no request with this id.");
    }

    private static Optional<List<Dimension>> dimensions(String text) {
        List<Dimension> by = new ArrayList<>();
        for (String name : text.split(",", -1)) {
            Optional<Dimension> dimension = Arrays.stream(Dimension.values())
                    .filter(each -> GROUPS.contains(each) && name(each).equals(name) && !by.contains(each))
                    .findFirst();
            if (dimension.isEmpty()) {
                return Optional.empty();
            }
            by.add(dimension.get());
        }
        return Optional.of(by);
    }

    private static Optional<Long> millis(Optional<String> day, int daysLater, long absent) {
        if (day.isEmpty()) {
            return Optional.of(absent);
        }
        try {
            LocalDate date = LocalDate.parse(day.get()).plusDays(daysLater);
            return Optional.of(date.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli());
        } catch (DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static String name(Dimension dimension) {
        return dimension.name().toLowerCase(Locale.ROOT);
    }

    private static List<Long> numbers(Journal.UsageSum sum) {
        return List.of(
                sum.requests(),
                sum.tokens().input(),
                sum.tokens().output(),
                sum.tokens().total(),
                sum.tokens().cached(),
                sum.tokens().reasoning(),
                sum.units(),
                sum.estimated());
    }

    private static ObjectNode json(List<Dimension> by, List<Journal.UsageSum> sums) {
        ObjectNode document = Replies.object();
        ArrayNode rows = document.putArray("usage");
        for (Journal.UsageSum sum : sums) {
            ObjectNode row = rows.addObject();
            for (int i = 0; i < by.size(); i++) {
                row.put(name(by.get(i)), sum.group().get(i));
            }
            List<Long> numbers = numbers(sum);
            for (int i = 0; i < NUMBERS.size(); i++) {
                row.put(NUMBERS.get(i), numbers.get(i));
            }
        }
        return document;
    }

    private static PortalResponse csv(List<Dimension> by, List<Journal.UsageSum> sums) {
        StringBuilder text = new StringBuilder();
        List<String> head = new ArrayList<>(by.stream().map(UsagePages::name).toList());
        head.addAll(NUMBERS);
        text.append(String.join(",", head)).append("\r\n");
        for (Journal.UsageSum sum : sums) {
            List<String> cells =
                    new ArrayList<>(sum.group().stream().map(UsagePages::cell).toList());
            numbers(sum).forEach(number -> cells.add(String.valueOf(number)));
            text.append(String.join(",", cells)).append("\r\n");
        }
        return new PortalResponse.Whole(
                200,
                Map.of(
                        "content-type", "text/csv; charset=utf-8",
                        "content-disposition", "attachment; filename=\"usage.csv\"",
                        "cache-control", "no-store",
                        "x-content-type-options", "nosniff"),
                text.toString());
    }

    /** RFC 4180, and harmless to spreadsheets. */
    private static String cell(String text) {
        String harmless = FORMULA.matcher(text).matches() ? "'" + text : text;
        boolean quoted = harmless.chars().anyMatch(character -> "\",\r\n".indexOf(character) >= 0);
        return quoted ? "\"" + harmless.replace("\"", "\"\"") + "\"" : harmless;
    }
}
