package dev.tollgate.portal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.journal.Account;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A customer's credits at Dodo, and changes of them by hand. A change is made once for its idempotency key, however often
 * it is sent. Waits for Dodo; safe on every thread.
 */
final class Adjustments {
    static final String EXPECTED =
            "Needed: entry_type credit or debit, amount in credits such as 1000, a reason of at most"
                    + " 500 characters, and an idempotency_key of 8 to 100 letters and digits.";

    private static final Pattern AMOUNT = Pattern.compile("(?!0+(\\.0*)?$)[0-9]{1,10}(\\.[0-9]{1,6})?");
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._-]{8,100}");

    private final DodoClient dodo;
    private final OperatorPortal.Office office;

    /** A change that somebody wants. */
    record Wish(boolean credit, String amount, String reason, String idempotencyKey) {
        /** @param fields what was filled in, by name */
        static Optional<Wish> of(Function<String, Optional<String>> fields) {
            Optional<String> type = fields.apply("entry_type")
                    .filter(text -> List.of("credit", "debit").contains(text));
            Optional<String> amount = fields.apply("amount")
                    .map(text -> text.strip().replace(",", "").replace("_", ""))
                    .filter(text -> AMOUNT.matcher(text).matches());
            Optional<String> reason = fields.apply("reason").map(String::strip).filter(text -> text.length() <= 500);
            Optional<String> key = fields.apply("idempotency_key")
                    .filter(text -> KEY.matcher(text).matches());
            return type.isEmpty() || amount.isEmpty() || reason.isEmpty() || key.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Wish(type.get().equals("credit"), amount.get(), reason.get(), key.get()));
        }
    }

    /**
     * What came of a wish.
     *
     * @param status as of HTTP
     * @param entry Dodo's ledger entry, if there is one
     */
    record Outcome(int status, boolean applied, String message, Optional<ObjectNode> entry) {
        PortalResponse json() {
            return applied
                    ? Replies.json(status, entry.orElseGet(Replies::object).put("message", message))
                    : Replies.error(status, "not_adjusted", message);
        }
    }

    /** A customer's grants; {@code problem} is empty when they could be read. */
    record Grants(List<ObjectNode> rows, String problem) {
        PortalResponse json() {
            ObjectNode document = Replies.object();
            rows.forEach(document.putArray("grants")::add);
            return problem.isEmpty() ? Replies.json(200, document) : Replies.error(502, "not_read", problem);
        }
    }

    Adjustments(DodoClient dodo, OperatorPortal.Office office) {
        this.dodo = dodo;
        this.office = office;
    }

    Grants grants(Account account) {
        return switch (dodo.readAll(path(account) + "/grants?")) {
            case Result.Ok<List<JsonNode>> ok -> {
                List<ObjectNode> rows = new ArrayList<>();
                ok.value().forEach(grant -> rows.add(row(grant)));
                yield new Grants(rows, "");
            }
            case Result.Refused<List<JsonNode>> refused ->
                new Grants(List.of(), "Dodo does not show the grants: " + refused.status() + " " + refused.message());
            case Result.Unreachable<List<JsonNode>> ignored ->
                new Grants(List.of(), "Dodo cannot be reached to show the grants.");
        };
    }

    private static ObjectNode row(JsonNode grant) {
        ObjectNode row = Replies.object();
        for (String name : List.of(
                "id", "source_type", "initial_amount", "remaining_amount", "expires_at", "is_expired", "created_at")) {
            row.set(name, grant.path(name).isMissingNode() ? row.nullNode() : grant.path(name));
        }
        return row;
    }

    Outcome apply(Account account, Wish wish) {
        ObjectNode body = Replies.object()
                .put("entry_type", wish.credit() ? "credit" : "debit")
                .put("amount", wish.amount())
                .put("reason", wish.reason())
                .put("idempotency_key", wish.idempotencyKey());
        Result<JsonNode> result = dodo.write(path(account) + "/ledger-entries", body);
        office.refresh(account);
        return switch (result) {
            case Result.Ok<JsonNode> ok -> applied(wish, ok.value());
            case Result.Refused<JsonNode> refused -> refused(refused);
            case Result.Unreachable<JsonNode> ignored ->
                new Outcome(
                        503,
                        false,
                        "Dodo did not answer, so that it may have been done or not. Send the same form again: it is done"
                                + " at most once.",
                        Optional.empty());
        };
    }

    /** Dodo may answer a repeated key with a conflict, or as it did before. */
    private static Outcome refused(Result.Refused<JsonNode> refused) {
        if (refused.status() == 409) {
            return new Outcome(200, true, "This was done before, and is not done twice.", Optional.empty());
        }
        return new Outcome(
                refused.status() / 100 == 4 ? 400 : 502,
                false,
                "Dodo refuses it: " + refused.status() + " " + refused.message(),
                Optional.empty());
    }

    private static Outcome applied(Wish wish, JsonNode answer) {
        ObjectNode entry = Replies.object();
        for (String name : List.of("id", "entry_type", "amount", "balance_before", "balance_after", "created_at")) {
            entry.set(name, answer.path(name).isMissingNode() ? entry.nullNode() : answer.path(name));
        }
        String message = (wish.credit() ? "Added " : "Taken away ") + wish.amount() + ": "
                + answer.path("balance_before").asText("?") + " before, "
                + answer.path("balance_after").asText("?") + " after.";
        return new Outcome(201, true, message, Optional.of(entry));
    }

    private static String path(Account account) {
        return "/credit-entitlements/" + encode(account.entitlementId()) + "/balances/" + encode(account.customerId());
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
