package dev.tollgate.app.settings;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The variables of a {@code .env} file: lines of {@code NAME=value}, with or without {@code export}, quotes and comments.
 *
 * <p>Nothing is executed or expanded. Single quotes keep their text as it is; in double quotes {@code \n}, {@code \t},
 * {@code \\}, {@code \"} and {@code \$} are escapes; a value without quotes ends before a {@code #} that follows a space.
 * Printing the record shows no values.
 */
public record DotEnv(Map<String, String> variables, List<Problem> problems) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern EXPORT = Pattern.compile("^export\\s+");
    private static final Pattern COMMENT = Pattern.compile("(^|\\s)#.*$");
    private static final String ESCAPES = "nt\\\"$";
    private static final String ESCAPED = "\n\t\\\"$";

    public DotEnv {
        variables = Map.copyOf(variables);
        problems = List.copyOf(problems);
    }

    /** Reads the file; one that does not exist has no variables. Lines with problems are left out. */
    public static DotEnv read(Path file) {
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return new DotEnv(Map.of(), List.of());
        }
        Problems problems = new Problems(file);
        byte[] bytes = SettingsLoader.bytes(file, problems);
        String text = bytes == null ? null : SettingsLoader.text(bytes, problems);
        Map<String, String> variables = new HashMap<>();
        if (text != null) {
            String[] lines = text.split("\r?\n", -1);
            for (int i = 0; i < lines.length; i++) {
                read(lines[i], i + 1, variables, problems);
            }
        }
        return new DotEnv(variables, problems.errors());
    }

    /** These variables under the real environment, whose values win. */
    public Map<String, String> under(Map<String, String> environment) {
        Map<String, String> both = new HashMap<>(variables);
        both.putAll(environment);
        return Map.copyOf(both);
    }

    @Override
    public String toString() {
        return "DotEnv[" + variables.size() + " variables, " + problems.size() + " problems]";
    }

    private static void read(String line, int number, Map<String, String> variables, Problems problems) {
        String entry = line.strip();
        if (entry.isEmpty() || entry.startsWith("#")) {
            return;
        }
        Place place = new Place(number, 1 + line.indexOf(entry));
        entry = EXPORT.matcher(entry).replaceFirst("");
        int equals = entry.indexOf('=');
        String name = equals < 0 ? "" : entry.substring(0, equals).strip();
        if (!NAME.matcher(name).matches()) {
            problems.error(place, "", "expected NAME=value", "begin comments with #");
            return;
        }
        switch (value(entry.substring(equals + 1).strip())) {
            case Reading.Good<String> good -> {
                if (variables.putIfAbsent(name, good.value()) != null) {
                    problems.error(place, name, "is given twice", null);
                }
            }
            case Reading.Bad<String> bad -> problems.error(place, name, bad.message(), bad.suggestion());
        }
    }

    private static Reading<String> value(String written) {
        char quote = written.isEmpty() ? ' ' : written.charAt(0);
        if (quote != '"' && quote != '\'') {
            return Reading.good(COMMENT.matcher(written).replaceFirst("").strip());
        }
        StringBuilder value = new StringBuilder();
        int at = 1;
        while (at < written.length() && written.charAt(at) != quote) {
            char character = written.charAt(at++);
            if (quote == '"' && character == '\\') {
                int escape = at < written.length() ? ESCAPES.indexOf(written.charAt(at++)) : -1;
                if (escape < 0) {
                    return Reading.bad("unknown escape", "known are \\n \\t \\\\ \\\" \\$; or use single quotes");
                }
                character = ESCAPED.charAt(escape);
            }
            value.append(character);
        }
        if (at >= written.length()) {
            return Reading.bad("the quote is not closed", "a value ends in its line");
        }
        String rest = written.substring(at + 1).strip();
        return rest.isEmpty() || rest.startsWith("#")
                ? Reading.good(value.toString())
                : Reading.bad("something follows the closing quote", "begin comments with #");
    }
}
