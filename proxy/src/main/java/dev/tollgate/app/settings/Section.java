package dev.tollgate.app.settings;

import dev.tollgate.app.settings.Yaml.Entry;
import dev.tollgate.app.settings.Yaml.Kind;
import dev.tollgate.app.settings.Yaml.Mapping;
import dev.tollgate.app.settings.Yaml.Scalar;
import dev.tollgate.app.settings.Yaml.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One mapping of a document while it is read: gives a value for each key that is asked for, and on {@link #end} refuses
 * the keys nobody asked for. Owned by the thread that reads.
 *
 * <p>Every question has an answer, a stand-in after a problem, so that one pass finds all problems. Fallbacks are written
 * as an operator would write them and read in the same way; one that cannot be read counts as a problem at the place
 * where the mapping stands.
 */
final class Section {
    private final String path;
    private final Place place;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> known = new LinkedHashSet<>();
    private final ScalarReader scalars;
    private final Problems problems;

    Section(String path, Mapping mapping, ScalarReader scalars, Problems problems) {
        this.path = path;
        this.place = mapping.place();
        this.scalars = scalars;
        this.problems = problems;
        mapping.entries().forEach(this::add);
    }

    Place place() {
        return place;
    }

    /** The place of a key's value, or of the mapping when the key is absent. */
    Place place(String key) {
        Entry entry = entries.get(key);
        return entry == null ? place : entry.value().place();
    }

    boolean has(String key) {
        Entry entry = entries.get(key);
        return entry != null && !isNothing(entry.value());
    }

    <T> T value(String key, ScalarType<T> type, String fallback) {
        Yaml given = take(key);
        Yaml read = given == null ? new Scalar(place, Kind.TEXT, fallback) : given;
        T value = scalars.read(child(key), read, type);
        return value == null ? type.standIn() : value;
    }

    <T> T required(String key, ScalarType<T> type, @Nullable String suggestion) {
        Yaml given = take(key);
        if (given == null) {
            problems.error(place, child(key), "is required", suggestion);
            return type.standIn();
        }
        T value = scalars.read(child(key), given, type);
        return value == null ? type.standIn() : value;
    }

    /** Null when the key is absent, nothing, or empty once its references are replaced. */
    <T> @Nullable T optional(String key, ScalarType<T> type, @Nullable String fallback) {
        Yaml given = take(key);
        if (given == null && fallback != null) {
            given = new Scalar(place, Kind.TEXT, fallback);
        }
        if (given == null || isNothing(given) || scalars.isEmpty(given)) {
            return null;
        }
        return scalars.read(child(key), given, type);
    }

    /** An absent section is an empty one. */
    <T> T section(String key, Function<Section, T> shape) {
        Yaml given = take(key);
        Mapping mapping = given == null || isNothing(given) ? new Mapping(place(key), List.of()) : mapping(key, given);
        return open(child(key), mapping == null ? new Mapping(place, List.of()) : mapping, shape);
    }

    /** A list of sections; those that are no mapping are left out after a problem. An absent list is empty. */
    <T> List<T> sections(String key, Function<Section, T> shape) {
        Yaml given = take(key);
        List<Yaml> items = given == null || isNothing(given) ? List.of() : items(key, given);
        return sections(key, items, shape);
    }

    /** A list of sections, at least one; an absent list has the one fallback. */
    <T> List<T> sections(String key, Function<Section, T> shape, Map<String, String> fallback) {
        Yaml given = take(key);
        if (given == null || isNothing(given)) {
            return sections(key, List.of(mapping(fallback)), shape);
        }
        List<Yaml> items = items(key, given);
        if (given instanceof Sequence && items.isEmpty()) {
            error(key, "needs at least one", null);
        }
        return sections(key, items, shape);
    }

    private <T> List<T> sections(String key, List<Yaml> items, Function<Section, T> shape) {
        List<T> values = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            String name = key + "[" + i + "]";
            Mapping mapping = mapping(name, items.get(i));
            if (mapping != null) {
                values.add(open(child(name), mapping, shape));
            }
        }
        return values;
    }

    /** A list of values, at least one. */
    <T> List<T> values(String key, ScalarType<T> type, String fallback) {
        Yaml given = take(key);
        List<Yaml> items = given == null ? List.of(new Scalar(place, Kind.TEXT, fallback)) : items(key, given);
        if (given instanceof Sequence && items.isEmpty()) {
            error(key, "needs at least one", null);
        }
        List<T> values = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            String name = given == null ? key : key + "[" + i + "]";
            T value = scalars.read(child(name), items.get(i), type);
            values.add(value == null ? type.standIn() : value);
        }
        return values.isEmpty() ? List.of(type.standIn()) : values;
    }

    /** A list of values, at least one where there is a list; an absent list is empty. */
    <T> List<T> optionalValues(String key, ScalarType<T> type) {
        Yaml given = take(key);
        return given == null || isNothing(given) ? List.of() : values(key, type, "");
    }

    /** A mapping from names, chosen by the operator, to values. */
    <T> Map<String, T> pairs(String key, ScalarType<String> name, ScalarType<T> type) {
        return names(key, name, (names, text) -> names.value(text, type, ""));
    }

    /** A mapping from names, chosen by the operator, to sections. */
    <T> Map<String, T> named(String key, ScalarType<String> name, Function<Section, T> shape) {
        return named(key, name, (ignored, section) -> shape.apply(section));
    }

    /** The same, for sections that depend on their name. */
    <T> Map<String, T> named(String key, ScalarType<String> name, BiFunction<String, Section, T> shape) {
        return names(key, name, (names, text) -> names.section(text, section -> shape.apply(text, section)));
    }

    private <T> Map<String, T> names(String key, ScalarType<String> name, BiFunction<Section, String, T> value) {
        return section(key, names -> {
            Map<String, T> values = new LinkedHashMap<>();
            for (Entry entry : List.copyOf(names.entries.values())) {
                String text = ((Scalar) entry.key()).text();
                names.known.add(text);
                switch (name.reader().apply(text)) {
                    case Reading.Good<String> good -> values.put(good.value(), value.apply(names, text));
                    case Reading.Bad<String> bad ->
                        problems.error(entry.key().place(), names.child(text), bad.message(), bad.suggestion());
                }
            }
            return values;
        });
    }

    void error(String key, String message, @Nullable String suggestion) {
        problems.error(place(key), child(key), message, suggestion);
    }

    void warning(String key, String message, @Nullable String suggestion) {
        problems.warning(place(key), child(key), message, suggestion);
    }

    /** Lets the keys pass that this reader does not ask for. */
    void passRest() {
        known.addAll(entries.keySet());
    }

    /** Refuses the keys nobody asked for. */
    void end() {
        entries.forEach((key, entry) -> {
            if (!known.contains(key)) {
                String nearest = NearestName.of(key, known)
                        .map(name -> "did you mean `" + name + "`?")
                        .orElse("known here: " + String.join(", ", known));
                problems.error(entry.key().place(), child(key), "unknown key", nearest);
            }
        });
    }

    private <T> T open(String name, Mapping mapping, Function<Section, T> shape) {
        Section section = new Section(name, mapping, scalars, problems);
        T value = shape.apply(section);
        section.end();
        return value;
    }

    private void add(Entry entry) {
        if (!(entry.key() instanceof Scalar key)) {
            problems.error(
                    entry.key().place(),
                    path,
                    "expected a key, found " + entry.key().described(),
                    null);
            return;
        }
        Entry earlier = entries.putIfAbsent(key.text(), entry);
        if (earlier != null) {
            int line = earlier.key().place().line();
            problems.error(key.place(), child(key.text()), "is given twice", "the first is in line " + line);
        }
    }

    private @Nullable Yaml take(String key) {
        known.add(key);
        Entry entry = entries.get(key);
        return entry == null ? null : entry.value();
    }

    private @Nullable Mapping mapping(String key, Yaml given) {
        if (given instanceof Mapping mapping) {
            return mapping;
        }
        problems.error(given.place(), child(key), "expected a mapping, found " + given.described(), null);
        return null;
    }

    private Mapping mapping(Map<String, String> texts) {
        List<Entry> written = new ArrayList<>(texts.size());
        texts.forEach((key, text) ->
                written.add(new Entry(new Scalar(place, Kind.TEXT, key), new Scalar(place, Kind.TEXT, text))));
        return new Mapping(place, written);
    }

    private List<Yaml> items(String key, Yaml given) {
        if (given instanceof Sequence sequence) {
            return sequence.items();
        }
        String message = "expected a list, found " + given.described();
        problems.error(given.place(), child(key), message, "begin each item with `- `");
        return List.of();
    }

    private String child(String key) {
        String shown = ScalarReader.shown(key);
        return path.isEmpty() ? shown : path + "." + shown;
    }

    private static boolean isNothing(Yaml yaml) {
        return yaml instanceof Scalar scalar && scalar.kind() == Kind.NOTHING;
    }
}
