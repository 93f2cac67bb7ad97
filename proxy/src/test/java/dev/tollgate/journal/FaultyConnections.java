package dev.tollgate.journal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Connections of which the n-th call that reaches the disk fails, and from then on every one, as on a disk that is full. A
 * commit whose synchronisation fails has taken effect: whether it has is what a program cannot know then.
 */
final class FaultyConnections implements SqliteJournal.Connections {
    private static final Set<String> REACHING = Set.of("execute", "executeUpdate", "executeQuery", "commit");

    private volatile int failing;
    private final SQLiteErrorCode code;
    private final AtomicInteger calls = new AtomicInteger();

    /** Nothing fails yet. */
    FaultyConnections(SQLiteErrorCode code) {
        this(Integer.MAX_VALUE, code);
    }

    /** From now on so many calls succeed. */
    void failFrom(int left) {
        failing = calls.get() + left + 1;
    }

    void heal() {
        failing = Integer.MAX_VALUE;
    }

    FaultyConnections(int failing, SQLiteErrorCode code) {
        this.failing = failing;
        this.code = code;
    }

    /** How many calls there were. */
    int calls() {
        return calls.get();
    }

    @Override
    public Connection open(String url) throws SQLException {
        count();
        return wrap(Connection.class, SqliteJournal.connect(url));
    }

    private void count() throws SQLException {
        if (calls.incrementAndGet() >= failing) {
            throw new SQLiteException("as ordered: " + code.message, code);
        }
    }

    private <T> T wrap(Class<T> type, T target) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (REACHING.contains(method.getName())) {
                boolean takesEffect = code == SQLiteErrorCode.SQLITE_IOERR_FSYNC
                        && method.getName().equals("commit")
                        && calls.get() + 1 == failing;
                if (takesEffect) {
                    method.invoke(target, arguments);
                }
                count();
            }
            try {
                Object result = method.invoke(target, arguments);
                if (result instanceof PreparedStatement statement) {
                    return wrap(PreparedStatement.class, statement);
                }
                return result instanceof Statement statement ? wrap(Statement.class, statement) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
