package dev.tollgate.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How the outcome of a comparison with Dodo is written. */
enum ReconcileFormat {
    TABLE,
    CSV,
    JSON;

    private static final List<String> TITLES =
            List.of("reason", "customer", "subject", "time", "journal_units", "dodo_units", "detail");

    /** For people: each difference, then what each reason means, then the sum of it. */
    static void printTable(Reconciliation.Outcome outcome, PrintWriter out) {
        if (!outcome.differences().isEmpty()) {
            Table table = new Table(
                    Table.Column.words("reason"),
                    Table.Column.words("customer"),
                    Table.Column.words("what"),
                    Table.Column.words("when"),
                    Table.Column.numbers("here"),
                    Table.Column.numbers("at Dodo"),
                    Table.Column.words("detail"));
            outcome.differences()
                    .forEach(each -> table.row(
                            each.reason().title(),
                            each.customerId(),
                            each.subject(),
                            each.atMillis() == 0 ? "" : Wording.time(each.atMillis()),
                            number(each.journalUnits()),
                            number(each.dodoUnits()),
                            each.detail()));
            table.print(out);
            out.println();
            outcome.differences().stream()
                    .map(Difference::reason)
                    .distinct()
                    .sorted()
                    .forEach(reason -> out.println(reason.title() + ": " + reason.meaning()));
        }
        out.println((outcome.differences().isEmpty()
                        ? "equal"
                        : Wording.count(outcome.differences().size(), "difference"))
                + ": " + compared(outcome));
    }

    private static String compared(Reconciliation.Outcome outcome) {
        return Wording.count(outcome.settlements(), "settlement") + " here, "
                + Wording.count(outcome.events(), "event") + " at Dodo, "
                + Wording.count(outcome.accounts(), "account") + ", since "
                + Wording.time(outcome.scope().since().toEpochMilli()) + " UTC";
    }

    private static String number(@Nullable Long units) {
        return units == null ? "" : Wording.number(units);
    }

    /** By the rules of {@link UsageFormat#printCsv}. */
    static void printCsv(Reconciliation.Outcome outcome, PrintWriter out) {
        out.print(String.join(",", TITLES) + "\r\n");
        for (Difference each : outcome.differences()) {
            String words = Stream.of(each.reason().title(), each.customerId(), each.subject(), time(each))
                    .map(UsageFormat::quoted)
                    .collect(Collectors.joining(","));
            out.print(words + "," + plain(each.journalUnits()) + "," + plain(each.dodoUnits()) + ","
                    + UsageFormat.quoted(each.detail()) + "\r\n");
        }
    }

    private static String plain(@Nullable Long units) {
        return units == null ? "" : Long.toString(units);
    }

    private static String time(Difference each) {
        return each.atMillis() == 0 ? "" : Instant.ofEpochMilli(each.atMillis()).toString();
    }

    static ObjectNode json(Reconciliation.Outcome outcome) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("equal", outcome.differences().isEmpty())
                .put("since", outcome.scope().since().toString())
                .put("settlements", outcome.settlements())
                .put("events", outcome.events())
                .put("accounts", outcome.accounts());
        ArrayNode rows = json.putArray("differences");
        for (Difference each : outcome.differences()) {
            rows.addObject()
                    .put("reason", each.reason().title())
                    .put("customer", each.customerId())
                    .put("subject", each.subject())
                    .put("time", time(each))
                    .put("journal_units", each.journalUnits())
                    .put("dodo_units", each.dodoUnits())
                    .put("detail", each.detail());
        }
        return json;
    }
}
