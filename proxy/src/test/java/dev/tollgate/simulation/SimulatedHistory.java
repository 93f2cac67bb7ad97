package dev.tollgate.simulation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.standardwebhooks.Webhook;
import dev.tollgate.admission.Caller;
import dev.tollgate.admission.Demand;
import dev.tollgate.billing.WebhookReceiver;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.JournalException;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One history of everybody concerned, from a seed: some hours of trouble, then quiet, then all books are compared. */
final class SimulatedHistory {
    private static final long START_MILLIS = 1_767_225_600_000L;
    private static final long MINUTE_MILLIS = 60_000;
    private static final long HOUR_MILLIS = 60 * MINUTE_MILLIS;
    private static final long QUIET_MILLIS = 3 * HOUR_MILLIS;
    private static final int DELIVERIES_MAX = 6;
    private static final int ROLL_OVERS_MAX = 2;

    final Timeline timeline = new Timeline(START_MILLIS);
    final SplittableRandom random;
    final Faults faults;
    final SimulatedDodo dodo;
    final Auditor auditor;
    private final SimulatedDisk disk;
    private final SimulatedClients clients;
    private final List<Account> accounts = new ArrayList<>();
    private final boolean debits;
    private final boolean expiries;

    /** Whether what is left of a grant at the end of its period is rolled over. */
    private final boolean rollsOver;

    private final boolean sharesMeter;
    private final boolean floods;
    private final boolean losesJournal;

    /** What tokens cost; a unit each in most histories. */
    final Demand.Price price;

    private @Nullable SimulatedProcess process;
    private boolean machineDown;
    private int lives;
    private int probed;
    private int journals = 1;
    private int mailboxesFilled;

    SimulatedHistory(long seed) {
        random = new SplittableRandom(seed);
        faults = new Faults(random.split(), timeline);
        int poisonPermille = random.nextInt(4) == 0 ? 60 : 0;
        dodo = new SimulatedDodo(timeline, () -> random.nextLong(10 * MINUTE_MILLIS), poisonPermille);
        auditor = new Auditor(dodo, timeline);
        disk = new SimulatedDisk(timeline, faults, auditor::became);
        clients = new SimulatedClients(this);
        debits = random.nextInt(3) == 0;
        expiries = random.nextInt(3) == 0;
        rollsOver = expiries && random.nextBoolean();
        sharesMeter = random.nextInt(4) == 0;
        floods = random.nextInt(8) == 0;
        losesJournal = random.nextInt(6) == 0;
        price = random.nextInt(4) == 0
                ? new Demand.Price(0, random.nextLong(1, 3_000), random.nextLong(1, 5_000))
                : Demand.Price.TOKENS;
        int customers = 1 + random.nextInt(3);
        for (int i = 0; i < customers; i++) {
            String customerId = "cus_" + i;
            long limit = random.nextInt(3) == 0 ? 2_000 : 0;
            SimulatedCredits credits =
                    new SimulatedCredits(customerId, limit, line -> tell(customerId, line, DELIVERIES_MAX));
            dodo.customers.put(customerId, credits);
            Account account = new Account(customerId, SimulatedDodo.ENTITLEMENT);
            accounts.add(account);
            begin(credits, account);
        }
        supervise();
        outages();
        if (losesJournal) {
            timeline.inWorld(random.nextLong(HOUR_MILLIS), this::loseJournal);
        }
    }

    private void begin(SimulatedCredits credits, Account account) {
        topUp(credits);
        buy(credits);
        work(credits);
        if (sharesMeter) {
            useElsewhere(credits);
        }
        Caller caller = new Caller(
                "key_" + account.customerId(),
                account,
                new Overage.AsDodoSays(),
                new Caller.HoldPolicy.Strict(),
                false,
                Caller.Disconnect.DRAIN,
                List.of(),
                Long.MAX_VALUE);
        clients.arrive(caller);
    }

    @Nullable
    SimulatedProcess process() {
        return timeline.alive() == Timeline.WORLD ? null : process;
    }

    int lives() {
        return lives;
    }

    long refusals() {
        return clients.refusals();
    }

    long confirmedRefusals() {
        return clients.judgedRefusals();
    }

    int journals() {
        return journals;
    }

    int mailboxesFilled() {
        return mailboxesFilled;
    }

