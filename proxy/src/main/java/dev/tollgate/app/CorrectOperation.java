package dev.tollgate.app;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.portal.OperatorPortal;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Books the truth about a request that was settled with an estimate. What was settled, and what the request could use, are
 * looked up in the journal; the ledger decides. For threads that may wait.
 */
final class CorrectOperation {
    private final LedgerThread ledger;
    private final Path folder;
    private final InstantSource clock;

    CorrectOperation(LedgerThread ledger, Path folder, InstantSource clock) {
        this.ledger = ledger;
        this.folder = folder;
        this.clock = clock;
    }

    OperatorPortal.Correction correct(String requestId, long units, String reason) throws JournalException {
        Fact.@Nullable Reserved reserved = null;
        Fact.@Nullable Settled settled = null;
        try (Journal.History history = SqliteJournal.read(folder)) {
            for (Fact fact : history.ofRequest(requestId)) {
                if (fact instanceof Fact.Reserved one) {
                    reserved = one;
                } else if (fact instanceof Fact.Shrunk one && reserved != null) {
                    reserved = reserved.shrunk(one);
                } else if (fact instanceof Fact.Settled one) {
                    settled = one;
                }
            }
        }
        if (reserved == null) {
            return problem(404, "the journal has no request " + requestId);
        }
        if (settled == null) {
            return problem(409, "request " + requestId + " is not settled, so there is no estimate to correct");
        }
        long mostUnits = Math.addExact(reserved.heldUnits(), reserved.overshootUnits());
        return decided(new Command.Correct(settled, units, mostUnits, reason, clock.millis()));
    }

    private OperatorPortal.Correction decided(Command.Correct command) {
        CompletableFuture<LedgerThread.Reply<Command.CorrectAnswer>> reply = new CompletableFuture<>();
        ledger.submit(command, reply::complete);
        return switch (reply.join()) {
            case LedgerThread.Reply.Durable<Command.CorrectAnswer> durable -> told(command, durable.answer());
            case LedgerThread.Reply.Refused<Command.CorrectAnswer> refused ->
                problem(503, "the ledger does not take it: " + refused.reason());
        };
    }

    private static OperatorPortal.Correction told(Command.Correct command, Command.CorrectAnswer answer) {
        String id = command.settled().requestId();
        return switch (answer) {
            case Command.CorrectAnswer.Corrected done -> new OperatorPortal.Correction(200, json(done.fact()));
            case Command.CorrectAnswer.Known known ->
                known.units() == command.units()
                        ? new OperatorPortal.Correction(
                                200,
                                row().put("request_id", id)
                                        .put("units", known.units())
                                        .put("remedy", "known"))
                        : problem(409, "request " + id + " was corrected before, to " + known.units() + " units");
            case Command.CorrectAnswer.NotEstimated not ->
                problem(409, "request " + id + " is no estimate: the provider reported " + not.units() + " units");
            case Command.CorrectAnswer.BeyondHold beyond ->
                problem(
                        409,
                        "request " + id + " could use " + beyond.mostUnits() + " units at most, since it held no more");
        };
    }

    private static ObjectNode json(Fact.Corrected fact) {
        return row().put("request_id", fact.requestId())
                .put("estimated_units", fact.estimatedUnits())
                .put("units", fact.units())
                .put("remedy", fact.remedy().name().toLowerCase(Locale.ROOT))
                .put("remedy_units", fact.remedyUnits());
    }

    private static OperatorPortal.Correction problem(int status, String message) {
        ObjectNode document = row();
        document.putObject("error").put("code", "not_corrected").put("message", message);
        return new OperatorPortal.Correction(status, document);
    }

    private static ObjectNode row() {
        return JsonNodeFactory.instance.objectNode();
    }
}
