package dev.tollgate.alerts;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells customers by letter, and the merchant by webhook, that credits run low or out; and the merchant when money is in
 * danger. Each is told once, until credits are added or the danger is over, also across restarts. What cannot be delivered
 * is tried again for about eight hours. Safe on every thread.
 */
public final class Alerts implements AutoCloseable {
    private static final String LOW = "low/";
    private static final String RUNNING_OUT = "running-out/";
    private static final String ALARM = "alarm/";

    private final AlertSettings settings;
    private final Outbound outbound;
    private final UsageRates rates = new UsageRates();
    private final InstantSource clock;

    /** Accounts that were given credits since the last check. */
    private final Set<Account> refilled = ConcurrentHashMap.newKeySet();

    /** Hands a letter to a mail server; may wait. */
    public interface Mail {
        void send(String to, String subject, String text) throws IOException;
    }

    /** Where a customer's letters go; may wait. */
    public interface Addresses {
        /** @throws IOException when that cannot be found out now */
        Optional<String> of(String customerId) throws IOException;
    }

    /**
     * @param folder where it is kept what was told
     * @param mail null when no letters are sent
     * @param executor runs what waits
     */
    public Alerts(
            AlertSettings settings,
            Path folder,
            @Nullable Mail mail,
            Addresses addresses,
            InstantSource clock,
            Executor executor) {
        this.settings = settings;
        this.clock = clock;
        outbound = new Outbound(
                new AlertFile(folder.resolve("alerts.json")),
                new Dispatch(settings, mail, addresses, clock),
                clock,
                executor);
    }

    /** Since when usage counts for forecasts; what was settled since before the start is told by {@link #used}. */
    public long usageSinceMillis() {
        return clock.millis() - UsageRates.WINDOW_MILLIS;
    }

    /** Takes in usage that was settled before the start. */
    public void used(Fact.Settled settled) {
        rates.used(settled.account(), settled.units(), settled.atMillis());
    }

    /** Takes in what happened to accounts. Brief; called on the ledger thread. */
    public void heard(List<Fact> facts) {
        for (Fact fact : facts) {
            if (fact instanceof Fact.Settled settled) {
                used(settled);
            } else if (fact instanceof Fact.EntryApplied entry && entry.netUnits() > 0) {
                refilled.add(entry.account());
            }
        }
    }

    /** Dodo says that so little of a plan's credits is left that it warns. Waits for the disk. */
    public void balanceLow(Account account, long availableUnits) {
        rearm();
        tell(
                LOW,
                account,
                "customer.balance_low",
                data(account).put("available", availableUnits),
                "Your credits run low",
                "Most of the credits of your plan are used. You have " + number(availableUnits) + " left.");
    }

    /**
     * Looks whose credits run out soon, and sends what is due. Called now and then; waits for the disk.
     *
     * @param availableUnits what an account may still use; empty for no limit, and when nothing is known
     */
    public void check(Function<Account, OptionalLong> availableUnits) {
        rearm();
        if (settings.runsOutWithinMillis() > 0) {
            for (Map.Entry<Account, Long> used : rates.usedUnits(clock.millis()).entrySet()) {
                OptionalLong available = availableUnits.apply(used.getKey());
                available.ifPresent(units -> foresee(used.getKey(), units, used.getValue()));
            }
        }
        outbound.deliverDue();
    }

    /** Takes it that usage goes on as within the window; hours are rounded down. */
    private void foresee(Account account, long availableUnits, long usedUnits) {
        if (usedUnits <= 0) {
            return;
        }
        long lastsMillis = lastsMillis(Math.max(0, availableUnits), usedUnits);
        if (lastsMillis > settings.runsOutWithinMillis()) {
            return;
        }
        long hours = lastsMillis / 3_600_000;
        tell(
                RUNNING_OUT,
                account,
                "customer.credits_running_out",
                data(account)
                        .put("available", availableUnits)
                        .put("used_in_3_hours", usedUnits)
                        .put("lasts_hours", hours),
                hours == 0 ? "Your credits run out within the hour" : "Your credits run out soon",
                "At the rate of the last hours, the " + number(Math.max(0, availableUnits))
                        + " credits that you have last for about " + hours + (hours == 1 ? " hour." : " hours."));
    }

    /** {@code available / (used / window)} without overflow; beyond all limits is the largest number. */
    static long lastsMillis(long availableUnits, long usedUnits) {
        long wholeWindows = availableUnits / usedUnits;
        if (wholeWindows > Long.MAX_VALUE / UsageRates.WINDOW_MILLIS / 2) {
            return Long.MAX_VALUE;
        }
        long rest = Math.multiplyHigh(availableUnits % usedUnits, UsageRates.WINDOW_MILLIS) != 0
                ? UsageRates.WINDOW_MILLIS
                : availableUnits % usedUnits * UsageRates.WINDOW_MILLIS / usedUnits;
        return wholeWindows * UsageRates.WINDOW_MILLIS + rest;
    }

    /**
     * Tells the merchant which dangers came and which are over. Waits for the disk.
     *
     * @param dangers all that there are now: a short name, and what to say
     */
    public void alarms(Map<String, String> dangers) {
        Map<String, String> all = new HashMap<>();
        dangers.forEach((name, text) -> all.put(ALARM + name, text));
        all.forEach((key, text) -> {
            if (outbound.isNews(key)) {
                outbound.tell(
                        key,
                        List.of(outbound.call(
                                "operator.alarm_raised", alarm(key).put("message", text))));
            }
        });
        for (String key : new HashSet<>(outbound.told())) {
            if (key.startsWith(ALARM) && !all.containsKey(key)) {
                outbound.over(key, List.of(outbound.call("operator.alarm_cleared", alarm(key))));
            }
        }
    }

    private static ObjectNode alarm(String key) {
        return JsonNodeFactory.instance.objectNode().put("alarm", key.substring(ALARM.length()));
    }

    private void rearm() {
        for (Account account : List.copyOf(refilled)) {
            refilled.remove(account);
            outbound.over(LOW + name(account), List.of());
            outbound.over(RUNNING_OUT + name(account), List.of());
        }
    }

    private void tell(String kind, Account account, String type, ObjectNode data, String subject, String text) {
        String key = kind + name(account);
        if (outbound.isNews(key)) {
            outbound.tell(
                    key,
                    List.of(
                            outbound.call(type, data),
                            outbound.letter(
                                    account.customerId(),
                                    subject,
                                    text
                                            + "\n\nWhen none are left, requests are refused or billed as your plan says. You can"
                                            + " add credits on your account's page.\n")));
        }
    }

    private ObjectNode data(Account account) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("customer_id", account.customerId())
                .put("credit_entitlement_id", account.entitlementId())
                .put("at", Instant.ofEpochMilli(clock.millis()).toString());
    }

    private static String name(Account account) {
        return account.customerId() + "/" + account.entitlementId();
    }

    private static String number(long units) {
        return String.format(Locale.ROOT, "%,d", units);
    }

    @Override
    public void close() {
        rearm();
        outbound.close();
    }
}