    /** Plays it all. What is broken afterwards is with the auditor. */
    void play() {
        long endMillis = START_MILLIS + HOUR_MILLIS / 4 + random.nextLong(2 * HOUR_MILLIS);
        while (timeline.millis() < endMillis && auditor.broken().isEmpty()) {
            timeline.run(timeline.millis() + MINUTE_MILLIS);
        }
        faults.becomeQuiet();
        dodo.cure();
        timeline.note("quiet");
        refreshNowAndThen();
        long restMillis = timeline.millis() + QUIET_MILLIS;
        while (timeline.millis() < restMillis && auditor.broken().isEmpty()) {
            timeline.run(timeline.millis() + MINUTE_MILLIS);
        }
        if (auditor.broken().isEmpty()) {
            auditor.compareBooks();
            accounts.forEach(this::compare);
            timeline.run(timeline.millis() + MINUTE_MILLIS);
            auditor.require(
                    clients.lastWords() == 2 * probed, "phantom refusal: not everybody was answered at the end");
        }
    }

    private void compare(Account account) {
        SimulatedProcess now = process();
        if (now == null) {
            auditor.require(false, "no process lives in quiet times");
            return;
        }
        now.ledger.submit(new Command.Look(account, new Overage.AsDodoSays()), reply -> {
            if (reply instanceof LedgerThread.Reply.Durable<AccountView> view) {
                long units = view.answer().availableUnits();
                auditor.compareAccount(account, units, journals == 1);
                if (units > 20
                        && !dodo.customer(account.customerId())
                                .expires(timeline.millis() - 2 * HOUR_MILLIS, Long.MAX_VALUE - 1)) {
                    probed++;
                    clients.probe(account, units);
                }
            } else {
                auditor.require(false, "the ledger does not answer");
            }
        });
    }

    private void refreshNowAndThen() {
        SimulatedProcess now = process();
        if (now != null) {
            now.replay();
            accounts.forEach(account -> {
                var unused = now.balances.refresh(account);
            });
        }
        timeline.inWorld(10 * MINUTE_MILLIS, this::refreshNowAndThen);
    }

    /** In some histories the ledger stands still now and then, while a request ends. */
    void mayFlood(long millis) {
        SimulatedProcess now = process();
        if (floods && now != null && !faults.isQuiet() && random.nextInt(20) == 0) {
            timeline.note("the ledger's mailbox is full");
            mailboxesFilled++;
            now.flood(accounts.getFirst(), millis);
        }
    }

    /** The process dies, and the next one finds an empty disk. */
    private void loseJournal() {
        if (!faults.isQuiet()) {
            timeline.note("the journal is lost");
            journals++;
            timeline.live(Timeline.WORLD);
            disk.lose();
            auditor.forgetJournal();
        }
    }

    private void useElsewhere(SimulatedCredits credits) {
        timeline.inWorld(random.nextLong(20 * MINUTE_MILLIS), () -> {
            if (!faults.isQuiet()) {
                credits.ingestForeign(random.nextLong(1, 2_000), timeline.millis());
            }
            useElsewhere(credits);
        });
    }

    private void supervise() {
        timeline.inWorld(2_000, this::supervise);
        if (timeline.alive() == Timeline.WORLD) {
            start();
        }
    }

    private void start() {
        lives++;
        timeline.note("process " + lives + " starts");
        machineDown = random.nextInt(4) == 0;
        timeline.live(lives);
        try {
            process = new SimulatedProcess(lives, timeline, faults, disk, dodo, this::orphan, random.split());
        } catch (JournalException e) {
            timeline.live(Timeline.WORLD);
        }
    }

    /** The notes about running requests are in memory that survives a process, and not a machine. */
    private Command.OrphanEnd orphan(Fact.Reserved reserved) {
        if (machineDown) {
            return new Command.OrphanEnd.Unknown();
        }
        if (!auditor.wasSent(reserved.requestId())) {
            return new Command.OrphanEnd.Unbilled("not_sent");
        }
        return faults.coin()
                ? new Command.OrphanEnd.Unknown()
                : new Command.OrphanEnd.Estimated(random.nextLong(reserved.heldUnits() + 100));
    }

    private void outages() {
        timeline.inWorld(random.nextLong(HOUR_MILLIS), () -> {
            if (random.nextInt(3) == 0) {
                faults.outage(random.nextLong(2 * HOUR_MILLIS));
            }
            outages();
        });
    }

