package dev.tollgate.app;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Overage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** What can be done with the journal as a whole. */
@CommandLine.Command(
        name = "journal",
        description = "Look after the journal.",
        subcommands = JournalTools.Verify.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "verify")
final class JournalTools {

    /** Checks that the journal is whole and its facts agree with each other. Changes nothing. */
    @CommandLine.Command(
            name = "verify",
            description = "Check that the journal is whole and that its facts agree. Changes nothing.",
            mixinStandardHelpOptions = true)
    static final class Verify extends JournalCommand {

        @Override
        int run(Path folder) throws JournalException {
            List<Journal.Check> checks;
            try (Journal.History history = SqliteJournal.read(folder)) {
                checks = new ArrayList<>(history.verify());
                if (checks.stream().allMatch(check -> check.problems().isEmpty())) {
                    checks.add(fold(history));
                }
            }
            print(checks);
            return checks.stream().allMatch(check -> check.problems().isEmpty()) ? 0 : 1;
        }

        private void print(List<Journal.Check> checks) {
            Table table = new Table(
                    Table.Column.words("checked"), Table.Column.numbers("rows"), Table.Column.numbers("problems"));
            checks.forEach(check -> table.row(
                    check.what(),
                    Wording.number(check.rows()),
                    check.problems().isEmpty()
                            ? "none"
                            : Wording.number(check.problems().size())));
            table.print(out());
            checks.forEach(check -> check.problems().forEach(problem -> out().println(Wording.plain(problem))));
        }
    }

    private static final String FOLD = "the ledger adds every account up to what the database does (facts)";

    private JournalTools() {}

    /** The ledger's own code reads all facts, and its sums are compared with the database's. */
    private static Journal.Check fold(Journal.History history) throws JournalException {
        AccountView.Fold fold = new AccountView.Fold();
        long[] facts = {0};
        List<String> problems = new ArrayList<>();
        try {
            history.replay(fact -> {
                facts[0]++;
                fold.accept(fact);
            });
        } catch (IllegalStateException | ArithmeticException e) {
            problems.add("the ledger stops at fact " + facts[0] + ": " + e.getMessage());
            return new Journal.Check(FOLD, facts[0], problems);
        }
        for (Map.Entry<Account, Journal.Sums> entry : history.sums().entrySet()) {
            compare(fold.view(entry.getKey(), new Overage.Off()), entry.getValue(), problems);
        }
        return new Journal.Check(FOLD, facts[0], problems);
    }

    private static void compare(AccountView view, Journal.Sums sums, List<String> problems) {
        require(view, "net", view.netUnits(), sums.netUnits(), problems);
        require(view, "used", view.usedUnits(), sums.usedUnits(), problems);
        require(view, "deducted", view.deductedUnits(), sums.deductedUnits(), problems);
        require(view, "written off", view.writtenOffUnits(), sums.writtenOffUnits(), problems);
        require(view, "held", view.heldUnits(), sums.heldUnits(), problems);
        long reflectedUnits = Math.addExact(sums.deductedUnits(), sums.writtenOffUnits());
        long unreflectedUnits = Math.subtractExact(sums.usedUnits(), reflectedUnits);
        long leftUnits = Math.subtractExact(sums.netUnits(), unreflectedUnits);
        long availableUnits = sums.known() ? Math.subtractExact(leftUnits, sums.heldUnits()) : 0;
        require(view, "available", view.availableUnits(), availableUnits, problems);
    }

    private static void require(AccountView view, String name, long folded, long summed, List<String> problems) {
        if (folded != summed) {
            problems.add(view.account() + ": " + name + " is " + folded + " by the ledger and " + summed
                    + " by the database");
        }
    }
}
