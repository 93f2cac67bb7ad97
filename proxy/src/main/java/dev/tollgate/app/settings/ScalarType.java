package dev.tollgate.app.settings;

import dev.tollgate.app.settings.Settings.Secret;
import dev.tollgate.app.settings.Yaml.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * How one kind of value is read.
 *
 * <p>{@code expected} follows the word "expected". {@code secret} values are never quoted in a message. {@code standIn}
 * is used in place of a value that cannot be read, so that the rest is read too and all problems are found at once; what
 * was built with it is thrown away.
 */
record ScalarType<T>(String expected, Set<Kind> kinds, boolean secret, T standIn, Function<String, Reading<T>> reader) {

    /** A secret that is sent in a header. */
    static final ScalarType<Secret> SECRET = secret("a secret", ScalarType::printable);

    private static final Pattern PRINTABLE = Pattern.compile("[!-~]+");

    static final ScalarType<Boolean> FLAG =
            new ScalarType<>("true or false", Set.of(Kind.TEXT, Kind.TRUTH), false, false, text -> switch (text) {
                case "true" -> Reading.good(true);
                case "false" -> Reading.good(false);
                default -> Reading.bad("expected true or false");
            });

    private static Reading<Secret> printable(Secret secret) {
        return PRINTABLE.matcher(secret.value()).matches()
                ? Reading.good(secret)
                : Reading.bad("has spaces or characters that a header cannot carry");
    }

    static <T> ScalarType<T> text(String expected, T standIn, Function<String, Reading<T>> reader) {
        return new ScalarType<>(expected, Set.of(Kind.TEXT), false, standIn, reader);
    }

    /** A number, perhaps with a unit behind it. */
    static <T> ScalarType<T> number(String expected, T standIn, Function<String, Reading<T>> reader) {
        return new ScalarType<>(expected, Set.of(Kind.TEXT, Kind.INTEGER), false, standIn, reader);
    }

    static ScalarType<Secret> secret(String expected, Function<Secret, Reading<Secret>> check) {
        return new ScalarType<>(
                expected,
                Set.of(Kind.TEXT),
                true,
                new Secret("stand-in"),
                text -> text.isBlank() ? Reading.bad("is empty") : check.apply(new Secret(text)));
    }

    static ScalarType<String> matching(String expected, Pattern pattern) {
        return text(
                expected,
                "stand-in",
                text -> pattern.matcher(text).matches() ? Reading.good(text) : Reading.bad("expected " + expected));
    }

    /** One of an enum's constants, written in lower case. */
    static <E extends Enum<E>> ScalarType<E> choice(Class<E> type) {
        List<E> constants = Arrays.asList(type.getEnumConstants());
        List<String> names =
                constants.stream().map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
        String expected = "one of " + String.join(", ", names);
        return text(expected, constants.getFirst(), text -> {
            int index = names.indexOf(text);
            if (index >= 0) {
                return Reading.good(constants.get(index));
            }
            Optional<String> nearest = NearestName.of(text, names);
            return nearest.isEmpty()
                    ? Reading.bad("expected " + expected)
                    : Reading.bad("expected " + expected, "did you mean `" + nearest.get() + "`?");
        });
    }
}
