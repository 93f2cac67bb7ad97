package dev.tollgate.app;

import dev.tollgate.app.settings.Settings;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Puts usage events that Dodo refused back into the outbox: by the running service, which sends them at once, or, when none
 * runs, in the journal itself, from where they are sent after the next start.
 */
@CommandLine.Command(
        name = "replay",
        description = {
            "List the usage events in quarantine, or put them back to be sent.",
            "A running service is asked to put them back; that needs server.admin_token in its settings."
        },
        mixinStandardHelpOptions = true)
final class Replay extends JournalCommand {
    @CommandLine.Parameters(arity = "0..*", paramLabel = "REQUEST", description = "Events to put back, by request id.")
    private List<String> requestIds = new ArrayList<>();

    @CommandLine.Option(names = "--all", description = "Put back everything that is in quarantine.")
    private boolean all;

    private final InstantSource clock = InstantSource.system();

    @Override
    void requireSense() {
        if (all && !requestIds.isEmpty()) {
            throw wrong("name request ids or say --all, not both");
        }
    }

    @Override
    int run(Path folder) throws JournalException {
        List<Journal.SetAside> quarantine = read(folder);
        boolean nothingToDo = all && quarantine.isEmpty();
        if (nothingToDo || (!all && requestIds.isEmpty())) {
            print(quarantine);
            return 0;
        }
        Journal journal;
        try {
            journal = SqliteJournal.open(folder);
        } catch (JournalException e) {
            return ask(service(e));
        }
        try (journal) {
            return putBack(journal, read(folder));
        }
    }

    /** @throws JournalException when there is no way to the service that holds the journal, {@code locked} */
    private RunningService service(JournalException locked) throws JournalException {
        Settings.@Nullable Server server = options.server().orElse(null);
        Settings.@Nullable Secret token = server == null ? null : server.adminToken();
        if (server == null || token == null) {
            throw new JournalException(
                    "nothing was put back; stop the service, run this again, and start the service, which then sends"
                            + " the events; or set server.admin_token, and it takes this while it runs",
                    locked);
        }
        return new RunningService(server.admin(), token.value());
    }

    private int ask(RunningService service) throws JournalException {
        try {
            RunningService.PutBack answer = service.putBack(all, requestIds);
            if (answer.strangers().isEmpty()) {
                out().println(Wording.count(answer.events(), "event") + " put back; the service sends them now");
                return 0;
            }
            return refuse(answer.strangers());
        } catch (IOException e) {
            throw new JournalException("nothing is known to have been put back", e);
        }
    }

    private int refuse(List<String> strangers) {
        strangers.forEach(id -> errors().println("request " + Wording.plain(id) + " is not in quarantine"));
        errors().println("nothing was put back");
        return 1;
    }

    private static List<Journal.SetAside> read(Path folder) throws JournalException {
        try (Journal.History history = SqliteJournal.read(folder)) {
            return history.setAside();
        }
    }

    private void print(List<Journal.SetAside> quarantine) {
        if (quarantine.isEmpty()) {
            out().println("nothing is in quarantine");
            return;
        }
        Table table = new Table(
                Table.Column.words("request"),
                Table.Column.words("customer"),
                Table.Column.numbers("units"),
                Table.Column.words("settled"),
                Table.Column.words("set aside"),
                Table.Column.words("why"));
        for (Journal.SetAside each : quarantine) {
            table.row(
                    each.delivery().id(),
                    each.delivery().account().customerId(),
                    Wording.number(each.delivery().usage().units()),
                    Wording.time(each.delivery().sinceMillis()),
                    Wording.time(each.quarantined().atMillis()),
                    each.quarantined().reason());
        }
        table.print(out());
    }

    /** All that was asked for, or nothing when some of it is not in quarantine. */
    private int putBack(Journal journal, List<Journal.SetAside> quarantine) throws JournalException {
        Set<String> wanted = new LinkedHashSet<>(requestIds);
        List<Fact> facts = quarantine.stream()
                .map(Journal.SetAside::delivery)
                .filter(delivery -> all || wanted.contains(delivery.id()))
                .<Fact>map(delivery -> new Fact.Requeued(delivery.id(), delivery.account(), clock.millis()))
                .toList();
        Set<String> known =
                quarantine.stream().map(each -> each.delivery().id()).collect(Collectors.toSet());
        List<String> strangers =
                wanted.stream().filter(id -> !known.contains(id)).toList();
        if (!strangers.isEmpty()) {
            return refuse(strangers);
        }
        journal.append(facts);
        out().println(Wording.count(facts.size(), "event") + " put back; sent after the next start of the service");
        return 0;
    }
}
