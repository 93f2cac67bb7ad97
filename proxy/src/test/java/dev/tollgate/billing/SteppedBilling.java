package dev.tollgate.billing;

import java.net.http.HttpClient;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/** Billing for whoever has one thread for everything: calls go through a client of theirs, shipping goes round by round. */
public final class SteppedBilling {
    private static final long IDLE_MILLIS = 30_000;

    private SteppedBilling() {}

    public static DodoClient client(
            BillingSettings.Dodo settings,
            InstantSource clock,
            DodoClient.Pause pause,
            RandomGenerator random,
            HttpClient http) {
        return new DodoClient(settings, new DodoTransport(settings, clock, pause, random, http));
    }

    /** One round of shipping. Answers after how long the next one is due; negative when there will be none. */
    public static long ship(UsageShipper shipper) throws InterruptedException {
        return switch (shipper.round(false)) {
            case UsageShipper.Next.Again ignored -> 0;
            case UsageShipper.Next.Later later -> later.millis();
            case UsageShipper.Next.Idle ignored -> IDLE_MILLIS;
            case UsageShipper.Next.End ignored -> -1;
        };
    }

    /** A look at one page of the list of balances at a time; it answers after how long the next one is due. */
    public interface Sweep {
        long step() throws InterruptedException;
    }

    public static Sweep sweep(BalanceReader balances, String entitlementId) {
        return balances.sweep(entitlementId)::step;
    }
}
