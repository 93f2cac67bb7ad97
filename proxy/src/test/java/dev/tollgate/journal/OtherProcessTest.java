package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal that another process writes, or wrote until it was killed: everything durable is read. */
class OtherProcessTest {
    private static final int FACTS = 500;

    @TempDir
    Path folder;

    private List<Fact> read() throws JournalException {
        List<Fact> facts = new ArrayList<>();
        try (Journal.History history = SqliteJournal.read(folder)) {
            history.replay(facts::add);
        }
        return facts;
    }

    @Test
    void whoeverReadsWaitsUntilTheProcessHasTabulated() throws Exception {
        try (WritingProcess writing = WritingProcess.start(folder, FACTS, 1_500)) {
            assertThat(writing).isNotNull();
            assertThat(read()).isEqualTo(WritingProcess.facts(FACTS));
        }
    }

    @Test
    void aProcessThatDoesNotTabulateIsNotWaitedForForLong() throws Exception {
        try (WritingProcess writing = WritingProcess.start(folder, FACTS, 0)) {
            assertThat(writing).isNotNull();
            assertThatThrownBy(this::read)
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("has not brought its newest 500 facts into the tables")
                    .hasMessageContaining("ask again");
            assertThatThrownBy(() -> SqliteJournal.open(folder)).hasMessageContaining("another process");
        }
    }

    @Test
    void whatAProcessLeavesThatIsKilledWhileSomebodyWaitsIsReadToo() throws Exception {
        CompletableFuture<List<Fact>> reading;
        try (WritingProcess writing = WritingProcess.start(folder, FACTS, 0)) {
            assertThat(writing).isNotNull();
            reading = CompletableFuture.supplyAsync(() -> {
                try {
                    return read();
                } catch (JournalException e) {
                    throw new IllegalStateException(e);
                }
            });
            TimeUnit.MILLISECONDS.sleep(100);
            assertThat(reading).isNotDone();
        }
        assertThat(reading.get(30, TimeUnit.SECONDS)).isEqualTo(WritingProcess.facts(FACTS));
        assertThat(read()).isEqualTo(WritingProcess.facts(FACTS));
    }

    @Test
    void aStartWaitsForAReaderThatBringsInWhatWasLeft() throws Exception {
        WritingProcess.start(folder, FACTS, 0).close();
        FolderLock reader = FolderLock.tryTake(folder).orElseThrow();
        CompletableFuture<Void> given = CompletableFuture.runAsync(
                () -> {
                    try {
                        reader.close();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS));
        List<Fact> facts = new ArrayList<>();
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.replay(facts::add);
        }
        given.get(30, TimeUnit.SECONDS);
        assertThat(facts).isEqualTo(WritingProcess.facts(FACTS));
    }
}
