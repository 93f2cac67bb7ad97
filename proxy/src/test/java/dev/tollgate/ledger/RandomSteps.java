package dev.tollgate.ledger;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Draws steps. One seed always gives the same steps. */
final class RandomSteps {
    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final int ACCOUNTS = History.ACCOUNTS.size();
    private static final long[] SCALES = {1, 1, 20, 1_000_000_000L};

    private final Random random;
    private final long scale;
    private final boolean foreignUsage;
    private final List<Integer> running = new ArrayList<>();
    private int requests;

    private RandomSteps(long seed) {
        this.random = new Random(seed);
        this.scale = SCALES[random.nextInt(SCALES.length)];
        this.foreignUsage = random.nextInt(4) == 0;
    }

    static List<Step> of(long seed, int count) {
        RandomSteps drawing = new RandomSteps(seed);
        List<Step> steps = new ArrayList<>(count);
        for (int account = 0; account < ACCOUNTS; account++) {
            steps.add(drawing.grant(account));
            steps.add(new Step.Subscribe(account, drawing.random.nextInt(4) > 0));
            steps.add(new Step.TakeReading(account, drawing.random.nextBoolean(), true));
            steps.add(new Step.DeliverReading(account));
        }
        while (steps.size() < count) {
            steps.add(drawing.step());
        }
        return steps;
    }

    private Step step() {
        int account = random.nextInt(ACCOUNTS);
        int roll = random.nextInt(1_000);
        if (roll < 20) {
            running.add(requests);
            return new Step.ReserveAll(requests++, account, random.nextInt(2));
        } else if (roll < 280) {
            return reserve(account);
        } else if (roll < 300) {
            return new Step.Shrink(stillRunning(), random.nextInt(4) == 0 ? 1_000 : random.nextInt(1_001));
        } else if (roll < 420) {
            int permille = random.nextInt(3) == 0 ? 1_000 : random.nextInt(1_001);
            return new Step.Settle(running(), permille, random.nextInt(3) == 0);
        } else if (roll < 460) {
            return new Step.Release(running());
        } else if (roll < 620) {
            return atDodo(account, roll);
        } else if (roll < 830) {
            return arrival(account, roll);
        } else if (roll < 860) {
            int permille = random.nextInt(4) == 0 ? 0 : random.nextInt(1_001);
            return new Step.FindTruth(random.nextInt(requests + 1), permille);
        } else if (roll < 979) {
            return new Step.Advance(pause());
        } else if (roll < 985) {
            long pauseMillis = MINUTE + random.nextLong(HOUR);
            int quiet = random.nextInt(4) == 0 ? account : 0;
            return new Step.Quiet(quiet, random.nextLong(10 * MINUTE + 1), pauseMillis, random.nextBoolean());
        }
        return random.nextInt(3) > 0 ? new Step.Crash() : new Step.CrashDuring(undecided(account));
    }

    private Step atDodo(int account, int roll) {
        boolean sameMoment = random.nextInt(3) == 0;
        if (roll < 530) {
            long lagMillis = random.nextLong(random.nextBoolean() ? 10 * SECOND : 10 * MINUTE + 1);
            return new Step.Ship(account, random.nextInt(8), lagMillis, random.nextInt(4) == 0);
        } else if (roll < 580) {
            return new Step.Work(account, 1 + random.nextInt(3), sameMoment);
        } else if (roll < 600) {
            return grant(account);
        } else if (roll < 610) {
            return random.nextInt(3) == 0
                    ? new Step.Debit(account, amount(4_000), sameMoment)
                    : new Step.Expire(account);
        }
        return switch (random.nextInt(9)) {
            case 0, 1 -> new Step.ResetOverage(account);
            case 2 -> new Step.Correct(account, amount(2_000) - 1_000 * scale);
            case 3, 4 -> new Step.Allow(2, random.nextInt(6) == 0 ? Long.MAX_VALUE : amount(3_000));
            case 5 -> new Step.Behave(account, ways());
            case 6, 7 -> new Step.Subscribe(account, random.nextBoolean());
            default -> foreignUsage ? new Step.ForeignUsage(account, amount(2_000)) : new Step.ResetOverage(account);
        };
    }

