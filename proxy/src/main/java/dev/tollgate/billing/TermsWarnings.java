package dev.tollgate.billing;

import dev.tollgate.billing.BillingObserver.Mismatch;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once, for each account, that Dodo's meter and its credits do not fit together. Safe on every thread. */
final class TermsWarnings {
    private static final Logger LOG = LoggerFactory.getLogger(TermsWarnings.class);
    private static final int ACCOUNTS_MAX = 100_000;

    private final BillingObserver observer;
    private final Map<Account, Mismatch> warned = new ConcurrentHashMap<>();

    TermsWarnings(BillingObserver observer) {
        this.observer = observer;
    }

    void look(Account account, Fact.Terms terms, long netUnits) {
        Optional<Mismatch> mismatch = mismatch(terms, netUnits);
        if (mismatch.isEmpty()) {
            warned.remove(account);
            return;
        }
        boolean room = warned.size() < ACCOUNTS_MAX || warned.containsKey(account);
        if (room && warned.put(account, mismatch.get()) != mismatch.get()) {
            observer.termsMismatched(mismatch.get());
            LOG.warn("{} {}", account, advice(mismatch.get()));
        }
    }

    private static Optional<Mismatch> mismatch(Fact.Terms terms, long netUnits) {
        if (terms.deductingSubscriptions() > 1) {
            return Optional.of(Mismatch.DEDUCTED_TWICE);
        }
        boolean undeducted = terms.deductingSubscriptions() == 0 && netUnits > 0;
        return undeducted ? Optional.of(Mismatch.NOT_DEDUCTED) : Optional.empty();
    }

    private static String advice(Mismatch mismatch) {
        return switch (mismatch) {
            case NOT_DEDUCTED ->
                "has credits that no live subscription deducts usage from: Dodo's balance does not go down by itself;"
                        + " dodo.unmetered_credits says whether that is refused, counted here alone, or debited";
            case DEDUCTED_TWICE ->
                "has more than one live subscription that deducts usage from its credits: Dodo may deduct it more than"
                        + " once; cancel all but one";
        };
    }
}
