package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Balances, ledgers and grants below {@code /credit-entitlements/{id}/balances}. Guarded by the world's lock. */
final class CreditApi {
    private static final String ACCOUNT = "/credit-entitlements/{}/balances/{}";

    private final World world;
    private final ManualEntries manualEntries;

    CreditApi(World world, ManualEntries manualEntries) {
        this.world = world;
        this.manualEntries = manualEntries;
    }

    void addTo(Routes routes) {
        routes.on("GET", "/credit-entitlements/{}/balances", this::balances)
                .on(
                        "GET",
                        ACCOUNT,
                        (request, ids) -> withAccount(
                                ids, account -> Reply.json(200, account.json(world.rules.numericBalances()))))
                .on("GET", ACCOUNT + "/ledger", (request, ids) -> withAccount(ids, account -> ledger(request, account)))
                .on("GET", ACCOUNT + "/grants", (request, ids) -> withAccount(ids, account -> grants(request, account)))
                .on("POST", ACCOUNT + "/ledger-entries", this::addEntry)
                .on(
                        "GET",
                        "/customers/{}/credit-entitlements",
                        (request, ids) -> Replies.items(world.accountsOf(ids.getFirst()).stream()
                                .map(CreditApi::holding)
                                .toList()));
    }

    private Reply withAccount(List<String> ids, Function<Account, Reply> answer) {
        return world.account(ids.get(1), ids.get(0)).map(answer).orElseGet(() -> Replies.notFound("Balance"));
    }

    private Reply balances(Request request, List<String> ids) {
        if (!world.entitlements.containsKey(ids.getFirst())) {
            return Replies.notFound("Credit entitlement");
        }
        Optional<String> customer = request.query("customer_id");
        List<ObjectNode> found = world.accounts.values().stream()
                .filter(account -> account.entitlement.id().equals(ids.getFirst()))
                .filter(account -> customer.map(account.customerId::equals).orElse(true))
                .map(account -> account.json(world.rules.numericBalances()))
                .toList();
        return Replies.page(request, Replies.newestFirst(found));
    }

    private static Reply ledger(Request request, Account account) {
        Optional<String> type = request.query("transaction_type");
        DateFilter dates = DateFilter.of(request, "start_date", "end_date");
        List<ObjectNode> found = account.ledger.stream()
                .filter(entry -> type.map(entry.transactionType()::equals).orElse(true))
                .filter(entry -> dates.accepts(entry.createdAt()))
                .map(LedgerEntry::json)
                .toList();
        return Replies.page(request, Replies.newestFirst(found));
    }

    private static Reply grants(Request request, Account account) {
        Optional<String> status = request.query("status");
        List<ObjectNode> found = account.grants.stream()
                .filter(grant -> status.map(grant.status()::equals).orElse(true))
                .map(grant -> grant.json(account))
                .toList();
        return Replies.page(request, Replies.newestFirst(found));
    }

    private Reply addEntry(Request request, List<String> ids) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        Entitlement entitlement = world.entitlements.get(ids.get(0));
        if (entitlement == null || !world.customers.containsKey(ids.get(1))) {
            return Replies.notFound("Credit entitlement or customer");
        }
        return manualEntries.add(world.openAccount(ids.get(1), entitlement), body.get());
    }

    private static ObjectNode holding(Account account) {
        return Json.object()
                .put("credit_entitlement_id", account.entitlement.id())
                .put("name", account.entitlement.name())
                .put("unit", account.entitlement.unit())
                .put("balance", Amounts.text(account.balance()))
                .put("overage", Amounts.text(account.overage()))
                .putNull("description");
    }
}
