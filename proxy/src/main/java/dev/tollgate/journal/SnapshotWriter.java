package dev.tollgate.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Writes snapshots: folds what was appended since the last one on a connection of its own, so that the thread that appends
 * is not asked for anything. Owned by one thread.
 */
final class SnapshotWriter {
    private static final int PIECE_BYTES = 1 << 18;

    /** Where there are very many accounts, writing them all must not become more work than folding. */
    private static final long BYTES_PER_FACT = 200;

    private final Path folder;
    private final Connection connection;
    private final Slices slices;

    SnapshotWriter(Path folder, Connection connection, Slices slices) {
        this.folder = folder;
        this.connection = connection;
        this.slices = slices;
    }

    /** Whether there was enough that is new. */
    boolean renew(long leastFacts, Supplier<List<Journal.Projection<?>>> blank) throws SQLException, IOException, JournalException {
        List<Snapshots.Head> heads = Snapshots.heads(connection);
        long doneFacts = heads.isEmpty() ? 0 : heads.getFirst().position();
        long bytes = heads.isEmpty() ? 0 : heads.getFirst().length();
        long position = FactWriter.lastSequence(connection);
        if (position - doneFacts < Math.max(leastFacts, bytes / BYTES_PER_FACT)) {
            return false;
        }
        List<Journal.Projection<?>> projections = blank.get();
        long from = Snapshots.restore(connection, projections);
        FactWalk.after(connection, folder, from, fact -> projections.forEach(projection -> projection.fold(fact)));
        connection.rollback();
        write(position, projections, heads);
        return true;
    }

    private void write(long position, List<Journal.Projection<?>> projections, List<Snapshots.Head> before)
            throws SQLException, IOException {
        Form form = Snapshots.form(projections);
        byte[] bytes = form.bytes(
                projections.stream().map(Journal.Projection::snapshot).toList());
        long id = before.isEmpty() ? 1 : before.getFirst().id() + 1;
        Snapshots.Head head = new Snapshots.Head(
                id, position, Snapshots.fingerprint(form), bytes.length, Snapshots.sha256(bytes));
        clear(id);
        for (int piece = 0; piece * (long) PIECE_BYTES < bytes.length; piece++) {
            writePiece(id, piece, bytes);
        }
        Snapshots.bytes(connection, head);
        connection.rollback();
        slices.commit(() -> writeHead(head));
        for (Snapshots.Head old : before) {
            slices.commit(() -> run("DELETE FROM snapshot WHERE id = ?", old.id()));
            clear(old.id());
        }
    }

    private void writePiece(long id, int piece, byte[] bytes) throws SQLException {
        int from = piece * PIECE_BYTES;
        byte[] part = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + PIECE_BYTES));
        slices.commit(() -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("INSERT INTO snapshot_piece (snapshot, piece, bytes) VALUES (?, ?, ?)")) {
                statement.setLong(1, id);
                statement.setInt(2, piece);
                statement.setBytes(3, part);
                statement.executeUpdate();
            }
        });
    }

    private void writeHead(Snapshots.Head head) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO snapshot (id, position, form, length, sha256) VALUES (?, ?, ?, ?, ?)")) {
            statement.setLong(1, head.id());
            statement.setLong(2, head.position());
            statement.setString(3, head.form());
            statement.setLong(4, head.length());
            statement.setString(5, head.sha256());
            statement.executeUpdate();
        }
    }

    /** Takes pieces away, one at a time. */
    private void clear(long id) throws SQLException {
        int[] left = {1};
        while (left[0] > 0) {
            slices.commit(() -> left[0] = run(
                    "DELETE FROM snapshot_piece WHERE rowid = (SELECT rowid FROM snapshot_piece WHERE snapshot = ? LIMIT 1)",
                    id));
        }
    }

    private int run(String sql, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, id);
            return statement.executeUpdate();
        }
    }
}
