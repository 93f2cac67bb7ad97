package dev.tollgate.portal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.customers.CustomerKeys;
import dev.tollgate.customers.CustomerKeys.Issuing;
import java.time.Instant;
import java.util.Optional;

/** A customer's own keys: list, make, revoke. Safe on every thread. */
final class KeyPages {
    private static final long TRIAL_MILLIS = 15 * 60_000;

    private final CustomerKeys keys;

    KeyPages(CustomerKeys keys) {
        this.keys = keys;
    }

    PortalResponse list(PortalRequest request, Person person) {
        ObjectNode document = Replies.object();
        ArrayNode list = document.putArray("keys");
        keys.of(person.account()).forEach(key -> list.add(json(key)));
        return Replies.json(200, document);
    }

    PortalResponse issue(PortalRequest request, Person person) throws InterruptedException {
        Optional<String> name = Form.of(request).flatMap(form -> form.text("name", 100));
        if (name.isEmpty()) {
            return Replies.error(
                    400, "name_missing", "Send {\"name\": \"…\"}: up to 100 characters that tell your keys apart.");
        }
        return answer(keys.issue(person.account(), name.get(), ""));
    }

    static PortalResponse.Whole answer(Issuing issuing) {
        return switch (issuing) {
            case Issuing.Issued issued -> Replies.json(201, json(issued.key()).put("key", issued.secret()));
            case Issuing.AlreadyIssued ignored ->
                Replies.error(
                        409,
                        "already_issued",
                        "The key of this purchase has been shown before. Sign in with it, or by e-mail.");
            case Issuing.TooMany tooMany ->
                Replies.error(
                        409, "too_many_keys", "An account has at most " + tooMany.most() + " keys. Revoke one first.");
            case Issuing.Unavailable ignored ->
                Replies.error(
                        503,
                        "unavailable",
                        "The key could not be written down. Look at the list before you try again.");
        };
    }

    PortalResponse revoke(PortalRequest request, Person person) throws InterruptedException {
        Optional<String> id = request.parameter("id");
        boolean revoked = id.isPresent() && keys.revoke(person.account(), id.get());
        return revoked
                ? Replies.json(200, Replies.object().put("id", id.get()).put("revoked", true))
                : Replies.error(404, "no_such_key", "You have no key with this id among those made here.");
    }

    /** A key for the page, so that a prompt can be tried without pasting one. */
    PortalResponse lend(PortalRequest request, Person person) {
        String key = keys.lend(person.account(), "page", TRIAL_MILLIS);
        return Replies.json(201, Replies.object().put("key", key).put("seconds", TRIAL_MILLIS / 1000));
    }

    private static ObjectNode json(CustomerKeys.Key key) {
        return Replies.object()
                .put("id", key.id())
                .put("name", key.name())
                .put("revoked", key.revoked())
                .put(
                        key.revoked() ? "revoked_at" : "created_at",
                        Instant.ofEpochMilli(key.atMillis()).toString());
    }
}
