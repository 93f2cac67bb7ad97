package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One request as the journal tells it: who paid, what was held, what was used, and where its usage event is.
 *
 * @param event the last thing that happened to the usage event; null while it waits, and when there is none
 * @param corrected the truth, if it superseded an estimate, {@code remedy} what happened last to what Dodo hears of that
 */
record ExplainedRequest(
        String requestId,
        Account account,
        Fact.@Nullable Reserved reserved,
        Fact.@Nullable Settled settled,
        Fact.@Nullable Voided voided,
        @Nullable Fact event,
        Fact.@Nullable Corrected corrected,
        @Nullable Fact remedy) {

    /** @param facts of one request, at least one, oldest first */
    static ExplainedRequest of(List<Fact> facts) {
        ExplainedRequest request =
                new ExplainedRequest("", facts.getFirst().account(), null, null, null, null, null, null);
        for (Fact fact : facts) {
            request = request.with(fact);
        }
        return request;
    }

    private ExplainedRequest with(Fact fact) {
        return switch (fact) {
            case Fact.Reserved each -> with(each.requestId(), each, settled, voided, corrected);
            case Fact.Shrunk ignored -> this;
            case Fact.Settled each -> with(each.requestId(), reserved, each, voided, corrected);
            case Fact.Corrected each -> with(each.requestId(), reserved, settled, voided, each);
            case Fact.Voided each -> with(each.requestId(), reserved, settled, each, corrected);
            case Fact.Ingested each -> withLast(each.requestId(), each);
            case Fact.Quarantined each -> withLast(each.requestId(), each);
            case Fact.Requeued each -> withLast(each.requestId(), null);
            case Fact.Based ignored -> this;
            case Fact.EntryApplied ignored -> this;
            case Fact.CaughtUp ignored -> this;
            case Fact.WrittenOff ignored -> this;
            case Fact.TermsSeen ignored -> this;
            case Fact.Inherited ignored -> this;
            case Fact.KeyChanged ignored -> this;
        };
    }

    private ExplainedRequest with(
            String id,
            Fact.@Nullable Reserved hold,
            Fact.@Nullable Settled end,
            Fact.@Nullable Voided returned,
            Fact.@Nullable Corrected truth) {
        return new ExplainedRequest(id, account, hold, end, returned, event, truth, remedy);
    }

    private ExplainedRequest withLast(String deliveryId, @Nullable Fact last) {
        boolean ofCorrection = !Fact.Corrected.requestId(deliveryId).equals(deliveryId);
        @Nullable Fact lastOfEvent = ofCorrection ? event : last;
        @Nullable Fact lastOfRemedy = ofCorrection ? last : remedy;
        return new ExplainedRequest(
                Fact.Corrected.requestId(deliveryId),
                account,
                reserved,
                settled,
                voided,
                lastOfEvent,
                corrected,
                lastOfRemedy);
    }

    void print(PrintWriter out) {
        Table table = new Table(Table.Column.words(""), Table.Column.words(""));
        table.row("request", requestId);
        table.row("customer", account.customerId());
        table.row("credits", account.entitlementId());
        if (reserved != null) {
            table.row("key", reserved.keyId());
            table.row("model", model(reserved.model()));
            table.row("held", Wording.time(reserved.atMillis()) + " UTC");
            table.row(
                    "",
                    units(reserved.heldUnits()) + ": " + Wording.number(reserved.promptUnits()) + " prompt + "
                            + Wording.number(reserved.outputUnits()) + " output");
            if (reserved.overshootUnits() > 0) {
                table.row(
                        "",
                        "and up to " + units(reserved.overshootUnits()) + " more, since the plan holds an estimate");
            }
        }
        end(table);
        table.print(out);
    }

    private String model(String asked) {
        String answered = settled == null ? null : settled.modelAnswered();
        return answered == null || answered.equals(asked) ? asked : asked + ", answered by " + answered;
    }

    private void end(Table table) {
        if (settled != null) {
            settled(table, settled);
        } else if (voided != null) {
            table.row("returned", Wording.time(voided.atMillis()) + " UTC");
            table.row("", "the whole hold, nothing can have been billed: " + voided.reason());
            table.row("event", "none");
        } else {
            table.row("used", "not known yet: the request runs, or the process was killed while it ran");
            table.row("", "(then it is booked at its full hold at the next start)");
            table.row("event", "none yet");
        }
    }

    private void settled(Table table, Fact.Settled end) {
        Fact.Tokens tokens = end.tokens();
        table.row("settled", Wording.time(end.atMillis()) + " UTC");
        table.row("used", units(end.units()));
        if (end.weights() != null) {
            table.row("weights", end.weights());
        }
        table.row(
                "tokens",
                "input " + Wording.number(tokens.input()) + " (cached " + Wording.number(tokens.cached())
                        + "), output " + Wording.number(tokens.output()) + " (reasoning "
                        + Wording.number(tokens.reasoning()) + "), total " + Wording.number(tokens.total()));
        table.row("estimated", end.estimated() ? "yes: " + whyEstimated(end) : "no: these are the provider's counts");
        if (corrected != null) {
            table.row("corrected", Wording.time(corrected.atMillis()) + " UTC");
            table.row("", "used " + units(corrected.units()) + ", not what was estimated: " + corrected.reason());
        }
        table.row(end.debited() ? "debit" : "event", whereabouts(event));
        if (corrected != null) {
            table.row("correction", remedy(corrected));
        }
    }

    private String remedy(Fact.Corrected truth) {
        return switch (truth.remedy()) {
            case REPLACED -> "none: the event tells the truth, the estimate had not gone out";
            case NOTHING -> "none: Dodo deducted no more than was used";
            case DEBIT -> "another debit of " + units(truth.remedyUnits()) + ", " + whereabouts(remedy);
            case EVENT -> "another event of " + units(truth.remedyUnits()) + ", " + whereabouts(remedy);
            case CREDIT -> "a credit of " + units(truth.remedyUnits()) + ", " + whereabouts(remedy);
        };
    }

    /** A crash books the whole hold and knows no model; an answer that broke off may look the same. */
    private String whyEstimated(Fact.Settled end) {
        boolean full = reserved != null && end.units() == reserved.heldUnits() && end.modelAnswered() == null;
        return full
                ? "booked at its full hold; the process was killed while it ran, or nothing of the answer tells more"
                : "the provider's counts never came; the connection broke, or the caller or the process left early";
    }

    private static String whereabouts(@Nullable Fact last) {
        if (last instanceof Fact.Ingested done) {
            return "acknowledged by Dodo, " + Wording.time(done.atMillis()) + " UTC";
        }
        if (last instanceof Fact.Quarantined aside) {
            return "set aside " + Wording.time(aside.atMillis()) + " UTC, still counted: " + aside.reason();
        }
        return "pending: waits to be sent to Dodo, or for its acknowledgement";
    }

    private static String units(long units) {
        return Wording.count(units, "unit");
    }

    JsonNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("request_id", requestId);
        json.put("customer", account.customerId());
        json.put("entitlement", account.entitlementId());
        json.set("reserved", reserved == null ? json.nullNode() : reservedJson(reserved));
        json.put("state", settled != null ? "settled" : voided != null ? "voided" : "open");
        json.set("settled", settled == null ? json.nullNode() : settledJson(settled));
        json.set("voided", voided == null ? json.nullNode() : ended(voided.atMillis(), voided.reason()));
        json.set("event", settled == null ? json.nullNode() : lastJson(event));
        json.set("corrected", corrected == null ? json.nullNode() : correctedJson(corrected));
        return json;
    }

    private ObjectNode correctedJson(Fact.Corrected truth) {
        ObjectNode json = ended(truth.atMillis(), truth.reason());
        json.put("units", truth.units());
        json.put("estimated_units", truth.estimatedUnits());
        json.put("remedy", truth.remedy().name().toLowerCase(Locale.ROOT));
        json.put("remedy_units", truth.remedyUnits());
        json.set("delivery", truth.delivery().isEmpty() ? json.nullNode() : lastJson(remedy));
        return json;
    }

    private static ObjectNode reservedJson(Fact.Reserved reserved) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("at", time(reserved.atMillis()));
        json.put("key_id", reserved.keyId());
        json.put("model", reserved.model());
        json.put("prompt_units", reserved.promptUnits());
        json.put("output_units", reserved.outputUnits());
        json.put("held_units", reserved.heldUnits());
        json.put("overshoot_units", reserved.overshootUnits());
        return json;
    }

    private static ObjectNode settledJson(Fact.Settled settled) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("at", time(settled.atMillis()));
        json.put("model_answered", settled.modelAnswered());
        json.put("units", settled.units());
        json.put("weights", settled.weights());
        json.put("input_tokens", settled.tokens().input());
        json.put("output_tokens", settled.tokens().output());
        json.put("total_tokens", settled.tokens().total());
        json.put("cached_tokens", settled.tokens().cached());
        json.put("reasoning_tokens", settled.tokens().reasoning());
        json.put("estimated", settled.estimated());
        json.put("debited", settled.debited());
        return json;
    }

    private static ObjectNode lastJson(@Nullable Fact last) {
        if (last instanceof Fact.Ingested done) {
            return ended(done.atMillis(), null).put("state", "acknowledged");
        }
        if (last instanceof Fact.Quarantined aside) {
            return ended(aside.atMillis(), aside.reason()).put("state", "set_aside");
        }
        return JsonNodeFactory.instance.objectNode().put("state", "pending");
    }

    private static ObjectNode ended(long atMillis, @Nullable String reason) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("at", time(atMillis));
        return reason == null ? json : json.put("reason", reason);
    }

    private static String time(long atMillis) {
        return Instant.ofEpochMilli(atMillis).toString();
    }
}
