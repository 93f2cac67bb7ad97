package dev.tollgate.billing;

import static dev.tollgate.billing.SnapshotReader.require;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tollgate.billing.DodoClient.CreditUsage;
import dev.tollgate.billing.DodoClient.Subscription;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Fact.Standing;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what Dodo says about an account beyond its balance: the customer's subscriptions as far as they concern the
 * account's credits, and the grants that will expire. Safe on every thread that may wait.
 *
 * <p>Lists of subscriptions do not say what a subscription deducts from, and that changes with its product only, so it
 * is read once and remembered. Of subscriptions that have ended it is not asked; they count as concerning the account.
 */
final class TermsReader {
    /** What a reading usually takes: the list, what one subscription allows, and the grants. */
    static final int CALLS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(TermsReader.class);
    private static final int REMEMBERED_MAX = 100_000;
    private static final Duration REMEMBERED = Duration.ofDays(1);

    private final DodoClient client;
    private final InstantSource clock;
    private final Cache<SubscribedProduct, Links> links;

    private record SubscribedProduct(String subscriptionId, String productId) {}

    /** How a subscription's product is tied to credits of one kind. */
    private record Links(boolean deducts, boolean grants) {
        private static final Links NONE = new Links(false, false);

        boolean concern() {
            return deducts || grants;
        }
    }

    TermsReader(DodoClient client, InstantSource clock, Executor executor) {
        this.client = client;
        this.clock = clock;
        this.links = Caffeine.newBuilder()
                .executor(executor)
                .maximumSize(REMEMBERED_MAX)
                .expireAfterWrite(REMEMBERED)
                .build();
    }

    /** @param before the grants that were known so far */
    Fact.Terms read(Account account, List<Fact.Grant> before) throws NotReadException {
        Standing best = Standing.NONE;
        long limitUnits = 0;
        int deducting = 0;
        for (Subscription subscription : require(client.subscriptions(account.customerId()))) {
            Optional<Standing> standing = standing(subscription);
            if (standing.isEmpty()) {
                continue;
            }
            boolean ended = standing.get() == Standing.ENDED;
            Links tie = ended ? Links.NONE : links(subscription, account);
            if (ended || tie.concern()) {
                best = best.compareTo(standing.get()) <= 0 ? best : standing.get();
            }
            if (subscription.isLive() && tie.concern()) {
                deducting += tie.deducts() ? 1 : 0;
                limitUnits = Math.max(limitUnits, overageLimitUnits(subscription, account));
            }
        }
        return new Fact.Terms(limitUnits, best, deducting, grants(account, before));
    }

    /**
     * The grants that will expire. One that is due and not listed any more may have been used up, or Dodo may be about to
     * take the rest of it away. Only where the list of those that are used up names it, it counts as empty.
     */
    private List<Fact.Grant> grants(Account account, List<Fact.Grant> before) throws NotReadException {
        List<Fact.Grant> grants = new ArrayList<>(require(client.expiringGrants(account)));
        Set<String> listed = grants.stream().map(Fact.Grant::id).collect(Collectors.toSet());
        long nowMillis = clock.millis();
        List<Fact.Grant> gone = before.stream()
                .filter(grant -> grant.expiresAtMillis() <= nowMillis
                        && grant.remainingUnits() > 0
                        && !listed.contains(grant.id()))
                .toList();
        if (!gone.isEmpty()) {
            Set<String> usedUp = require(client.usedUpGrants(account)).stream()
                    .map(Fact.Grant::id)
                    .collect(Collectors.toSet());
            gone.stream()
                    .filter(grant -> usedUp.contains(grant.id()))
                    .forEach(grant -> grants.add(new Fact.Grant(grant.id(), grant.expiresAtMillis(), 0)));
        }
        return grants;
    }

    /** Empty for a subscription that has not begun; one whose status is not known here gives no access. */
    private Optional<Standing> standing(Subscription subscription) {
        var trialEndsAt = subscription.trialEndsAt();
        boolean trial = trialEndsAt != null && trialEndsAt.isAfter(clock.instant());
        return switch (subscription.status()) {
            case "active" -> Optional.of(trial ? Standing.TRIAL : Standing.LIVE);
            case "past_due" -> Optional.of(Standing.LIVE);
            case "paused" -> Optional.of(Standing.PAUSED);
            case "on_hold" -> Optional.of(Standing.ON_HOLD);
            case "cancelled", "failed", "expired" -> Optional.of(Standing.ENDED);
            case "pending" -> Optional.empty();
            default -> {
                LOG.warn("subscription {} is taken for paused: its status is not known here", subscription.id());
                yield Optional.of(Standing.PAUSED);
            }
        };
    }

    private Links links(Subscription listed, Account account) throws NotReadException {
        SubscribedProduct key = new SubscribedProduct(listed.id(), listed.productId());
        Links known = links.getIfPresent(key);
        if (known != null) {
            return known;
        }
        String entitlementId = account.entitlementId();
        Links read = require(client.subscription(listed.id()))
                .map(whole -> new Links(
                        whole.meteredEntitlementIds().contains(entitlementId),
                        whole.grantedEntitlementIds().contains(entitlementId)))
                .orElse(Links.NONE);
        links.put(key, read);
        return read;
    }

    /** Of several live subscriptions the largest allowance counts. */
    private long overageLimitUnits(Subscription subscription, Account account) throws NotReadException {
        return require(client.creditUsage(subscription.id())).stream()
                .filter(usage -> usage.entitlementId().equals(account.entitlementId()))
                .mapToLong(CreditUsage::overageLimitUnits)
                .max()
                .orElse(0);
    }
}
