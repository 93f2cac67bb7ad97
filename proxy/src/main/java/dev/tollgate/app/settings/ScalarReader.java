package dev.tollgate.app.settings;

import dev.tollgate.app.settings.Yaml.Kind;
import dev.tollgate.app.settings.Yaml.Scalar;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads single values: their kind, their references, their form. Owned by the thread that reads. */
final class ScalarReader {
    private static final int LONGEST_SHOWN = 48;
    private static final Pattern LIKE_A_SECRET = Pattern.compile("(?i)\\s*(sk-|sk_|pk_|tg_|whsec_|bearer |sha256:).*");

    private final Interpolation interpolation;
    private final Problems problems;

    ScalarReader(Interpolation interpolation, Problems problems) {
        this.interpolation = interpolation;
        this.problems = problems;
    }

    /** The value, or null after a problem was reported. */
    <T> @Nullable T read(String path, Yaml yaml, ScalarType<T> type) {
        if (!(yaml instanceof Scalar scalar) || !type.kinds().contains(scalar.kind())) {
            String message = "expected " + type.expected() + ", found " + yaml.described();
            problems.error(yaml.place(), path, message, advice(yaml, type));
            return null;
        }
        return switch (interpolation.expand(scalar.text()).then(type.reader())) {
            case Reading.Good<T> good -> good.value();
            case Reading.Bad<T> bad -> refuse(path, scalar, type, bad);
        };
    }

    /** Whether nothing is left of a text once its references are replaced. */
    boolean isEmpty(Yaml yaml) {
        return yaml instanceof Scalar scalar
                && interpolation.expand(scalar.text()) instanceof Reading.Good<String> good
                && good.value().isEmpty();
    }

    /** A name or value as it may be shown: not when it could be a secret in the wrong place. */
    static String shown(String text) {
        if (text.length() > LONGEST_SHOWN || LIKE_A_SECRET.matcher(text).lookingAt()) {
            return "(not shown)";
        }
        return text.codePoints()
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** Quotes what the file says, never what a reference in it stands for. */
    private <T> @Nullable T refuse(String path, Scalar scalar, ScalarType<T> type, Reading.Bad<?> bad) {
        String found = bad.quotable() && !type.secret() ? ", found `" + shown(scalar.text()) + "`" : "";
        problems.error(scalar.place(), path, bad.message() + found, bad.suggestion());
        return null;
    }

    private static @Nullable String advice(Yaml yaml, ScalarType<?> type) {
        if (!(yaml instanceof Scalar scalar)) {
            return null;
        }
        if (scalar.kind() == Kind.NOTHING) {
            return "give a value, or remove the key for its default";
        }
        boolean textOnly = type.kinds().equals(Set.of(Kind.TEXT));
        return textOnly && scalar.kind() != Kind.TAGGED ? "put quotes around it" : null;
    }
}
