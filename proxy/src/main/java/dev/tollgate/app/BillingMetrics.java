package dev.tollgate.app;

import dev.tollgate.billing.BillingObserver;
import dev.tollgate.journal.Account;
import dev.tollgate.telemetry.Metrics;
import java.util.Locale;
import java.util.function.ObjLongConsumer;

/** Turns what billing tells into meters, and notes the newest webhooks. */
final class BillingMetrics implements BillingObserver {
    private final Metrics metrics;
    private final WebhookLog webhooks;
    private volatile ObjLongConsumer<Account> balanceLow = (account, availableUnits) -> {};

    BillingMetrics(Metrics metrics, WebhookLog webhooks) {
        this.webhooks = webhooks;
        this.metrics = metrics;
    }

    @Override
    public void eventsShipped(int events) {
        metrics.ingested(events);
    }

    @Override
    public void batchEnded(BatchOutcome outcome) {
        metrics.batch(label(outcome));
    }

    @Override
    public void eventQuarantined(Account account) {
        metrics.quarantined();
    }

    @Override
    public void webhookEnded(String type, WebhookOutcome outcome) {
        metrics.webhook(type, label(outcome));
        webhooks.add(type, outcome);
    }

    @Override
    public void webhookRepeated(String type) {
        metrics.webhook(type, "repeated");
    }

    @Override
    public void balanceDrifted(Account account, long driftUnits) {
        metrics.drifted(driftUnits);
    }

    /** Lets somebody hear of Dodo's warnings; only before there are any. */
    void onBalanceLow(ObjLongConsumer<Account> listener) {
        balanceLow = listener;
    }

    @Override
    public void balanceLow(Account account, long availableUnits) {
        balanceLow.accept(account, availableUnits);
    }

    WebhookLog webhooks() {
        return webhooks;
    }

    @Override
    public void foreignUsageDeducted(Account account, long units) {
        metrics.foreignDeducted(units);
    }

    @Override
    public void balanceRead(ReadOutcome outcome) {
        metrics.balanceRead(label(outcome));
    }

    @Override
    public void termsMismatched(Mismatch mismatch) {
        metrics.termsMismatched(label(mismatch));
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
