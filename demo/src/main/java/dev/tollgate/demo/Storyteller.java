package dev.tollgate.demo;

import dev.tollgate.app.Tollgate;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.AccountView;
import java.io.PrintStream;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells on the terminal what becomes of each request, one line per step. Called on the ledger thread; the balance behind
 * a line is asked of the ledger and so follows a moment later.
 */
final class Storyteller {
    private static final int ID_CHARACTERS = 8;

    private final PrintStream out;
    private final String customerId;

    /** Set once before requests come, read by the ledger thread. */
    private volatile @Nullable Tollgate tollgate;

    Storyteller(PrintStream out, String customerId) {
        this.out = out;
        this.customerId = customerId;
    }

    void follow(Tollgate running) {
        tollgate = running;
    }

    void tell(List<Fact> facts) {
        for (Fact fact : facts) {
            @Nullable String line = line(fact);
            if (line != null) {
                print(line);
            }
        }
        showBalance(facts);
    }

    private static @Nullable String line(Fact fact) {
        return switch (fact) {
            case Fact.Reserved reserved ->
                step(
                        reserved.requestId(),
                        "request",
                        "%s, holds %,d".formatted(reserved.model(), reserved.heldUnits()));
            case Fact.Settled settled ->
                step(
                        settled.requestId(),
                        "used",
                        "%,d tokens (%,d in, %,d out)%s"
                                .formatted(
                                        settled.units(),
                                        settled.tokens().input(),
                                        settled.tokens().output(),
                                        settled.estimated() ? ", an estimate" : ""));
            case Fact.Corrected corrected ->
                step(
                        corrected.requestId(),
                        "corrected",
                        "used %,d, not the %,d that were estimated"
                                .formatted(corrected.units(), corrected.estimatedUnits()));
            case Fact.Voided voided -> step(voided.requestId(), "released", voided.reason());
            case Fact.Ingested ingested -> step(ingested.requestId(), "accepted", "event accepted by Dodo");
            case Fact.Quarantined quarantined -> step(quarantined.requestId(), "set aside", quarantined.reason());
            case Fact.EntryApplied entry ->
                step(
                        "",
                        entry.usageUnits() > 0 ? "deducted" : "credits",
                        "%+,d (%s)".formatted(entry.netUnits(), entry.type()));
            case Fact.Based basis -> step("", "balance", "read at Dodo: %,d".formatted(basis.balanceUnits()));
            case Fact.KeyChanged key -> step("", "key", (key.revoked() ? "revoked: " : "made: ") + key.name());
            case Fact.Shrunk ignored -> null;
            case Fact.WrittenOff writtenOff ->
                step("", "lost", "%,d that Dodo could not deduct".formatted(writtenOff.units()));
            case Fact.CaughtUp ignored -> null;
            case Fact.TermsSeen ignored -> null;
            case Fact.Inherited inherited -> step("", "kept back", "%,d".formatted(inherited.units()));
            case Fact.Requeued ignored -> null;
        };
    }

    private static String step(String requestId, String what, String text) {
        int from = Math.max(0, requestId.length() - ID_CHARACTERS);
        return "%-8s  %-9s  %s".formatted(requestId.substring(from), what, text);
    }

    private void showBalance(List<Fact> facts) {
        Tollgate running = tollgate;
        boolean moved =
                facts.stream().anyMatch(fact -> fact instanceof Fact.Settled || fact instanceof Fact.EntryApplied);
        if (running != null && moved) {
            var unused = running.look(customerId).thenAccept(this::printBalance);
        }
    }

    private void printBalance(AccountView view) {
        print(step(
                "",
                "balance",
                "%,d available = %,d at Dodo - %,d not deducted yet - %,d held"
                        .formatted(view.availableUnits(), view.netUnits(), view.unreflectedUnits(), view.heldUnits())));
    }

    private void print(String line) {
        out.println(LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS) + "  " + line);
    }
}
