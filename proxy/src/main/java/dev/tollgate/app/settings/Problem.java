package dev.tollgate.app.settings;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong, or doubtful, in a file an operator wrote.
 *
 * <p>{@code line} and {@code column} count from 1; a problem of the file as a whole stands at 1:1. {@code path} names the
 * value as {@code keys[1].hash} and is empty for the file as a whole. Neither text ever holds the value of a secret.
 */
public record Problem(
        Path file,
        int line,
        int column,
        String path,
        String message,
        @Nullable String suggestion) {
    private static final Pattern CONTROL_CHARACTERS = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]+");

    public Problem {
        Objects.requireNonNull(file);
        Objects.requireNonNull(path);
        // Some texts quote a character of the file, which may be one that breaks the line.
        message = CONTROL_CHARACTERS.matcher(message).replaceAll(" ");
        if (line < 1 || column < 1) {
            throw new IllegalArgumentException("line and column count from 1: " + line + ":" + column);
        }
    }

    /** One line: {@code tollgate.yaml:12:5: limits.bdy: unknown key; did you mean `body`?}. */
    @Override
    public String toString() {
        String named = path.isEmpty() ? "" : path + ": ";
        String advice = suggestion == null ? "" : "; " + suggestion;
        return file + ":" + line + ":" + column + ": " + named + message + advice;
    }

    /** All problems, one on each line, in the order given; empty when there are none. */
    public static String report(List<Problem> problems) {
        return problems.stream().map(problem -> problem + "\n").collect(Collectors.joining());
    }
}
