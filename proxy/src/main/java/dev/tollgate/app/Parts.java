package dev.tollgate.app;

import dev.tollgate.admission.Caller;
import dev.tollgate.admission.GateSettings;
import dev.tollgate.admission.KeyHash;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.billing.BillingSettings;
import dev.tollgate.customers.CustomerKeys;
import dev.tollgate.edge.EdgeSettings;
import dev.tollgate.edge.GuardLimits;
import dev.tollgate.exchange.ExchangeServices;
import dev.tollgate.journal.Account;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.Overage;
import dev.tollgate.limits.Restrictions;
import dev.tollgate.limits.Scope;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What each package wants to know of the settings, in that package's own terms. Pure. */
final class Parts {
    private Parts() {}

    static EdgeSettings edge(Settings settings) {
        Settings.Limits limits = settings.limits();
        GuardLimits usual = GuardLimits.defaults();
        GuardLimits guard = new GuardLimits(
                limits.requestLineBytes(),
                Math.min(usual.fieldBytes(), limits.headerBytes()),
                limits.headerBytes(),
                limits.headerCount(),
                limits.bodyBytes(),
                limits.formBytes(),
                usual.heldBytes(),
                usual.discardBytes(),
                limits.headTimeoutMillis(),
                limits.bodyTimeoutMillis(),
                usual.bodyBytesPerSecond(),
                limits.idleTimeoutMillis(),
                usual.lingerMillis());
        return new EdgeSettings(address(settings.server().listen()), limits.connections(), guard, settings.routes());
    }

    static InetSocketAddress address(Settings.Address address) {
        return new InetSocketAddress(address.host(), address.port());
    }

    static AdminToken adminToken(Settings.Server server) {
        Settings.@Nullable Secret token = server.adminToken();
        return new AdminToken(token == null ? null : token.value());
    }

    static BillingSettings billing(Settings settings) {
        Settings.Dodo dodo = settings.dodo();
        return new BillingSettings(
                new BillingSettings.Dodo(
                        dodo.baseUrl(),
                        dodo.apiKey().value(),
                        dodo.timeoutMillis(),
                        dodo.meter().unitsPerCredit(),
                        BillingSettings.RateLimit.TIERS.get(dodo.tier())),
                new BillingSettings.Shipping(
                        dodo.meter().event(),
                        dodo.meter().property(),
                        dodo.ship().batch(),
                        dodo.ship().lingerMillis()),
                new BillingSettings.Refreshing(
                        dodo.refreshMillis(),
                        BillingSettings.Refreshing.USUAL.policyMillis(),
                        BillingSettings.Refreshing.USUAL.backgroundCallsPerMinute()),
                new BillingSettings.Webhooks(
                        dodo.webhookKeys().stream().map(Settings.Secret::value).toList()));
    }

    static GateSettings gate(Settings settings) {
        Settings.Gate gate = settings.gate();
        @Nullable Long cap = gate.defaultMaxOutputTokens();
        return new GateSettings(
                settings.topUpUrl().map(URI::toString).orElse(null),
                gate.staleAfterMillis(),
                gate.holdWaitMillis(),
                settings.limits().requestsPerCustomer(),
                model -> settings.models().maxOutputTokens(model).orElse(gate.unknownModelMaxOutputTokens()),
                cap == null ? OptionalLong.empty() : OptionalLong.of(cap),
                new GateSettings.Service(
                        gate.endedSubscription() == Settings.Service.ALLOW,
                        gate.pausedSubscription() == Settings.Service.ALLOW,
                        undeducted(settings.dodo().unmeteredCredits()),
                        gate.expiryGuardMillis()));
    }

    private static Command.Undeducted undeducted(Settings.UnmeteredCredits unmetered) {
        return switch (unmetered) {
            case REFUSE -> Command.Undeducted.REFUSE;
            case ALLOW -> Command.Undeducted.ALLOW;
            case DEBIT -> Command.Undeducted.DEBIT;
        };
    }

    static ExchangeServices.Pricing pricing(Settings settings) {
        return new ExchangeServices.Pricing(
                settings.weights(),
                settings.models()::encoding,
                settings.gate().tokenizer() == Settings.Tokenizer.EXACT,
                settings.gate().estimateSharePermille(),
                settings.gate().audioAllowanceSeconds());
    }

    static ExchangeServices.Draining draining(Settings.Drains drains) {
        return new ExchangeServices.Draining(
                drains.timeMillis(), drains.bytes(), drains.tokens(), new Semaphore(drains.atOnce()));
    }

    static ExchangeServices.Forms forms(Settings.Limits limits) {
        return new ExchangeServices.Forms(limits.formBytes(), new Semaphore(limits.formsGatheredBytes()));
    }

    static Map<KeyHash, Caller> keys(Settings settings, String entitlementId) {
        Map<KeyHash, Caller> keys = new HashMap<>();
        for (Settings.Key key : settings.keys()) {
            Settings.Plan plan = Objects.requireNonNull(settings.plans().get(key.plan()));
            Account account = new Account(key.customer(), entitlementId);
            keys.put(
                    KeyHash.ofDigest(key.hash().bytes()),
                    new Caller(
                            key.id(),
                            account,
                            plan.overage(),
                            key.hold() == null ? plan.hold() : key.hold(),
                            key.disabled(),
                            key.disconnect() == null ? plan.disconnect() : key.disconnect(),
                            scopes(key, plan),
                            key.expiresMillis()));
        }
        return keys;
    }

    /** What keys made at run time may overdraw. */
    static Overage issuedOverage(Settings settings) {
        return issuedPlan(settings).overage();
    }

    /** The plan of keys made at run time. */
    static Settings.Plan issuedPlan(Settings settings) {
        return Objects.requireNonNull(settings.plans().get(settings.portal().keyPlan()));
    }

    /** @param planName the name of {@code plan} */
    static Caller caller(CustomerKeys.Key key, String planName, Settings.Plan plan) {
        return new Caller(
                key.id(),
                key.account(),
                plan.overage(),
                plan.hold(),
                key.revoked(),
                plan.disconnect(),
                scopes(key.account().customerId(), planName, plan),
                Long.MAX_VALUE);
    }

    private static List<Scope> scopes(Settings.Key key, Settings.Plan plan) {
        List<Scope> scopes = new ArrayList<>(scopes(key.customer(), key.plan(), plan));
        if (!key.limits().equals(Restrictions.NONE)) {
            scopes.add(new Scope(Scope.Kind.KEY, key.customer(), key.id(), key.limits()));
        }
        return scopes;
    }

    private static List<Scope> scopes(String customer, String planName, Settings.Plan plan) {
        return plan.limits().equals(Restrictions.NONE)
                ? List.of()
                : List.of(new Scope(Scope.Kind.PLAN, customer, planName, plan.limits()));
    }

    /** The plan of each key in the settings, by the key's id. */
    static Map<String, String> plansOfKeys(Settings settings) {
        return settings.keys().stream()
                .collect(Collectors.toUnmodifiableMap(Settings.Key::id, Settings.Key::plan, (a, b) -> a));
    }

    /** Customers that keys stand for, to be read ahead. */
    static List<Account> accounts(Settings settings, String entitlementId) {
        return settings.keys().stream()
                .filter(key -> !key.disabled())
                .map(key -> new Account(key.customer(), entitlementId))
                .distinct()
                .toList();
    }
}
