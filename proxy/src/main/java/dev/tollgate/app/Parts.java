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
import dev.tollgate.ledger.Overage;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
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
                        BillingSettings.RateLimit.SMALLEST),
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
                        settings.dodo().unmeteredCredits() == Settings.Service.ALLOW,
                        gate.expiryGuardMillis()));
    }

    static ExchangeServices.Pricing pricing(Settings settings) {
        boolean counts = settings.gate().tokenizer() == Settings.Tokenizer.EXACT;
        return new ExchangeServices.Pricing(
                settings.weights(),
                model -> counts ? settings.models().encoding(model) : null,
                settings.gate().estimateSharePermille());
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
                            overage(plan.overage()),
                            key.hold() == null ? plan.hold() : key.hold(),
                            key.disabled(),
                            plan.disconnect()));
        }
        return keys;
    }

    /** What keys made at run time may overdraw. */
    static Overage issuedOverage(Settings settings) {
        return overage(issuedPlan(settings).overage());
    }

    /** The plan of keys made at run time. */
    static Settings.Plan issuedPlan(Settings settings) {
        return Objects.requireNonNull(settings.plans().get(settings.portal().keyPlan()));
    }

    static Caller caller(CustomerKeys.Key key, Settings.Plan plan) {
        return new Caller(
                key.id(), key.account(), overage(plan.overage()), plan.hold(), key.revoked(), plan.disconnect());
    }

    private static Overage overage(Settings.Overage overage) {
        return switch (overage) {
            case Settings.Overage.Off ignored -> new Overage.Off();
            case Settings.Overage.AsDodo ignored -> new Overage.AsDodoSays();
            case Settings.Overage.Unlimited ignored -> new Overage.Unlimited();
            case Settings.Overage.Limited limited -> new Overage.UpTo(limited.units());
        };
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
