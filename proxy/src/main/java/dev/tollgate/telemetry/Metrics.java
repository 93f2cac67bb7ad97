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

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Timer requests = timer("tollgate.request", "From the first byte of a request to its outcome");
    private final Timer admissions = timer("tollgate.admission", "From a complete request to a durable hold");
    private final Timer upstreamHeads =
            timer("tollgate.upstream.head", "From a sent request to the head of its answer");
    private final Counter usedUnits = counter("tollgate.used.units", "Meter units settled");
    private final Counter estimates =
            counter("tollgate.estimates", "Settlements whose usage the provider never reported");
    private final Counter overruns =
            counter("tollgate.hold.overruns", "Settlements above their hold; anything but zero is a bound that failed");
    private final Counter uncharged = counter(
            "tollgate.uncharged", "Answers served that could not be settled; anything but zero is lost revenue");
    private final Counter malformedUsages =
            counter("tollgate.usage.malformed", "Answers whose usage could not be true and was taken as missing");
    private final Counter ingested = counter("tollgate.events.ingested", "Usage events that Dodo acknowledged");
    private final Counter quarantined =
            counter("tollgate.events.quarantined", "Usage events that Dodo refuses for good");
    private final Counter drifts =
            counter("tollgate.balance.drifts", "Readings of Dodo's balance that differed from the sum kept here");

    public Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
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
    public void upstreamFailed(String kind) {
        registry.counter("tollgate.upstream.failures", "kind", kind).increment();
    }

    public void settled(long units, long heldUnits, boolean estimated) {
        usedUnits.increment((double) units);
        if (estimated) {
            estimates.increment();
        }
        if (units > heldUnits) {
            overruns.increment();
        }
    }

    public void usageMalformed() {
        malformedUsages.increment();
    }

    public void uncharged() {
        uncharged.increment();
    }

    public void ingested(int events) {
        ingested.increment(events);
    }

    public void quarantined() {
        quarantined.increment();
    }

    public void drifted() {
        drifts.increment();
    }

    /** A batch of usage events was sent; {@code outcome} says how that ended. */
    public void batch(String outcome) {
        registry.counter("tollgate.batches", "outcome", outcome).increment();
    }

    /** A webhook arrived; {@code type} is one of the known types or {@code other}. */
    public void webhook(String type, String outcome) {
        registry.counter("tollgate.webhooks", "type", type, "outcome", outcome).increment();
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
    public void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder("tollgate." + name, value)
                .description(description)
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
