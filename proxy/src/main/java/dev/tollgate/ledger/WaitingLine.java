package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reservations that wait for credits which running requests of the same account hold: served in the order in which they
 * came, so that a large one is not passed by small ones for ever. Not durable; who waits at a crash has held nothing.
 * Owned by its {@link Ledger}.
 */
final class WaitingLine {
    private final Map<Account, Deque<Command.Reserve>> lines = new HashMap<>();

    /** How many wait. */
    int length(Account account) {
        @Nullable Deque<Command.Reserve> line = lines.get(account);
        return line == null ? 0 : line.size();
    }

    void join(Command.Reserve reserve) {
        lines.computeIfAbsent(reserve.account(), account -> new ArrayDeque<>()).addLast(reserve);
    }

    Command.@Nullable Reserve first(Account account) {
        @Nullable Deque<Command.Reserve> line = lines.get(account);
        return line == null ? null : line.peekFirst();
    }

    /** Takes one out; null when it does not wait. */
    Command.@Nullable Reserve leave(Account account, String requestId) {
        @Nullable Deque<Command.Reserve> line = lines.get(account);
        if (line == null) {
            return null;
        }
        Command.@Nullable Reserve found = null;
        for (Iterator<Command.Reserve> each = line.iterator(); found == null && each.hasNext(); ) {
            Command.Reserve reserve = each.next();
            if (reserve.requestId().equals(requestId)) {
                each.remove();
                found = reserve;
            }
        }
        if (line.isEmpty()) {
            lines.remove(account);
        }
        return found;
    }
}
