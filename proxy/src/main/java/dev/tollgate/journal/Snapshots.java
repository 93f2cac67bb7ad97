package dev.tollgate.journal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all facts up to a place in the journal add up to, kept beside them so that a start need not fold them again. It is
 * written piece by piece and counts once its row is there, which is written last; pieces without a row are what a crash left
 * behind. One that cannot be read, or was made by a program that keeps something else, is passed over, which the log says.
 */
final class Snapshots {
    static final List<String> TABLES = List.of(
            "CREATE TABLE IF NOT EXISTS snapshot (id INTEGER PRIMARY KEY, position INTEGER NOT NULL, form TEXT NOT NULL,"
                    + " length INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT",
            "CREATE TABLE IF NOT EXISTS snapshot_piece (snapshot INTEGER NOT NULL, piece INTEGER NOT NULL,"
                    + " bytes BLOB NOT NULL, PRIMARY KEY (snapshot, piece)) STRICT");

    /** To be raised when what is folded comes to mean something else although its form stays. */
    private static final int MEANING = 1;

    private static final String HEADS = "SELECT id, position, form, length, sha256 FROM snapshot ORDER BY id DESC";
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

    /** @param form the SHA-256 of what the form says of itself, {@code sha256} that of the bytes */
    record Head(long id, long position, String form, long length, String sha256) {}

    private Snapshots() {}

    /** Restores the newest snapshot that can be used; returns its place in the journal, or 0 when there is none. */
    static long restore(Connection connection, List<? extends Journal.Projection<?>> projections) throws SQLException {
        Form form = form(projections);
        for (Head head : heads(connection)) {
            Optional<List<?>> values = read(connection, head, form);
            if (values.isPresent()) {
                for (int i = 0; i < projections.size(); i++) {
                    restore(projections.get(i), values.get().get(i));
                }
                return head.position();
            }
        }
        return 0;
    }

    private static <S extends Record> void restore(Journal.Projection<S> projection, Object value) {
        projection.restore(projection.form().cast(value));
    }

    static Form form(List<? extends Journal.Projection<?>> projections) {
        return Form.ofRow(projections.stream()
                .map(projection -> Form.of(projection.form()))
                .toList());
    }

    /** The newest first. */
    static List<Head> heads(Connection connection) throws SQLException {
        List<Head> heads = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet results = statement.executeQuery(HEADS)) {
            while (results.next()) {
                heads.add(new Head(
                        results.getLong("id"),
                        results.getLong("position"),
                        results.getString("form"),
                        results.getLong("length"),
                        results.getString("sha256")));
            }
        }
        return heads;
    }

    private static Optional<List<?>> read(Connection connection, Head head, Form form) throws SQLException {
        if (!head.form().equals(fingerprint(form))) {
            LOG.warn(
                    "the snapshot at place {} of the journal was made by another version of this program and is not"
                            + " used; older facts are folded instead, which takes longer this once",
                    head.position());
            return Optional.empty();
        }
        try {
            byte[] bytes = bytes(connection, head);
            return Optional.of((List<?>) form.value(bytes));
        } catch (IOException e) {
            LOG.error(
                    "the snapshot at place {} of the journal cannot be used: {}; older facts are folded instead. Look at"
                            + " the disk, and run `journal verify`",
                    head.position(),
                    e.getMessage());
            return Optional.empty();
        }
    }

    /** @throws IOException when they are not what was written */
    static byte[] bytes(Connection connection, Head head) throws SQLException, IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) Math.min(head.length(), Integer.MAX_VALUE));
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT bytes FROM snapshot_piece WHERE snapshot = ? ORDER BY piece")) {
            statement.setLong(1, head.id());
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    bytes.write(results.getBytes(1));
                }
            }
        }
        if (bytes.size() != head.length() || !sha256(bytes.toByteArray()).equals(head.sha256())) {
            throw new IOException("its bytes are not those that were written");
        }
        return bytes.toByteArray();
    }

    static String fingerprint(Form form) {
        return sha256((MEANING + " " + form.description()).getBytes(StandardCharsets.UTF_8));
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
