package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What can never be true of an intact journal, asked of the database. */
final class Verification {
    private static final int PROBLEMS_MAX = 1_000;

    private static final String ROWS = Schema.TABLES.stream()
            .map(table -> "(SELECT count(*) FROM " + table.name() + ")")
            .collect(Collectors.joining(" + ", "SELECT ", ""));

    private static final String PLACES = Schema.TABLES.stream()
            .map(table -> "SELECT seq FROM " + table.name())
            .collect(Collectors.joining(" UNION ALL "));

    /** Facts are numbered from 1 without a gap, over all tables. */
    private static final String SEQUENCES = "SELECT CASE WHEN seq < 1 THEN 'place ' || seq || ' is not a place'"
            + " WHEN seq = previous THEN 'place ' || seq || ' is taken by several facts'"
            + " ELSE 'the facts at places ' || (previous + 1) || ' to ' || (seq - 1) || ' are missing' END"
            + " FROM (SELECT seq, lag(seq, 1, 0) OVER (ORDER BY seq) AS previous FROM (" + PLACES + "))"
            + " WHERE seq <> previous + 1";

    /** What Dodo is, or was, to be told. */
    private static final String DELIVERY = "(SELECT seq, customer, entitlement, request_id FROM settlement UNION ALL"
            + " SELECT seq, customer, entitlement, request_id || '-correction' FROM correction"
            + " WHERE remedy NOT IN ('REPLACED', 'NOTHING'))";

    private static final String OUTBOX_EXTRA = "SELECT 'the outbox has request ' || o.request_id || ', which is '"
            + " || CASE WHEN i.seq IS NULL THEN 'not settled at that place' ELSE 'acknowledged' END"
            + " FROM outbox o LEFT JOIN " + DELIVERY + " s ON s.seq = o.seq AND s.request_id = o.request_id"
            + " LEFT JOIN ingestion i ON i.request_id = o.request_id WHERE s.seq IS NULL OR i.seq IS NOT NULL";

    private static final String OUTBOX_MISSING = "SELECT 'the outbox lacks request ' || s.request_id || ', which is"
            + " settled and not acknowledged' FROM " + DELIVERY + " s"
            + " WHERE NOT EXISTS (SELECT 1 FROM ingestion i WHERE i.request_id = s.request_id)"
            + " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.request_id = s.request_id)";

    private static final String WRITTEN_OFF_EXCESS = "SELECT 'write_off ' || w.seq || ' takes more than the usage of '"
            + " || w.customer || '/' || w.entitlement || ' that nothing had deducted' FROM write_off w WHERE "
            + sumUntil("write_off", "units", "<=") + " + " + sumUntil("entry", "max(usage_units, 0)", "<") + " > "
            + sumUntil("settlement", "units", "<") + " + " + sumUntil("inheritance", "units", "<") + " + "
            + sumUntil("correction", "iif(remedy IN ('REPLACED', 'EVENT', 'DEBIT'), units - estimated_units, 0)", "<")
            + " ORDER BY w.seq";

    /** An estimate is corrected once, and by what it was. */
    private static final String CORRECTIONS = "SELECT 'correction ' || c.seq || ' of request ' || c.request_id ||"
            + " ' is not of an estimate of so much' FROM correction c WHERE NOT EXISTS (SELECT 1 FROM settlement s"
            + " WHERE s.request_id = c.request_id AND s.seq < c.seq AND s.estimated = 1 AND s.units = c.estimated_units)"
            + " ORDER BY c.seq";

    private static final String QUARANTINE_MARKS = "WITH last AS (SELECT request_id, max(seq), set_aside FROM"
            + " (SELECT request_id, seq, 1 AS set_aside FROM quarantine"
            + " UNION ALL SELECT request_id, seq, 0 FROM requeue) GROUP BY request_id)"
            + " SELECT 'the outbox has request ' || o.request_id || ' as ' || CASE o.quarantined WHEN 0 THEN 'pending'"
            + " ELSE 'set aside' END || ', its facts say otherwise'"
            + " FROM outbox o LEFT JOIN last USING (request_id) WHERE o.quarantined <> coalesce(last.set_aside, 0)";

