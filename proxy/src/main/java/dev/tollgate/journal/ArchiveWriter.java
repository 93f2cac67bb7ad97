package dev.tollgate.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the oldest month of the journal into a file of its own. The file is written under another name, compared with the
 * journal, and only then given its name; one commit says that these facts count there; then they are deleted from the journal.
 * A crash at any point leaves what the next call begins anew or goes on with. Owned by one thread.
 */
final class ArchiveWriter {
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveWriter.class);

    private final Path folder;
    private final SqliteJournal.Connections connections;
    private final Connection connection;
    private final Slices slices;
    private final Journal.Pause pause;

    /** @param connection to the journal */
    ArchiveWriter(
            Path folder,
            SqliteJournal.Connections connections,
            Connection connection,
            Slices slices,
            Journal.Pause pause) {
        this.folder = folder;
        this.connections = connections;
        this.connection = connection;
        this.slices = slices;
        this.pause = pause;
    }

    /**
     * Moves the oldest month if all of it is older than {@code beforeMillis}, in the snapshot and done with; ends what an earlier
     * call began.
     *
     * @param snapshotPosition up to where a snapshot holds what facts add up to
     * @return whether a month was moved
     */
    boolean move(long beforeMillis, long snapshotPosition) throws SQLException, IOException, InterruptedException {
        Archives archives = Archives.of(connection, folder);
        connection.rollback();
        delete(archives.last());
        Optional<OldestMonth> found = OldestMonth.find(connection, archives, beforeMillis, snapshotPosition);
        connection.rollback();
        if (found.isEmpty()) {
            return false;
        }
        OldestMonth month = found.get();
        Path file = folder.resolve(month.file(archives));
        Path unfinished = folder.resolve("journal-archive.unfinished");
        Files.deleteIfExists(unfinished);
        long facts;
        try (ArchiveFile archive = ArchiveFile.create(connections, unfinished, folder.resolve(SqliteJournal.FILE))) {
            facts = archive.copy(month.first(), month.last(), pause);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        synchroniseFolder();
        slices.commit(() -> note(month, file, facts));
        LOG.info("{} facts of {} are now in {}", facts, month.month(), file);
        delete(month.last());
        return true;
    }

    /** Makes the new name last. */
    private void synchroniseFolder() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private void note(OldestMonth month, Path file, long facts) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO archive"
                        + " (first, last, file, facts, from_millis, until_millis) VALUES (?, ?, ?, ?, ?, ?)");
                Statement statement = connection.createStatement()) {
            insert.setLong(1, month.first());
            insert.setLong(2, month.last());
            insert.setString(3, file.getFileName().toString());
            insert.setLong(4, facts);
            insert.setLong(5, month.fromMillis());
            insert.setLong(6, month.untilMillis());
            insert.executeUpdate();
            statement.execute("PRAGMA user_version = " + Schema.ARCHIVED_VERSION);
        }
    }

    /** Facts up to {@code last} count in the archives; what the journal still has of them goes, some at a time. */
    private void delete(long last) throws SQLException, InterruptedException {
        for (FactTable<?> table : Archives.TABLES) {
            int[] deleted = {1};
            while (last > 0 && deleted[0] > 0) {
                slices.commit(() -> deleted[0] = delete(table, last));
                pause.take();
            }
        }
    }

    private int delete(FactTable<?> table, long last) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM " + table.name()
                + " WHERE seq IN (SELECT seq FROM " + table.name() + " WHERE seq <= ? ORDER BY seq LIMIT 500)")) {
            statement.setLong(1, last);
            return statement.executeUpdate();
        }
    }
}
