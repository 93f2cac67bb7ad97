package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.admission.Caller;
import dev.tollgate.admission.KeyHash;
import dev.tollgate.admission.KeyRing;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.catalogue.Catalogue;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Balances;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import dev.tollgate.mail.MailSettings;
import dev.tollgate.mail.Mailer;
import dev.tollgate.portal.CustomerPortal;
import dev.tollgate.portal.Portal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What the customers' page wants to know of the service. */
final class PortalParts {
    private static final String SECRET_FILE = "portal.secret";
    private static final int SECRET_BYTES = 32;
    private static final long READING_SECONDS = 5;

    private PortalParts() {}

    static Portal portal(
            Settings settings, Money money, KeyRing keys, InstantSource clock, ExecutorService virtualThreads)
            throws StartException {
        if (!settings.portal().enabled()) {
            return Portal.NONE;
        }
        CustomerPortal portal = new CustomerPortal(
                new CustomerPortal.Settings(
                        money.entitlementId(),
                        settings.server().publicUrl(),
                        secret(settings.journal().directory()),
                        offers(settings.portal().catalogue())),
                new CustomerPortal.Parts(
                        new JournalBooks(
                                money.ledger(),
                                money.balances(),
                                settings.journal().directory(),
                                Parts.issuedOverage(settings)),
                        hash -> account(keys, hash),
                        money.customerKeys(),
                        money.dodo(),
                        mail(settings, clock),
                        clock,
                        virtualThreads));
        money.listen(portal::heard);
        return portal;
    }

    private static CustomerPortal.@Nullable Mail mail(Settings settings, InstantSource clock) throws StartException {
        @Nullable Mailer mailer = mailer(settings, clock);
        return mailer == null ? null : mailer::send;
    }

    /** Null when no mail server is named. */
    static @Nullable Mailer mailer(Settings settings, InstantSource clock) throws StartException {
        @Nullable MailSettings mail = settings.mail();
        try {
            return mail == null ? null : new Mailer(mail, clock);
        } catch (IOException e) {
            throw new StartException("mail: cannot set up TLS; check trust_certificates: " + e.getMessage());
        }
    }

    private static Optional<Account> account(KeyRing keys, KeyHash hash) {
        @Nullable Caller caller = keys.find(hash);
        return caller == null || caller.revoked() ? Optional.empty() : Optional.of(caller.account());
    }

    private static List<CustomerPortal.Offer> offers(@Nullable Catalogue catalogue) {
        List<CustomerPortal.Offer> offers = new ArrayList<>();
        if (catalogue != null) {
            for (Catalogue.Product product : catalogue.products()) {
                product.dodoId().ifPresent(id -> offers.add(new CustomerPortal.Offer(product, id)));
            }
        }
        return offers;
    }

    /** What signs sessions: made once, kept beside the journal for its owner alone, so that a restart signs nobody out. */
    static String secret(Path folder) throws StartException {
        Path file = folder.resolve(SECRET_FILE);
        try {
            if (!Files.exists(file)) {
                byte[] bytes = new byte[SECRET_BYTES];
                new SecureRandom().nextBytes(bytes);
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(file, HexFormat.of().formatHex(bytes), StandardOpenOption.WRITE);
            }
            String secret = Files.readString(file, StandardCharsets.UTF_8).strip();
            if (secret.length() < SECRET_BYTES) {
                throw new StartException(
                        file + " is too short to sign sessions with; remove it, and a new one is made");
            }
            return secret;
        } catch (IOException e) {
            throw new StartException("cannot read or make " + file + ": " + e.getMessage());
        }
    }

    /** The view of an account of which the ledger says nothing. */
    static AccountView unknown(Account account) {
        return new AccountView(account, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, Fact.Terms.NONE);
    }

    /** The gate's numbers from the ledger, the rest from the journal. */
    private record JournalBooks(LedgerThread ledger, Balances balances, Path folder, Overage overage)
            implements CustomerPortal.Books {

        @Override
        public AccountView view(Account account) throws InterruptedException {
            balances.touch(account);
            AccountView view = look(account);
            if (view.known()) {
                return view;
            }
            try {
                balances.refresh(account).toCompletableFuture().get(READING_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                return view;
            }
            return look(account);
        }

        private AccountView look(Account account) throws InterruptedException {
            CompletableFuture<LedgerThread.Reply<AccountView>> reply = new CompletableFuture<>();
            ledger.submit(new Command.Look(account, overage), reply::complete);
            try {
                return switch (reply.get()) {
                    case LedgerThread.Reply.Durable<AccountView> durable -> durable.answer();
                    case LedgerThread.Reply.Refused<AccountView> ignored -> unknown(account);
                };
            } catch (ExecutionException e) {
                throw new IllegalStateException("a reply cannot fail", e);
            }
        }

        @Override
        public List<Journal.UsageSum> usage(Journal.UsageQuery query) throws JournalException {
            try (Journal.History history = SqliteJournal.read(folder)) {
                return history.usage(query);
            }
        }

        @Override
        public List<JsonNode> recent(Account account, int most) throws JournalException {
            try (Journal.History history = SqliteJournal.read(folder)) {
                List<JsonNode> requests = new ArrayList<>();
                for (String id : history.recentRequests(account, most)) {
                    requests.add(ExplainedRequest.of(history.ofRequest(id)).json());
                }
                return requests;
            }
        }

        @Override
        public Optional<JsonNode> explain(Account account, String requestId) throws JournalException {
            try (Journal.History history = SqliteJournal.read(folder)) {
                List<Fact> facts = history.ofRequest(requestId);
                boolean theirs = !facts.isEmpty() && facts.getFirst().account().equals(account);
                return theirs ? Optional.of(ExplainedRequest.of(facts).json()) : Optional.empty();
            }
        }
    }
}
