package dev.tollgate.billing;

import dev.tollgate.journal.Account;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Accounts that wait to be read, each once: first those of which something was heard, then those that are due, in the
 * order in which they came, so that nobody is passed over. Guarded by itself; never waits for long.
 */
final class ReadingQueue {
    private final int accountsMax;
    private final Set<Account> heardOf = new LinkedHashSet<>();
    private final Set<Account> due = new LinkedHashSet<>();

    ReadingQueue(int accountsMax) {
        this.accountsMax = accountsMax;
    }

    /** One too many is left out; it is due again when it is touched the next time. */
    synchronized void addDue(Account account) {
        if (due.size() < accountsMax && !heardOf.contains(account)) {
            due.add(account);
        }
    }

    synchronized void addHeardOf(Account account) {
        if (heardOf.size() < accountsMax) {
            heardOf.add(account);
            due.remove(account);
        }
    }

    /** Takes the next one out if {@code admitted} says that there is room for it; null otherwise. */
    synchronized @Nullable Account take(Predicate<Account> admitted) {
        Iterator<Account> next = (heardOf.isEmpty() ? due : heardOf).iterator();
        if (!next.hasNext()) {
            return null;
        }
        Account account = next.next();
        if (!admitted.test(account)) {
            return null;
        }
        next.remove();
        return account;
    }
}
