package dev.tollgate.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Says how one request was paid, or how one customer's balance comes about. */
@CommandLine.Command(
        name = "explain",
        description = "Say how one request was paid, or how one customer's balance comes about.",
        mixinStandardHelpOptions = true)
final class Explain extends JournalCommand {
    private static final int NEWEST = 50;

    @CommandLine.Parameters(
            arity = "0..1",
            paramLabel = "REQUEST",
            description = "A request id: x-tollgate-request-id of the answer, request_id in the access log.")
    private @Nullable String requestId;

    @CommandLine.Option(names = "--customer", paramLabel = "ID", description = "A Dodo customer, such as cus_123.")
    private @Nullable String customer;

    @CommandLine.Option(
            names = "--all",
            description = "With --customer: every posting by itself; else older ones are put together by day.")
    private boolean all;

    @CommandLine.Option(names = "--json", description = "For programs: exact integers, times in ISO 8601.")
    private boolean json;

    @Override
    void requireSense() {
        if ((requestId == null) == (customer == null)) {
            throw wrong("say what to explain: either a request id or --customer ID");
        }
        if (all && customer == null) {
            throw wrong("--all goes with --customer");
        }
    }

    @Override
    int run(Path folder) throws JournalException {
        try (Journal.History history = SqliteJournal.read(folder)) {
            return customer != null
                    ? explainCustomer(history, customer)
                    : explainRequest(history, String.valueOf(requestId));
        }
    }

    private int explainRequest(Journal.History history, String id) throws JournalException {
        List<Fact> facts = history.ofRequest(id);
        if (facts.isEmpty()) {
            errors().println("the journal has no request " + Wording.plain(id)
                    + "; requests that were refused hold nothing and are only in the access log");
            return 1;
        }
        ExplainedRequest request = ExplainedRequest.of(facts);
        if (json) {
            print(request.json());
        } else {
            request.print(out());
        }
        return 0;
    }

    private int explainCustomer(Journal.History history, String id) throws JournalException {
        List<AccountStatement> statements = new ArrayList<>();
        for (Account account : history.accounts(id)) {
            AccountStatement statement = new AccountStatement(account, all ? Integer.MAX_VALUE : NEWEST);
            try {
                history.replay(account, statement);
            } catch (IllegalStateException | ArithmeticException e) {
                errors().println("the facts of " + account + " contradict each other (" + e.getMessage()
                        + "); see `journal verify`");
                return 1;
            }
            statements.add(statement);
        }
        if (statements.isEmpty()) {
            errors().println("the journal has nothing about customer " + Wording.plain(id));
            return 1;
        }
        print(statements);
        return 0;
    }

    private void print(List<AccountStatement> statements) {
        if (json) {
            ArrayNode accounts = JsonNodeFactory.instance.arrayNode();
            statements.forEach(statement -> accounts.add(AccountStatementJson.of(statement)));
            print(JsonNodeFactory.instance.objectNode().set("accounts", accounts));
        } else {
            statements.forEach(statement -> new AccountStatementText(out()).print(statement));
        }
    }
}