    /** A hold only ever becomes smaller, and only while its request runs. */
    private static final String SHRINKAGES = "SELECT 'shrinkage ' || s.seq || ' of request ' || s.request_id ||"
            + " ' makes no running request''s hold smaller' FROM shrinkage s LEFT JOIN reservation r USING (request_id)"
            + " WHERE s.held_units >= coalesce((SELECT min(p.held_units) FROM shrinkage p"
            + " WHERE p.request_id = s.request_id AND p.seq < s.seq), r.prompt_units + r.output_units)"
            + " OR EXISTS (SELECT 1 FROM settlement e WHERE e.request_id = s.request_id AND e.seq < s.seq)"
            + " OR EXISTS (SELECT 1 FROM voiding v WHERE v.request_id = s.request_id AND v.seq < s.seq) ORDER BY s.seq";

    private final Connection connection;

    Verification(Connection connection) {
        this.connection = connection;
    }

    /** A check that cannot be made, for the file is damaged there, is a check with a problem. */
    List<Journal.Check> run() {
        return List.of(
                check("the file is intact (pages)", "PRAGMA page_count", "PRAGMA integrity_check"),
                check("facts are numbered from 1 without gap or repetition", ROWS, SEQUENCES),
                follows("shrinkage", "reservation"),
                check("every shrinkage makes the hold of a running request smaller", count("shrinkage"), SHRINKAGES),
                follows("settlement", "reservation"),
                follows("voiding", "reservation"),
                check(
                        "no request is both settled and voided",
                        "SELECT count(*) FROM reservation",
                        "SELECT 'request ' || request_id || ' is both settled and voided'"
                                + " FROM voiding JOIN settlement USING (request_id) ORDER BY request_id"),
                follows("correction", "settlement"),
                check("every correction is of an estimate, and of its amount", count("correction"), CORRECTIONS),
                follows("ingestion", "settlement", DELIVERY),
                follows("quarantine", "settlement", DELIVERY),
                follows("requeue", "quarantine"),
                check("the outbox holds nothing but unacknowledged settlements", count("outbox"), OUTBOX_EXTRA),
                check("the outbox lacks no unacknowledged settlement", count("settlement"), OUTBOX_MISSING),
                check("nothing is written off but undeducted usage", count("write_off"), WRITTEN_OFF_EXCESS),
                check("the outbox marks what is in quarantine", count("outbox"), QUARANTINE_MARKS));
    }

    /** What {@code table} sums up to for the account of the write-off {@code w}, up to its place. */
    private static String sumUntil(String table, String column, String until) {
        return "(SELECT coalesce(sum(" + column + "), 0) FROM " + table + " t WHERE t.customer = w.customer"
                + " AND t.entitlement = w.entitlement AND t.seq " + until + " w.seq)";
    }

    private static String count(String table) {
        return "SELECT count(*) FROM " + table;
    }

    /** Every row of {@code later} has its request in {@code earlier}, before it and for the same account. */
    private Journal.Check follows(String later, String earlier) {
        return follows(later, earlier, earlier);
    }

    /** @param rows where to find what must come before */
    private Journal.Check follows(String later, String earlier, String rows) {
        return check(
                "every " + later + " has its " + earlier + " before it",
                count(later),
                "SELECT '" + later + " ' || l.seq || ' of request ' || l.request_id || ' has no " + earlier
                        + " of its account before it' FROM " + later + " l WHERE NOT EXISTS (SELECT 1 FROM " + rows
                        + " e WHERE e.request_id = l.request_id AND e.seq < l.seq AND e.customer = l.customer"
                        + " AND e.entitlement = l.entitlement) ORDER BY l.seq");
    }

    private Journal.Check check(String what, String countSql, String problemsSql) {
        long rows = 0;
        List<String> problems = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            rows = SqliteHistory.number(statement, countSql);
            collect(statement, problemsSql, problems);
        } catch (SQLException e) {
            problems.add("cannot be read: " + e.getMessage());
        }
        return new Journal.Check(what, rows, problems);
    }

    private static void collect(Statement statement, String sql, List<String> problems) throws SQLException {
        try (ResultSet results = statement.executeQuery(sql)) {
            while (results.next()) {
                String problem = results.getString(1);
                if (problem.equals("ok")) {
                    continue;
                }
                if (problems.size() == PROBLEMS_MAX) {
                    problems.add("and more");
                    return;
                }
                problems.add(problem);
            }
        }
    }
}
