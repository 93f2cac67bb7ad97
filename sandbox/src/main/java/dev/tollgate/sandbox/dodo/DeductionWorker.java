package dev.tollgate.sandbox.dodo;

import dev.tollgate.sandbox.dodo.World.AccountKey;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns new events into deductions, as Dodo does about once a minute. Usage that no live subscription links to credits
 * is passed over for good. Guarded by the world's lock.
 */
final class DeductionWorker {
    private final World world;
    private final Credits credits;
    private final Map<AccountKey, BigDecimal> carriedUnits = new HashMap<>();
    private final Map<String, BigDecimal> deductedUnits = new HashMap<>();
    private final Map<String, BigDecimal> droppedUnits = new HashMap<>();

    /** One customer's usage of one meter. */
    private record Usage(String customerId, Meter meter) {}

    DeductionWorker(World world, Credits credits) {
        this.world = world;
        this.credits = credits;
    }

    /** Processes every event since the last run. */
    void run() {
        Map<Usage, List<BigDecimal>> usages = new LinkedHashMap<>();
        for (IngestedEvent event : world.events.takeUnprocessed()) {
            for (Meter meter : world.meters.values()) {
                if (meter.matches(event)) {
                    usages.computeIfAbsent(new Usage(event.customerId(), meter), usage -> new ArrayList<>())
                            .add(meter.valueOf(event));
                }
            }
        }
        usages.forEach(this::deduct);
    }

    /** Meter units of this customer that were deducted from credits or charged as overage. */
    BigDecimal deductedUnits(String customerId) {
        return deductedUnits.getOrDefault(customerId, BigDecimal.ZERO);
    }

    /** Meter units of this customer that were due but that nothing was left to pay for. */
    BigDecimal droppedUnits(String customerId) {
        return droppedUnits.getOrDefault(customerId, BigDecimal.ZERO);
    }

    private void deduct(Usage usage, List<BigDecimal> units) {
        Map<String, List<Linked>> linked = new LinkedHashMap<>();
        for (Subscription subscription : world.liveSubscriptionsOf(usage.customerId())) {
            subscription.links.stream()
                    .filter(link -> link.meterId().equals(usage.meter().id()))
                    .forEach(link -> linked.computeIfAbsent(link.entitlementId(), id -> new ArrayList<>())
                            .add(new Linked(subscription, link)));
        }
        for (List<Linked> candidates : linked.values()) {
            List<Linked> deducting = world.rules.everySubscriptionDeducts() ? candidates : candidates.subList(0, 1);
            deducting.forEach(one -> deduct(usage.customerId(), one, units));
        }
    }

    private record Linked(Subscription subscription, MeterLink link) {}

    private void deduct(String customerId, Linked linked, List<BigDecimal> units) {
        Account account =
                world.openAccount(customerId, world.entitlement(linked.link().entitlementId()));
        List<BigDecimal> steps =
                world.rules.entryPerEvent() ? units : List.of(units.stream().reduce(BigDecimal.ZERO, BigDecimal::add));
        steps.forEach(step -> deduct(account, linked, step));
    }

    private void deduct(Account account, Linked linked, BigDecimal units) {
        BigDecimal ratio = linked.link().unitsPerCredit();
        BigDecimal amount = wholeCredits(account, units, ratio);
        if (amount.signum() <= 0) {
            return;
        }
        Cause cause = Cause.subscription(linked.subscription(), "Credits consumed by usage");
        BigDecimal uncovered = credits.deduct(account, amount, "credit_deducted", cause);
        BigDecimal dropped = uncovered.signum() == 0 ? uncovered : credits.chargeOverage(account, uncovered, cause);
        deductedUnits.merge(account.customerId, amount.subtract(dropped).multiply(ratio), BigDecimal::add);
        droppedUnits.merge(account.customerId, dropped.multiply(ratio), BigDecimal::add);
    }

    /** Credits for these units; units that do not make a whole step of the precision wait for the next run. */
    private BigDecimal wholeCredits(Account account, BigDecimal units, BigDecimal ratio) {
        AccountKey key = new AccountKey(account.customerId, account.entitlement.id());
        BigDecimal due = units.add(carriedUnits.getOrDefault(key, BigDecimal.ZERO));
        BigDecimal amount = due.divide(ratio, account.entitlement.precision(), RoundingMode.DOWN);
        carriedUnits.put(key, due.subtract(amount.multiply(ratio)));
        return amount;
    }
}
