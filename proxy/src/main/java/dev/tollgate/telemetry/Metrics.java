package dev.tollgate.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Every meter of the service, declared here and nowhere else. Safe on every thread; nothing here waits.
 *
 * <p>Tags take their values from small closed sets, never from what a caller sent.
 */
public final class Metrics {
    private static final Duration[] LATENCY_BOUNDS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(2),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60)
    };

    /** Why the end of an answer was not booked. */
    public enum Uncharged {
        /** The journal cannot be written. */
        JOURNAL_FAILED,
        /** The ledger had no room or was closing. */
        LEDGER_REFUSED,
        /** The ledger held nothing for the request. */
        NO_HOLD
    }

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Timer requests = timer("tollgate.request", "From the first byte of a request to its outcome");
    private final Timer admissions = timer("tollgate.admission", "From a complete request to a durable hold");
    private final Timer upstreamHeads =
            timer("tollgate.upstream.head", "From a sent request to the head of its answer");
    private final Counter usedUnits = counter("tollgate.used.units", "Meter units settled");
    private final Counter estimates =
            counter("tollgate.estimates", "Settlements whose usage the provider never reported");
    private final Counter corrections = counter("tollgate.corrections", "Estimates that the truth has superseded");
    private final Counter overruns = counter(
            "tollgate.hold.overruns", "Settlements above their bound; anything but zero is a bound that failed");
    private final Counter overshoots = counter(
            "tollgate.overshoot.units", "Units used beyond holds that are estimates, within what they declared");
    private final Counter malformedUsages =
            counter("tollgate.usage.malformed", "Answers whose usage could not be true and was taken as missing");
    private final Counter ingested = counter("tollgate.events.ingested", "Usage events that Dodo acknowledged");
    private final Counter quarantined =
            counter("tollgate.events.quarantined", "Usage events that Dodo refuses for good");
    private final Counter writtenOffUnits =
            counter("tollgate.written.off.units", "Usage that Dodo dropped because the balance was zero: lost revenue");
    private final Counter foreignUnits = counter(
            "tollgate.foreign.deducted.units",
            "Usage that Dodo deducted and nobody here settled; anything but zero is another sender");
    private final Counter drifts =
            counter("tollgate.balance.drifts", "Readings of Dodo's balance that differed from the sum kept here");
    private final Counter driftUnits = counter("tollgate.balance.drift.units", "Meter units by which they differed");
    private final Timer ledgerLag = timer("tollgate.ledger.lag", "How long a question to the ledger waits, sampled");

    public Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        for (Uncharged reason : Uncharged.values()) {
            uncharged(reason, 0);
        }
    }

    /** Everything in Prometheus' text form. */
    public String scrape() {
        return registry.scrape();
    }

    /** One request reached its outcome. */
    public void requestEnded(String route, String outcome, int status, long nanos) {
        requests.record(nanos, TimeUnit.NANOSECONDS);
        registry.counter("tollgate.requests", "route", route, "outcome", outcome, "status", status / 100 + "xx")
                .increment();
    }

    public void admitted(long nanos) {
        admissions.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A request was refused before it reached a provider; {@code reason} is the refusal's code. */
    public void refused(String reason) {
        registry.counter("tollgate.refusals", "reason", reason).increment();
    }

    public void upstreamAnswered(long nanos) {
        upstreamHeads.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A call to a provider failed; {@code kind} is its failure kind. */
    public void upstreamFailed(String upstream, String kind) {
        registry.counter("tollgate.upstream.failures", "upstream", upstream, "kind", kind)
                .increment();
    }

    /** A request went on to another provider, since this one did not take it. */
    public void upstreamFailedOver(String upstream) {
        registry.counter("tollgate.upstream.failovers", "upstream", upstream).increment();
    }

    /** Shows whether a provider is passed over: 1 after too many failures in a row, else 0. */
    public void upstreamCircuit(String upstream, Supplier<Number> open) {
        Gauge.builder("tollgate.upstream.circuit.open", open)
                .description("Whether others are asked before this provider")
                .tag("upstream", upstream)
                .strongReference(true)
                .register(registry);
    }

    /** A caller left before the end of an answer; {@code answer} says what becomes of it. */
    public void callerGone(String answer) {
        registry.counter("tollgate.callers.gone", "answer", answer).increment();
    }

    /** @param overshootUnits what the request was allowed beyond its hold */
    public void settled(long units, long heldUnits, long overshootUnits, boolean estimated) {
        usedUnits.increment((double) units);
        if (estimated) {
            estimates.increment();
        }
        if (units - heldUnits > overshootUnits) {
            overruns.increment();
        }
        overshoots.increment((double) Math.clamp(units - heldUnits, 0, overshootUnits));
    }

    public void usageMalformed() {
        malformedUsages.increment();
    }

    /** A prompt was counted by its tokenizer; {@code savedTokens} is what that made of its bound. */
    public void promptCounted(long savedTokens) {
        registry.counter("tollgate.prompt.counts", "outcome", savedTokens > 0 ? "smaller" : "not_counted")
                .increment();
    }

    /** An answer went out whose end was withheld, since its use was not booked. */
    public void uncharged(Uncharged reason) {
        uncharged(reason, 1);
    }

    private void uncharged(Uncharged reason, int answers) {
        Counter.builder("tollgate.uncharged")
                .description("Answers served that could not be settled; anything but zero is lost revenue")
                .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                .register(registry)
                .increment(answers);
    }

    /** A question to the ledger was answered after so long. */
    public void ledgerAnswered(long nanos) {
        ledgerLag.record(nanos, TimeUnit.NANOSECONDS);
    }

    public void ingested(int events) {
        ingested.increment(events);
    }

    public void quarantined() {
        quarantined.increment();
    }

    /** The truth superseded an estimate; {@code changeUnits} is how much more was used. */
    public void corrected(long changeUnits) {
        corrections.increment();
        String direction = changeUnits < 0 ? "down" : "up";
        registry.counter("tollgate.corrected.units", "direction", direction).increment((double) Math.abs(changeUnits));
    }

    public void writtenOff(long units) {
        writtenOffUnits.increment((double) units);
    }

    public void foreignDeducted(long units) {
        foreignUnits.increment((double) units);
    }

    public void drifted(long units) {
        drifts.increment();
        driftUnits.increment((double) Math.abs(units));
    }

    /** A batch of usage events was sent; {@code outcome} says how that ended. */
    public void batch(String outcome) {
        registry.counter("tollgate.batches", "outcome", outcome).increment();
    }

    /** A webhook arrived; {@code type} is one of the known types or {@code other}. */
    public void webhook(String type, String outcome) {
        registry.counter("tollgate.webhooks", "type", type, "outcome", outcome).increment();
    }

    /** A customer's credits do not fit the meter; {@code kind} says how. */
    public void termsMismatched(String kind) {
        registry.counter("tollgate.terms.mismatches", "kind", kind).increment();
    }

    /** A balance was read at Dodo. */
    public void balanceRead(String outcome) {
        registry.counter("tollgate.balance.reads", "outcome", outcome).increment();
    }

    /** The settings file changed; {@code outcome} says whether it was taken over. */
    public void settingsReloaded(String outcome) {
        registry.counter("tollgate.settings.reloads", "outcome", outcome).increment();
    }

    /** Shows a value that something else owns; {@code value} is asked on the scraping thread. */
    public void gauge(GaugeName name, Supplier<Number> value) {
        Gauge.builder(name.text, value)
                .description(name.description)
                .strongReference(true)
                .register(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(LATENCY_BOUNDS)
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }
}
