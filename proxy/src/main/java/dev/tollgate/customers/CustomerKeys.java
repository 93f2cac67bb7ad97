package dev.tollgate.customers;

import dev.tollgate.admission.KeyHash;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The keys that customers were given while the service ran, beside those in the settings. They live in the journal, by
 * their hash alone, and take effect, or lose it, with the fact that says so.
 *
 * <p>{@link #fold} is called by one thread at a time: by whoever reads the journal at start, then by the ledger thread.
 * Everything else is safe on every thread; what changes something waits for the journal.
 */
public final class CustomerKeys {
    private static final int KEYS_PER_ACCOUNT_MAX = 100;
    private static final int LENT_MAX = 10_000;
    private static final int NAME_CHARS_MAX = 100;

    /** Origin of what is no key, but notes that one must not work. */
    private static final String ENDED = "ended grant ";

    private final LedgerThread ledger;
    private final InstantSource clock;
    private final Supplier<String> keyIds;
    private final Supplier<String> secrets;

    /** What the journal says last of each key, by key id. Written by {@link #fold}. */
    private final Map<String, Fact.KeyChanged> keys = new ConcurrentHashMap<>();

    private final Map<KeyHash, Fact.KeyChanged> byHash = new ConcurrentHashMap<>();

    /** The ids of each customer's keys, and what keys were made for, so that nobody looks through all of them. */
    private final Map<String, Set<String>> idsByCustomer = new ConcurrentHashMap<>();

    private final Set<String> origins = ConcurrentHashMap.newKeySet();

    /** Keys for the page itself, which are forgotten with the process. */
    private final Map<KeyHash, Lent> lent = new ConcurrentHashMap<>();

    private record Lent(Key key, long untilMillis) {}

    /** One key, without what would let anyone use it. */
    public record Key(String id, Account account, String name, boolean revoked, long atMillis) {}

    /** What came of asking for a key. */
    public sealed interface Issuing {
        /** @param secret the key itself; it is not kept and cannot be shown again */
        record Issued(Key key, String secret) implements Issuing {
            @Override
            public String toString() {
                return "Issued(" + key + ")";
            }
        }

        /** The purchase that this key would be for has led to one already. */
        record AlreadyIssued() implements Issuing {}

        /** The account has as many keys as it may have. */
        record TooMany(int most) implements Issuing {}

        /** Nothing is known of what became of it; the journal does not answer. */
        record Unavailable() implements Issuing {}
    }

    /**
     * @param keyIds makes an id that no other key has
     * @param secrets makes keys
     */
    public CustomerKeys(LedgerThread ledger, InstantSource clock, Supplier<String> keyIds, Supplier<String> secrets) {
        this.ledger = ledger;
        this.clock = clock;
        this.keyIds = keyIds;
        this.secrets = secrets;
    }

    /** Takes over what the journal says. */
    public void fold(Fact.KeyChanged fact) {
        keys.put(fact.keyId(), fact);
        byHash.put(KeyHash.ofHex(fact.hash()), fact);
        idsByCustomer
                .computeIfAbsent(fact.account().customerId(), any -> ConcurrentHashMap.newKeySet())
                .add(fact.keyId());
        origins.add(fact.origin());
    }

    private Stream<Fact.KeyChanged> ofCustomer(String customerId) {
        return idsByCustomer.getOrDefault(customerId, Set.of()).stream()
                .map(keys::get)
                .filter(Objects::nonNull);
    }

    /** Who stands behind a key; null for one that was not made here. Never waits. */
    public @Nullable Key find(KeyHash hash) {
        Fact.@Nullable KeyChanged fact = byHash.get(hash);
        if (fact != null) {
            return key(fact);
        }
        @Nullable Lent loan = lent.get(hash);
        return loan == null || loan.untilMillis() <= clock.millis() ? null : loan.key();
    }

    /** Whether a customer has a key here that works. */
    public boolean knows(String customerId) {
        return ofCustomer(customerId).anyMatch(fact -> !fact.revoked());
    }

    /** An account's keys, oldest first, revoked ones too. */
    public List<Key> of(Account account) {
        return ofCustomer(account.customerId())
                .filter(fact -> fact.account().equals(account) && !fact.origin().startsWith(ENDED))
                .map(CustomerKeys::key)
                .sorted(Comparator.comparingLong(Key::atMillis).thenComparing(Key::id))
                .toList();
    }

    /** Accounts with a key that works. */
    public List<Account> accounts() {
        return keys.values().stream()
                .filter(fact -> !fact.revoked())
                .map(Fact.KeyChanged::account)
                .distinct()
                .toList();
    }

    /**
     * Makes a key; it works once this returns.
     *
     * @param origin what it is for: at most one key is made for each, unless it is empty
     */
    public Issuing issue(Account account, String name, String origin) throws InterruptedException {
        if (!origin.isEmpty() && origins.contains(origin)) {
            return new Issuing.AlreadyIssued();
        }
        long working = of(account).stream().filter(key -> !key.revoked()).count();
        if (working >= KEYS_PER_ACCOUNT_MAX) {
            return new Issuing.TooMany(KEYS_PER_ACCOUNT_MAX);
        }
        String secret = secrets.get();
        Fact.KeyChanged fact = new Fact.KeyChanged(
                keyIds.get(), account, KeyHash.ofKey(secret).hex(), shortened(name), origin, false, clock.millis());
        return switch (change(fact)) {
            case LedgerThread.Reply.Durable<Boolean> durable ->
                durable.answer() ? new Issuing.Issued(key(fact), secret) : new Issuing.AlreadyIssued();
            case LedgerThread.Reply.Refused<Boolean> ignored -> new Issuing.Unavailable();
        };
    }

    /**
     * Takes over a key that somebody else made, such as a licence key of Dodo's. A key that was revoked stays so.
     *
     * @param grantId what it came with, by which it may be ended later; empty where that is not known
     * @return false when the journal does not answer
     */
    public boolean adopt(Account account, String name, String grantId, String secret) throws InterruptedException {
        String hash = KeyHash.ofKey(secret).hex();
        Fact.@Nullable KeyChanged present = byHash.get(KeyHash.ofHex(hash));
        boolean linked =
                grantId.isEmpty() || (present != null && present.origin().startsWith(granted(grantId)));
        if (present != null && (linked || !present.account().equals(account))) {
            return true;
        }
        boolean ended = origins.contains(ended(grantId)) || (present != null && present.revoked());
        Fact.KeyChanged fact = new Fact.KeyChanged(
                present == null ? keyIds.get() : present.keyId(),
                account,
                hash,
                shortened(name),
                grantId.isEmpty() ? "adopted " + hash : granted(grantId) + hash,
                ended,
                present == null ? clock.millis() : present.atMillis());
        return change(fact) instanceof LedgerThread.Reply.Durable<Boolean>;
    }

    /**
     * Ends a key that somebody else made, or whichever came with a grant. One that never was here is noted too, so that it
     * does not begin to work when the news come in the wrong order.
     *
     * @param secret empty where only the grant is known
     * @return false when the journal does not answer
     */
    public boolean disown(Account account, String name, String grantId, String secret) throws InterruptedException {
        if (!secret.isEmpty()) {
            return adopt(account, name, grantId, secret) && end(account, KeyHash.ofKey(secret));
        }
        List<Fact.KeyChanged> granted = keys.values().stream()
                .filter(fact -> fact.account().equals(account) && fact.origin().startsWith(granted(grantId)))
                .toList();
        for (Fact.KeyChanged fact : granted) {
            if (!revoke(account, fact.keyId())) {
                return false;
            }
        }
        return !granted.isEmpty() || origins.contains(ended(grantId)) || noteEnd(account, name, grantId);
    }

    /** Stands in for a key that is not known, and that shall not work when it becomes known. */
    private boolean noteEnd(Account account, String name, String grantId) throws InterruptedException {
        String hash = KeyHash.ofKey(ended(grantId)).hex();
        Fact.KeyChanged fact =
                new Fact.KeyChanged(keyIds.get(), account, hash, shortened(name), ended(grantId), true, clock.millis());
        return change(fact) instanceof LedgerThread.Reply.Durable<Boolean>;
    }

    private static String granted(String grantId) {
        return "grant " + grantId + " ";
    }

    private static String ended(String grantId) {
        return ENDED + grantId;
    }

    private boolean end(Account account, KeyHash hash) throws InterruptedException {
        Fact.@Nullable KeyChanged fact = byHash.get(hash);
        return fact == null || !fact.account().equals(account) || revoke(account, fact.keyId());
    }

    /**
     * Ends a key for good; no request is let in with it once this returns.
     *
     * @return false when the account has no such key, or the journal does not answer
     */
    public boolean revoke(Account account, String keyId) throws InterruptedException {
        Fact.@Nullable KeyChanged fact = keys.get(keyId);
        if (fact == null || !fact.account().equals(account)) {
            return false;
        }
        return fact.revoked() || change(fact.asRevoked(clock.millis())) instanceof LedgerThread.Reply.Durable<Boolean>;
    }

    /** Gives out a key that works for a while and is in no journal. */
    public String lend(Account account, String name, long millis) {
        long nowMillis = clock.millis();
        lent.values().removeIf(loan -> loan.untilMillis() <= nowMillis);
        if (lent.size() >= LENT_MAX) {
            lent.clear();
        }
        String secret = secrets.get();
        Key key = new Key(keyIds.get(), account, name, false, nowMillis);
        lent.put(KeyHash.ofKey(secret), new Lent(key, nowMillis + millis));
        return secret;
    }

    private static Key key(Fact.KeyChanged fact) {
        return new Key(fact.keyId(), fact.account(), fact.name(), fact.revoked(), fact.atMillis());
    }

    private static String shortened(String name) {
        String printable = name.replaceAll("\\p{Cntrl}", " ").strip();
        return printable.length() <= NAME_CHARS_MAX ? printable : printable.substring(0, NAME_CHARS_MAX);
    }

    private LedgerThread.Reply<Boolean> change(Fact.KeyChanged fact) throws InterruptedException {
        CompletableFuture<LedgerThread.Reply<Boolean>> reply = new CompletableFuture<>();
        ledger.submit(new Command.ChangeKey(fact), reply::complete);
        try {
            return Objects.requireNonNull(reply.get());
        } catch (ExecutionException e) {
            throw new IllegalStateException("a reply cannot fail", e);
        }
    }
}
