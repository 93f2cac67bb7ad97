package dev.tollgate.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Journal;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How sums of usage are written. */
enum UsageFormat {
    TABLE,
    CSV,
    JSON;

    /** The names of the numbers, in the order of {@link #numbers}. */
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

    private static final Pattern QUOTED = Pattern.compile(".*[\",\\r\\n].*", Pattern.DOTALL);

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

    private static String name(Journal.Dimension dimension) {
        return dimension.name().toLowerCase(Locale.ROOT);
    }

    /** For people; several rows end with their total. */
    static void printTable(List<Journal.Dimension> by, List<Journal.UsageSum> sums, PrintWriter out) {
        List<Table.Column> columns = new ArrayList<>();
        by.forEach(dimension -> columns.add(Table.Column.words(name(dimension))));
        NUMBERS.forEach(name -> columns.add(Table.Column.numbers(name.replace("_tokens", ""))));
        Table table = new Table(columns);
        sums.forEach(sum -> table.row(cells(sum.group(), numbers(sum))));
        if (sums.size() > 1) {
            List<String> group = new ArrayList<>(List.of("total"));
            by.stream().skip(1).forEach(ignored -> group.add(""));
            table.row(cells(group, total(sums)));
        }
        table.print(out);
    }

    private static List<String> cells(List<String> group, List<Long> numbers) {
        List<String> cells = new ArrayList<>(group);
        numbers.forEach(number -> cells.add(Wording.number(number)));
        return cells;
    }

    private static List<Long> total(List<Journal.UsageSum> sums) {
        List<Long> total = new ArrayList<>();
        for (int i = 0; i < NUMBERS.size(); i++) {
            long sum = 0;
            for (Journal.UsageSum each : sums) {
                sum = Math.addExact(sum, numbers(each).get(i));
            }
            total.add(sum);
        }
        return total;
    }

    /** By RFC 4180, except that text which a spreadsheet would calculate gets an apostrophe before it. */
    static void printCsv(List<Journal.Dimension> by, List<Journal.UsageSum> sums, PrintWriter out) {
        List<String> titles = new ArrayList<>(by.stream().map(UsageFormat::name).toList());
        titles.addAll(NUMBERS);
        out.print(String.join(",", titles) + "\r\n");
        for (Journal.UsageSum sum : sums) {
            List<String> cells = new ArrayList<>(
                    sum.group().stream().map(UsageFormat::quoted).toList());
            numbers(sum).forEach(number -> cells.add(Long.toString(number)));
            out.print(cells.stream().collect(Collectors.joining(",")) + "\r\n");
        }
    }

    static String quoted(String text) {
        String inert = FORMULA.matcher(text).matches() ? "'" + text : text;
        return QUOTED.matcher(inert).matches() ? '"' + inert.replace("\"", "\"\"") + '"' : inert;
    }

    static ObjectNode json(List<Journal.Dimension> by, List<Journal.UsageSum> sums) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode rows = json.putArray("usage");
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
        return json;
    }
}
