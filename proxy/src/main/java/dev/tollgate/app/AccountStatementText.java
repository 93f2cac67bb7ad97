package dev.tollgate.app;

import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.AccountView;
import java.io.PrintWriter;

/** An {@link AccountStatement} for people. */
final class AccountStatementText {
    private final PrintWriter out;

    AccountStatementText(PrintWriter out) {
        this.out = out;
    }

    void print(AccountStatement statement) {
        out.println("Customer " + Wording.plain(statement.account().customerId()) + ", credits "
                + Wording.plain(statement.account().entitlementId()) + ". Amounts are meter units, times are UTC.");
        printBalances(statement);
        printUsages(statement);
        printHolds(statement);
        printSum(statement);
        out.println();
    }

    private void printBalances(AccountStatement statement) {
        heading("What Dodo showed");
        Table table = new Table(
                Table.Column.words("when"),
                Table.Column.words("what"),
                Table.Column.words("entry"),
                Table.Column.numbers("change"),
                Table.Column.numbers("our usage"),
                Table.Column.numbers("net after"));
        for (AccountStatement.BalanceRow row : statement.balances()) {
            boolean single = row.count() == 1;
            table.row(
                    single
                            ? Wording.time(row.atMillis())
                            : Wording.day(row.atMillis()).toString(),
                    row.what(),
                    single ? row.entryId() : Wording.number(row.count()) + " entries",
                    Wording.change(row.changeUnits()),
                    Wording.number(row.usageUnits()),
                    Wording.number(row.netUnits()));
        }
        printOrNone(table, statement.balances().isEmpty());
    }

    private void printUsages(AccountStatement statement) {
        heading("Usage settled here");
        Table table = new Table(
                Table.Column.words("when"),
                Table.Column.words("request"),
                Table.Column.words("key"),
                Table.Column.words("model"),
                Table.Column.numbers("used"),
                Table.Column.words("estimated"));
        for (AccountStatement.UsageRow row : statement.usages()) {
            boolean single = row.count() == 1;
            table.row(
                    single
                            ? Wording.time(row.atMillis())
                            : Wording.day(row.atMillis()).toString(),
                    single ? row.requestId() : Wording.number(row.count()) + " requests",
                    row.keyId(),
                    row.model(),
                    Wording.number(row.units()),
                    single ? estimated(row) : row.estimatedCount() == 0 ? "" : Wording.number(row.estimatedCount()));
        }
        printOrNone(table, statement.usages().isEmpty());
    }

    private static String estimated(AccountStatement.UsageRow row) {
        return row.estimatedCount() == 0 ? "" : row.estimatedCount() > 0 ? "yes" : "no longer";
    }

    private void printHolds(AccountStatement statement) {
        heading("Holds of requests that have not ended");
        Table table = new Table(
                Table.Column.words("since"),
                Table.Column.words("request"),
                Table.Column.words("key"),
                Table.Column.words("model"),
                Table.Column.numbers("held"));
        for (Fact.Reserved hold : statement.holds()) {
            table.row(
                    Wording.time(hold.atMillis()),
                    hold.requestId(),
                    hold.keyId(),
                    hold.model(),
                    Wording.number(hold.heldUnits()));
        }
        printOrNone(table, statement.holds().isEmpty());
    }

    private void printOrNone(Table table, boolean empty) {
        if (empty) {
            out.println("none");
        } else {
            table.print(out);
        }
    }

    private void printSum(AccountStatement statement) {
        heading("The sum");
        AccountView view = statement.view();
        if (!view.known()) {
            out.println("Dodo has not been read for this account, so nothing is available until it is.");
        }
        Table table = new Table(Table.Column.words(""), Table.Column.numbers(""), Table.Column.words(""));
        table.row("net", Wording.number(view.netUnits()), "Dodo's balance minus overage, as shown last");
        table.row("used", Wording.number(view.usedUnits()), "all usage settled here");
        table.row("deducted", Wording.number(view.deductedUnits()), "the part of it that net shows already");
        boolean writtenOff = view.writtenOffUnits() > 0;
        if (writtenOff) {
            table.row(
                    "written off", Wording.number(view.writtenOffUnits()), "the part of it that Dodo dropped at zero");
        }
        table.row("held", Wording.number(view.heldUnits()), "by requests that have not ended");
        String formula = writtenOff ? "net - (used - deducted - written off) - held" : "net - (used - deducted) - held";
        table.row("available", Wording.number(view.availableUnits()), formula);
        if (statement.overageLimitUnits() > 0) {
            table.row(
                    "",
                    Wording.limit(statement.availableWithOverageUnits()),
                    "where the key's plan takes the overage that Dodo allows: "
                            + Wording.limit(statement.overageLimitUnits()));
        }
        for (Fact.Grant grant : statement.terms().grants()) {
            table.row(
                    "",
                    Wording.number(grant.remainingUnits()),
                    "of them, less what was used since, expire " + Wording.time(grant.expiresAtMillis()));
        }
        table.print(out);
    }

    private void heading(String text) {
        out.println();
        out.println(text);
    }
}
