package dev.tollgate.journal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files beside the journal that hold its oldest facts, a month each. The journal's table of them decides where a fact is: up to
 * the last place of the last archive it counts in the archives, after that in the journal, whatever copies there are.
 *
 * @param archives all of them, oldest first
 * @param missing those of them whose file is not in the folder
 */
record Archives(List<Archive> archives, List<Archive> missing) {
    static final String TABLE = "CREATE TABLE IF NOT EXISTS archive (first INTEGER PRIMARY KEY, last INTEGER NOT NULL,"
            + " file TEXT NOT NULL UNIQUE, facts INTEGER NOT NULL, from_millis INTEGER NOT NULL,"
            + " until_millis INTEGER NOT NULL) STRICT";

    /** What is in archives; keys stay in the journal, for as long as they live. */
    static final List<FactTable<? extends Fact>> TABLES = Schema.TABLES.stream()
            .filter(table -> table.kind() != Fact.KeyChanged.class)
            .toList();

    /** The facts at the places {@code first} to {@code last}, of which the first is of {@code fromMillis}. */
    record Archive(String file, long first, long last, long facts, long fromMillis, long untilMillis) {}

    Archives {
        archives = List.copyOf(archives);
        missing = List.copyOf(missing);
    }

    /** What the table says; nothing for a journal that has no such table yet. */
    static Archives of(Connection connection, Path folder) throws SQLException {
        List<Archive> archives = new ArrayList<>();
        List<Archive> missing = new ArrayList<>();
        if (!hasTable(connection, "main", "archive")) {
            return new Archives(archives, missing);
        }
        try (Statement statement = connection.createStatement();
                ResultSet results = statement.executeQuery("SELECT * FROM archive ORDER BY first")) {
            while (results.next()) {
                Archive archive = read(results);
                archives.add(archive);
                if (!Files.isRegularFile(folder.resolve(archive.file()))) {
                    missing.add(archive);
                }
            }
        }
        return new Archives(archives, missing);
    }

    private static Archive read(ResultSet results) throws SQLException {
        return new Archive(
                results.getString("file"),
                results.getLong("first"),
                results.getLong("last"),
                results.getLong("facts"),
                results.getLong("from_millis"),
                results.getLong("until_millis"));
    }

    private static boolean hasTable(Connection connection, String schema, String table) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT count(*) FROM " + schema + ".sqlite_schema WHERE name = ?")) {
            statement.setString(1, table);
            try (ResultSet results = statement.executeQuery()) {
                return results.getLong(1) == 1;
            }
        }
    }

    /** The last place that is in an archive; 0 without any. */
    long last() {
        return archives.isEmpty() ? 0 : archives.getLast().last();
    }

    /** Lets every table's name stand for all its facts, archived ones too. Not within a transaction. */
    void attach(Connection connection, Path folder) throws SQLException {
        List<String> schemas = new ArrayList<>();
        for (Archive archive : archives) {
            if (missing.contains(archive)) {
                continue;
            }
            String schema = "archive_" + archive.first();
            try (PreparedStatement statement = connection.prepareStatement("ATTACH ? AS " + schema)) {
                statement.setString(1, folder.resolve(archive.file()).toUri() + "?mode=ro&immutable=1");
                statement.execute();
            }
            schemas.add(schema);
        }
        if (!archives.isEmpty()) {
            for (FactTable<?> table : TABLES) {
                createView(connection, table.name(), schemas);
            }
        }
    }

    private void createView(Connection connection, String table, List<String> schemas) throws SQLException {
        StringBuilder view = new StringBuilder("CREATE TEMP VIEW " + table + " AS");
        for (String schema : schemas) {
            if (hasTable(connection, schema, table)) {
                view.append(" SELECT * FROM ")
                        .append(schema)
                        .append('.')
                        .append(table)
                        .append(" UNION ALL");
            }
        }
        view.append(" SELECT * FROM main.")
                .append(table)
                .append(" WHERE seq > ")
                .append(last());
        try (Statement statement = connection.createStatement()) {
            statement.execute(view.toString());
        }
    }

    /** Why a question about the facts of a time cannot be answered, for a person; null when it can. */
    @Nullable
    String obstacle(Path folder, long fromMillis, long untilMillis) {
        for (Archive archive : missing) {
            if (archive.fromMillis() < untilMillis && fromMillis < archive.untilMillis()) {
                return "facts of that time are in the archive " + archive.file() + ", which is not in " + folder
                        + "; put it back there";
            }
        }
        return null;
    }
}
