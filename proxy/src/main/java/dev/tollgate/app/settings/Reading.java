package dev.tollgate.app.settings;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What came of reading one text: its value, or why it has none. */
sealed interface Reading<T> {
    record Good<T>(T value) implements Reading<T> {
        /** The value may be a secret. */
        @Override
        public String toString() {
            return "Good";
        }
    }

    /** Neither text quotes the value; {@code quotable} says whether the file's words may be shown beside the message. */
    record Bad<T>(String message, @Nullable String suggestion, boolean quotable) implements Reading<T> {}

    /** Reads on from the value; what is bad stays bad. */
    default <U> Reading<U> then(Function<T, Reading<U>> next) {
        return switch (this) {
            case Good<T> good -> next.apply(good.value);
            case Bad<T> bad -> new Bad<>(bad.message, bad.suggestion, bad.quotable);
        };
    }

    static <T> Reading<T> good(T value) {
        return new Good<>(value);
    }

    static <T> Reading<T> bad(String message) {
        return new Bad<>(message, null, true);
    }

    static <T> Reading<T> bad(String message, String suggestion) {
        return new Bad<>(message, suggestion, true);
    }
}