    private void work(SimulatedCredits credits) {
        timeline.inWorld(MINUTE_MILLIS / 2 + random.nextLong(MINUTE_MILLIS / 2), () -> {
            credits.work(timeline.millis());
            work(credits);
        });
    }

    private void buy(SimulatedCredits credits) {
        timeline.inWorld(5 * MINUTE_MILLIS + random.nextLong(60 * MINUTE_MILLIS), () -> {
            if (debits && random.nextBoolean() && !faults.isQuiet()) {
                credits.debit(random.nextLong(1, 5_000), timeline.millis());
            } else if (!faults.isQuiet()) {
                topUp(credits);
            }
            buy(credits);
        });
    }

    private void topUp(SimulatedCredits credits) {
        boolean lasts = !expiries || random.nextBoolean();
        long expiresAtMillis =
                lasts ? Long.MAX_VALUE : timeline.millis() + random.nextLong(5 * MINUTE_MILLIS, 2 * HOUR_MILLIS);
        SimulatedCredits.Parcel parcel =
                credits.grant(random.nextLong(100, 15_000), expiresAtMillis, timeline.millis());
        if (!lasts) {
            end(credits, parcel, rollsOver ? ROLL_OVERS_MAX : 0);
        }
    }

    /** A grant's period ends, and Dodo notices within a minute. */
    private void end(SimulatedCredits credits, SimulatedCredits.Parcel parcel, int rollOvers) {
        long lateMillis = random.nextLong(MINUTE_MILLIS);
        timeline.inWorld(parcel.expiresAtMillis - timeline.millis() + lateMillis, () -> {
            if (rollOvers == 0) {
                credits.expire(parcel, timeline.millis());
                return;
            }
            long nextMillis = timeline.millis() + random.nextLong(5 * MINUTE_MILLIS, HOUR_MILLIS);
            int percent = random.nextInt(1, 101);
            var moved = credits.rollOver(parcel, percent, random.nextBoolean(), nextMillis, timeline.millis());
            if (moved != null) {
                end(credits, moved, rollOvers - 1);
            }
        });
    }

    /** A webhook goes out: soon and once, or late, twice or never. */
    private void tell(String customerId, ObjectNode line, int attempts) {
        if (faults.webhookFails()) {
            int kind = faults.oneOf(3);
            if (kind == 0) {
                timeline.note("a webhook is lost: " + line.path("id").asText());
                return;
            }
            timeline.inWorld(random.nextLong(HOUR_MILLIS), () -> deliver(customerId, line, attempts));
            if (kind == 1) {
                return;
            }
        }
        timeline.inWorld(50 + random.nextLong(3_000), () -> deliver(customerId, line, attempts));
    }

    private void deliver(String customerId, ObjectNode line, int attempts) {
        SimulatedProcess now = process();
        if (now == null) {
            again(customerId, line, attempts);
            return;
        }
        String transaction = line.path("transaction_type").asText();
        String type = "credit." + transaction.replaceFirst("^credit_", "");
        String body = "{\"type\":\"" + type + "\",\"data\":" + line + "}";
        String id = "msg_" + line.path("id").asText().replace('.', '_');
        boolean known = auditor.isKnown(customerId);
        now.webhooks
                .receive(headers(id, body), body.getBytes(StandardCharsets.UTF_8))
                .whenComplete((answer, failure) -> {
                    if (failure != null || answer.status() != 200) {
                        again(customerId, line, attempts);
                        return;
                    }
                    long micros = ChronoUnit.MICROS.between(
                            Instant.EPOCH, Instant.parse(line.path("created_at").asText()));
                    boolean durable = auditor.covers(customerId, line.path("id").asText(), micros);
                    auditor.require(!known || durable, "O4: a webhook was answered before its effect was durable");
                });
    }

    private void again(String customerId, ObjectNode line, int attempts) {
        if (attempts > 1) {
            timeline.inWorld(MINUTE_MILLIS, () -> deliver(customerId, line, attempts - 1));
        }
    }

    /** Signatures are judged by the real clock, which decides nothing else. */
    private static WebhookReceiver.Headers headers(String id, String body) {
        long seconds = System.currentTimeMillis() / 1000;
        try {
            String signature = new Webhook(SimulatedProcess.WEBHOOK_SECRET).sign(id, seconds, body);
            return new WebhookReceiver.Headers(id, Long.toString(seconds), List.of(signature));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
