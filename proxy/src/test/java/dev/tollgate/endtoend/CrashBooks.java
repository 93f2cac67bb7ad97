package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.dodo.IngestedEvent;
import dev.tollgate.sandbox.openai.Generation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The provider's, the journal's and Dodo's view of the same requests, which are told apart by their output caps. */
final class CrashBooks {
    private static final Pattern CAP = Pattern.compile("\"max_tokens\":(\\d+)");

    private final Sandbox sandbox;
    private final Map<String, Fact.Reserved> reserved = new HashMap<>();
    private final List<Fact.Settled> settled = new ArrayList<>();
    private final List<Fact.Voided> voided = new ArrayList<>();
    private final Map<Integer, Generation> generated = new HashMap<>();

    CrashBooks(Sandbox sandbox, Path data) throws JournalException {
        this.sandbox = sandbox;
        try (Journal journal = SqliteJournal.open(data)) {
            journal.replay(this::take);
        }
        for (Generation generation : sandbox.openai().generations()) {
            Matcher cap = CAP.matcher(new String(generation.requestBody(), StandardCharsets.UTF_8));
            assertThat(cap.find()).isTrue();
            assertThat(generated.put(Integer.valueOf(cap.group(1)), generation))
                    .as("no request reaches the provider twice")
                    .isNull();
        }
    }

    private void take(Fact fact) {
        if (fact instanceof Fact.Reserved one) {
            reserved.put(one.requestId(), one);
        } else if (fact instanceof Fact.Settled one) {
            settled.add(one);
        } else if (fact instanceof Fact.Voided one) {
            voided.add(one);
        }
    }

    private Fact.Reserved reservation(String requestId) {
        return Objects.requireNonNull(reserved.get(requestId));
    }

    private long generatedTokens(int cap) {
        return Objects.requireNonNull(generated.get(cap)).totalTokens();
    }

    private int cap(String requestId) {
        return Math.toIntExact(reservation(requestId).outputUnits());
    }

    /**
     * @param answered by cap: requests whose whole answer arrived
     * @param openMax how many requests can have been open at all kills together
     */
    void compare(Set<Integer> answered, long openMax) {
        Map<String, Long> journalBook =
                settled.stream().collect(Collectors.toMap(Fact.Settled::requestId, Fact.Settled::units));
        Map<String, Long> dodoBook = sandbox.dodo().events().stream()
                .collect(Collectors.toMap(
                        IngestedEvent::id,
                        event -> event.metadata().path("tokens").longValue()));
        assertThat(dodoBook).as("Dodo has what the journal has, once").isEqualTo(journalBook);
        assertThat(settled).as("every hold ended once").hasSize(reserved.size() - voided.size());
        Map<Integer, Fact.Settled> exact = new HashMap<>();
        List<Fact.Settled> estimates = new ArrayList<>();
        for (Fact.Settled one : settled) {
            if (one.estimated()) {
                estimates.add(one);
            } else {
                exact.put(cap(one.requestId()), one);
            }
        }
        assertThat(exact.keySet())
                .as("whoever got a whole answer was billed exactly")
                .containsAll(answered);
        assertThat(exact)
                .as("to the token")
                .allSatisfy((cap, one) -> assertThat(one.units()).isEqualTo(generatedTokens(cap)));
        assertThat(settled.stream().map(one -> cap(one.requestId())).toList())
                .as("whatever was generated is billed")
                .containsAll(generated.keySet());
        assertThat(voided)
                .as("nothing was generated for what was returned")
                .noneMatch(one -> generated.containsKey(cap(one.requestId())));
        assertThat(estimates)
                .as("estimates stay within their holds")
                .allSatisfy(one -> assertThat(one.units())
                        .isBetween(1L, reservation(one.requestId()).heldUnits()));
        assertThat(estimates)
                .as("estimates only for what was running at a kill")
                .hasSizeLessThanOrEqualTo(Math.toIntExact(openMax));
        print(answered, exact, estimates);
    }

    private void print(Set<Integer> answered, Map<Integer, Fact.Settled> exact, List<Fact.Settled> estimates) {
        long atHold = estimates.stream()
                .filter(one -> one.units() == reservation(one.requestId()).heldUnits())
                .count();
        long unsent =
                voided.stream().filter(one -> one.reason().equals("not_sent")).count();
        long estimatedUnits = estimates.stream().mapToLong(Fact.Settled::units).sum();
        long truthUnits = estimates.stream()
                .filter(one -> generated.containsKey(cap(one.requestId())))
                .mapToLong(one -> generatedTokens(cap(one.requestId())))
                .sum();
        long below = estimates.stream()
                .filter(one -> generated.containsKey(cap(one.requestId())))
                .filter(one -> generatedTokens(cap(one.requestId())) > one.units())
                .count();
        System.out.printf(
                "  %d reserved: %d settled exactly (%d of them answered whole), %d returned (%d of them unsent at a kill),"
                        + " %d estimates (%d at the whole hold), which book %d units for %d generated, %d of them too few;"
                        + " %d generated, %d events%n",
                reserved.size(),
                exact.size(),
                answered.size(),
                voided.size(),
                unsent,
                estimates.size(),
                atHold,
                estimatedUnits,
                truthUnits,
                below,
                generated.size(),
                dodoEvents());
    }

    private int dodoEvents() {
        return sandbox.dodo().eventCount();
    }
}
