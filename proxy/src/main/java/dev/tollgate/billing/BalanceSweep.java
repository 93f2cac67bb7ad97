package dev.tollgate.billing;

import dev.tollgate.billing.DodoClient.Balance;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.journal.Account;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import java.time.InstantSource;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes through Dodo's list of balances, page after page and round after round, and finds the accounts whose webhooks were
 * lost. A row may be older or newer than what the ledger has, so it changes nothing: it only decides who is read closely.
 *
 * <p>Owned by one thread that may wait.
 */
final class BalanceSweep {
    private static final Logger LOG = LoggerFactory.getLogger(BalanceSweep.class);
    private static final long CROWDED_MILLIS = 1_000;
    private static final long RETRY_MILLIS = 10_000;

    private final DodoClient client;
    private final LedgerClient ledger;
    private final String entitlementId;
    private final long roundMillis;
    private final CallLimiter limiter;
    private final InstantSource clock;
    private final Findings findings;
    private int page;
    private long roundBeganMillis;
    private boolean failing;

    /** Hears what became of each row of an account that the ledger knows. */
    interface Findings {
        /** A call is about to be made. */
        void calls();

        /** Dodo shows what the ledger has. */
        void agrees(Account account);

        /** Dodo shows less, by no more than the usage that it is still to deduct: some of that was deducted. */
        void lags(Account account);

        /** Something came or went that the ledger does not know of. */
        void differs(Account account);
    }

    /** @param roundMillis how long a round takes at least, where there are few balances */
    BalanceSweep(
            DodoClient client,
            LedgerClient ledger,
            String entitlementId,
            int callsPerMinute,
            long roundMillis,
            InstantSource clock,
            Findings findings) {
        this.client = client;
        this.ledger = ledger;
        this.entitlementId = entitlementId;
        this.roundMillis = roundMillis;
        this.limiter = new CallLimiter(new BillingSettings.RateLimit(1, callsPerMinute));
        this.clock = clock;
        this.findings = findings;
    }

    /** Looks at the next page, if it is time for it. Answers in how many milliseconds it is to be called again. */
    long step() throws InterruptedException {
        if (client.isCrowded()) {
            return CROWDED_MILLIS;
        }
        long waitMillis = limiter.take(1, clock.millis());
        if (waitMillis > 0) {
            return waitMillis;
        }
        findings.calls();
        roundBeganMillis = page == 0 ? clock.millis() : roundBeganMillis;
        Result<Map<String, Balance>> result = client.balancePage(entitlementId, page);
        if (!(result instanceof Result.Ok<Map<String, Balance>> ok)) {
            return failed(result);
        }
        failing = false;
        for (Map.Entry<String, Balance> row : ok.value().entrySet()) {
            compare(new Account(row.getKey(), entitlementId), row.getValue());
        }
        boolean last = ok.value().isEmpty();
        page = last ? 0 : page + 1;
        return last ? Math.clamp(roundBeganMillis + roundMillis - clock.millis(), 0, roundMillis) : 0;
    }

    private long failed(Result<?> result) {
        if (!failing) {
            LOG.warn("balances are not compared with Dodo's for now: {}", result);
        }
        failing = true;
        return RETRY_MILLIS;
    }

    private void compare(Account account, Balance row) throws InterruptedException {
        Command.Look look = new Command.Look(account, new Overage.Off());
        if (!(ledger.ask(look) instanceof LedgerThread.Reply.Durable<AccountView> reply)
                || !reply.answer().known()) {
            return;
        }
        AccountView view = reply.answer();
        long missingUnits = view.netUnits() - Math.subtractExact(row.balanceUnits(), row.overageUnits());
        if (missingUnits == 0) {
            findings.agrees(account);
        } else if (missingUnits > 0 && missingUnits <= view.unreflectedUnits()) {
            findings.lags(account);
        } else {
            findings.differs(account);
        }
    }
}
