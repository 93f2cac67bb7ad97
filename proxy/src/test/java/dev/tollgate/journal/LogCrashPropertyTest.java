package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random groups, and random ends of the process: between any two calls, or in the middle of a write, of which as much is on the disk
 * as chance has it. Whoever comes next finds what was acknowledged, in order and once. More: {@code -Dtollgate.courses=1000}.
 */
class LogCrashPropertyTest {
    private static final int COURSES = Integer.getInteger("tollgate.courses", 20);
    private static final int STEPS = 60;

    @TempDir
    Path root;

    private final List<Fact> acknowledged = new ArrayList<>();
    private Path folder = Path.of("");
    private FaultyDisk disk = new FaultyDisk();
    private int copies;
    private int next;

    static Stream<Integer> seeds() {
        return Stream.iterate(1, seed -> seed + 1).limit(COURSES);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatWasAcknowledgedIsThereOnceAndInOrder(int seed) throws Exception {
        Random random = new Random(seed);
        folder = Files.createDirectory(root.resolve("0"));
        SqliteJournal journal = open();
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(10)) {
                case 0 -> journal.tabulate();
                case 1 -> journal.checkpoint();
                case 2 -> {
                    journal.close();
                    journal = open();
                }
                case 3 -> {
                    Path copy = copy();
                    journal.close();
                    journal = goOn(copy, random, List.of());
                }
                case 4 -> journal = appendAndDie(journal, random);
                default -> append(journal, group(random));
            }
        }
        journal.close();
        assertThat(read()).isEqualTo(acknowledged);
    }

    private SqliteJournal open() throws JournalException {
        disk = new FaultyDisk();
        return SqliteJournal.open(folder, SqliteJournal::connect, disk);
    }

    private void append(SqliteJournal journal, List<Fact> group) throws JournalException {
        journal.append(group);
        acknowledged.addAll(group);
    }

    /** The copy was made in the middle of a write: the group is in it whole, or not at all. */
    private SqliteJournal appendAndDie(SqliteJournal journal, Random random) throws Exception {
        List<Fact> group = group(random);
        Path[] copy = new Path[1];
        disk.tearNext(random.nextInt(4) == 0 ? 1 : random.nextDouble(), () -> copy[0] = copy());
        journal.append(group);
        journal.close();
        return goOn(copy[0], random, group);
    }

    private SqliteJournal goOn(Path copy, Random random, List<Fact> perhaps) throws Exception {
        folder = copy;
        if (random.nextBoolean()) {
            check(read(), perhaps);
        }
        SqliteJournal journal = open();
        List<Fact> facts = new ArrayList<>();
        journal.replay(facts::add);
        check(facts, perhaps);
        acknowledged.clear();
        acknowledged.addAll(facts);
        return journal;
    }

    private void check(List<Fact> found, List<Fact> perhaps) {
        List<Fact> more = new ArrayList<>(acknowledged);
        more.addAll(perhaps);
        assertThat(found)
                .satisfiesAnyOf(
                        facts -> assertThat(facts).isEqualTo(acknowledged),
                        facts -> assertThat(facts).isEqualTo(more));
    }

    private List<Fact> read() throws JournalException {
        List<Fact> facts = new ArrayList<>();
        try (Journal.History history = SqliteJournal.read(folder)) {
            history.replay(facts::add);
        }
        return facts;
    }

    private List<Fact> group(Random random) {
        Account account = new Account("cus_" + random.nextInt(3), "cde_1");
        int size = random.nextInt(8) == 0 ? 60 : 1 + random.nextInt(5);
        List<Fact> group = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            String id = "r" + next++;
            group.add(
                    switch (random.nextInt(4)) {
                        case 0 -> new Fact.Voided(id, account, "x".repeat(random.nextInt(40)), next);
                        case 1 -> new Fact.Ingested(id, account, next);
                        case 2 -> new Fact.EntryApplied(account, id, "credit", -random.nextInt(), 3, next, next);
                        default -> new Fact.Reserved(id, account, "key", "gpt", next, random.nextInt(100), next);
                    });
        }
        return group;
    }

    /** Without the side file of SQLite's that holds nothing durable. */
    private Path copy() {
        try {
            Path copy = Files.createDirectory(root.resolve(String.valueOf(++copies)));
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
