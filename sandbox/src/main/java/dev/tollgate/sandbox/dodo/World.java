package dev.tollgate.sandbox.dodo;

import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.SandboxClock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything the merchant's Dodo account holds. Whoever touches it, or anything reached through it, holds its monitor:
 * requests, calls from tests, and tasks of the clock take turns.
 */
final class World {
    static final String BUSINESS_ID = "bus_sandbox";
    static final String BRAND_ID = "brd_sandbox";

    final SandboxClock clock;
    final Ids ids;
    final Map<String, Customer> customers = new LinkedHashMap<>();
    final Map<String, Entitlement> entitlements = new LinkedHashMap<>();
    final Map<String, Meter> meters = new LinkedHashMap<>();
    final Map<String, Product> products = new LinkedHashMap<>();
    final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    final Map<String, Payment> payments = new LinkedHashMap<>();
    final Map<String, Checkout> checkouts = new LinkedHashMap<>();
    final Map<AccountKey, Account> accounts = new LinkedHashMap<>();
    final EventStore events = new EventStore();
    DodoRules rules = DodoRules.defaults();

    /** Which account: a customer's share of an entitlement. */
    record AccountKey(String customerId, String entitlementId) {}

    World(SandboxClock clock, Ids ids) {
        this.clock = clock;
        this.ids = ids;
    }

    Instant now() {
        return clock.instant();
    }

    Optional<Account> account(String customerId, String entitlementId) {
        return Optional.ofNullable(accounts.get(new AccountKey(customerId, entitlementId)));
    }

    /** The account, opened if this customer never held such credits. */
    Account openAccount(String customerId, Entitlement entitlement) {
        return accounts.computeIfAbsent(
                new AccountKey(customerId, entitlement.id()),
                key -> new Account(ids.next("cdb_"), customerId, entitlement, now()));
    }

    List<Account> accountsOf(String customerId) {
        return accounts.values().stream()
                .filter(account -> account.customerId.equals(customerId))
                .toList();
    }

    List<Subscription> liveSubscriptionsOf(String customerId) {
        return subscriptions.values().stream()
                .filter(subscription -> subscription.customerId.equals(customerId) && subscription.isLive())
                .toList();
    }

    Entitlement entitlement(String id) {
        return known(entitlements.get(id), id);
    }

    Customer customer(String id) {
        return known(customers.get(id), id);
    }

    private static <T> T known(@Nullable T value, String id) {
        if (value == null) {
            throw new IllegalArgumentException("nothing called " + id);
        }
        return value;
    }
}