    private Step arrival(int account, int roll) {
        if (roll < 710) {
            return new Step.Deliver(account, places());
        } else if (roll < 740) {
            return new Step.DeliverTogether(account, places());
        } else if (roll < 780) {
            return new Step.TakeReading(account, random.nextBoolean(), random.nextBoolean());
        }
        return new Step.DeliverReading(account);
    }

    private Step grant(int account) {
        return new Step.Grant(account, amount(20_000), random.nextBoolean(), random.nextInt(3) == 0, life());
    }

    /** None, or minutes to hours. */
    private long life() {
        return random.nextBoolean() ? 0 : random.nextLong(random.nextBoolean() ? 10 * MINUTE : 5 * HOUR);
    }

    private SimulatedGrants.Ways ways() {
        SimulatedGrants.Order[] orders = SimulatedGrants.Order.values();
        return new SimulatedGrants.Ways(
                orders[random.nextInt(orders.length)],
                random.nextBoolean(),
                random.nextInt(4) > 0,
                random.nextInt(4) == 0);
    }

    private Step.Reserve reserve(int account) {
        int choices = random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 1;
        long mostUnits = amount(random.nextInt(3) == 0 ? 60_000 : 3_000);
        long leastUnits = random.nextBoolean() ? mostUnits : Math.min(mostUnits, 16L * choices);
        long staleAfterMillis = random.nextInt(10) == 0 ? 1 + random.nextLong(HOUR) : 100 * DAY;
        int requestsMax = random.nextInt(10) == 0 ? 1 + random.nextInt(4) : 1_000;
        running.add(requests);
        return new Step.Reserve(
                requests++,
                account,
                amount(500),
                leastUnits,
                mostUnits,
                choices,
                requestsMax,
                staleAfterMillis,
                leeway());
    }

    private Command.Leeway leeway() {
        return switch (random.nextInt(4)) {
            case 0 -> new Command.Leeway(random.nextBoolean(), amount(500), 1_000, amount(5_000));
            case 1 -> new Command.Leeway(true, Long.MAX_VALUE, 1 + random.nextInt(1_000), amount(5_000));
            case 2 -> new Command.Leeway(false, Long.MAX_VALUE, 1_000, 0);
            default -> Command.Leeway.STRICT;
        };
    }

    private Step.OfRequest undecided(int account) {
        return switch (random.nextInt(4)) {
            case 0 -> reserve(account);
            case 1 -> new Step.Settle(running(), 700);
            case 2 -> new Step.Shrink(running(), 700);
            default -> new Step.Release(running());
        };
    }

    /** Mostly a request that may be open, sometimes one that has ended, or never was. */
    private int running() {
        if (running.isEmpty() || random.nextInt(10) == 0) {
            return random.nextInt(requests + 1);
        }
        Collections.swap(running, random.nextInt(running.size()), running.size() - 1);
        return running.removeLast();
    }

    private int stillRunning() {
        int request = running();
        running.add(request);
        return request;
    }

    private List<Integer> places() {
        int reach = random.nextInt(4) == 0 ? 1_000 : 6;
        return IntStream.range(0, 1 + random.nextInt(4))
                .mapToObj(index -> random.nextInt(reach))
                .toList();
    }

    private long amount(long most) {
        return (random.nextLong(most) + 1) * scale;
    }

    private long pause() {
        long most = switch (random.nextInt(8)) {
            case 0, 1, 2 -> SECOND;
            case 3, 4 -> MINUTE;
            case 5, 6 -> 10 * MINUTE;
            default -> 3 * DAY;
        };
        return random.nextLong(most);
    }
}
