package dev.tollgate.endtoend;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Predicate;

/** A journal that cannot write any group in which there is a certain fact. */
final class RefusingJournal {
    private RefusingJournal() {}

    static Journal of(Journal journal, Predicate<Fact> refused) {
        return (Journal) Proxy.newProxyInstance(
                Journal.class.getClassLoader(), new Class<?>[] {Journal.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("append")
                            && ((List<?>) arguments[0]).stream().anyMatch(fact -> refused.test((Fact) fact))) {
                        throw new JournalException("as ordered: no space left on device");
                    }
                    try {
                        return method.invoke(journal, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
