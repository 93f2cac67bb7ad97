package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.alerts.Alerts;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.billing.UsageShipper;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import dev.tollgate.mail.Mailer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks, now and then, whether anybody must be told of something. {@link #check} is for one thread that may wait. */
final class AlertParts {
    private static final Logger LOG = LoggerFactory.getLogger(AlertParts.class);

    private final Alerts alerts;
    private final Money money;
    private final Path folder;
    private final Overage overage;
    private final InstantSource clock;

    private AlertParts(Alerts alerts, Money money, Path folder, Overage overage, InstantSource clock) {
        this.alerts = alerts;
        this.money = money;
        this.folder = folder;
        this.overage = overage;
        this.clock = clock;
    }

    /** Empty when there is nobody to tell. */
    static Optional<AlertParts> of(Settings settings, Money money, InstantSource clock, ExecutorService virtualThreads)
            throws StartException {
        @Nullable Mailer mailer = PortalParts.mailer(settings, clock);
        if (mailer == null && settings.alerts().webhookUrl() == null) {
            return Optional.empty();
        }
        Alerts alerts = new Alerts(
                settings.alerts(),
                settings.journal().directory(),
                mailer == null ? null : mailer::send,
                customerId -> address(money.dodo(), customerId),
                clock,
                virtualThreads);
        recall(alerts, settings.journal().directory());
        money.listen(alerts::heard);
        money.listenForLowBalances(alerts::balanceLow);
        return Optional.of(
                new AlertParts(alerts, money, settings.journal().directory(), Parts.issuedOverage(settings), clock));
    }

    /** Lets forecasts begin with what was used before the start. */
    private static void recall(Alerts alerts, Path folder) {
        try (Journal.History history = SqliteJournal.read(folder)) {
            history.settledSince(alerts.usageSinceMillis(), alerts::used);
        } catch (JournalException e) {
            LOG.warn("forecasts begin without what was used before the start: {}", e.getMessage());
        }
    }

    private static Optional<String> address(DodoClient dodo, String customerId) throws IOException {
        String path = "/customers/"
                + URLEncoder.encode(customerId, StandardCharsets.UTF_8).replace("+", "%20");
        return switch (dodo.read(path)) {
            case Result.Ok<JsonNode> ok ->
                Optional.of(ok.value().path("email").asText()).filter(email -> !email.isEmpty());
            case Result.Refused<JsonNode> refused -> {
                if (refused.status() != 404) {
                    throw new IOException("Dodo does not say where letters go: " + refused.status());
                }
                yield Optional.empty();
            }
            case Result.Unreachable<JsonNode> unreachable -> throw new IOException(unreachable.reason());
        };
    }

    void check() {
        try {
            alerts.alarms(dangers());
            alerts.check(this::availableUnits);
        } catch (RuntimeException e) {
            LOG.error("alerts could not be looked after; they are at the next look", e);
        }
    }

    private OptionalLong availableUnits(Account account) {
        CompletableFuture<LedgerThread.Reply<AccountView>> reply = new CompletableFuture<>();
        money.ledger().submit(new Command.Look(account, overage), reply::complete);
        return switch (reply.join()) {
            case LedgerThread.Reply.Durable<AccountView> durable -> {
                AccountView view = durable.answer();
                yield view.known() && view.availableUnits() != Long.MAX_VALUE
                        ? OptionalLong.of(view.availableUnits())
                        : OptionalLong.empty();
            }
            case LedgerThread.Reply.Refused<AccountView> ignored -> OptionalLong.empty();
        };
    }

    private Map<String, String> dangers() {
        Map<String, String> dangers = new LinkedHashMap<>();
        UsageShipper.Progress progress = money.shipping();
        if (money.ledger().failed()) {
            dangers.put("ledger", "The journal cannot be written; nothing is admitted any more.");
        }
        if (progress.blocked()) {
            dangers.put("shipping", "Usage is not reported to Dodo until a setting changes.");
        }
        if (money.sums().quarantinedEvents() > 0) {
            dangers.put("quarantine", "Dodo refuses usage events for good; they are not billed.");
        }
        long oldestMillis = progress.oldestPendingMillis();
        if (oldestMillis > 0 && clock.millis() - oldestMillis >= MoneyWatch.OLDEST_PENDING_MILLIS) {
            dangers.put("oldest_pending", "Usage has not reached Dodo for ten minutes or more.");
        }
        if (MoneyWatch.freeBytes(folder) < MoneyWatch.FREE_BYTES_WARNING) {
            dangers.put("disk", "The disk of the journal fills up; when it is full, nothing is admitted any more.");
        }
        return dangers;
    }

    void close() {
        alerts.close();
    }
}
