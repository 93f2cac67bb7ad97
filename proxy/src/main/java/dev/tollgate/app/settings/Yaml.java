package dev.tollgate.app.settings;

import java.util.List;

/** A YAML document as a tree in which everything knows its place. Immutable. */
sealed interface Yaml {
    Place place();

    /** What this is, in words that follow "found". */
    String described();

    /** What YAML takes a scalar for. */
    enum Kind {
        TEXT("text"),
        INTEGER("a whole number"),
        FRACTION("a number with a fraction"),
        TRUTH("true or false"),
        NOTHING("nothing"),
        TAGGED("a value with a tag");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    /** One value; {@code text} is what the file says, which may be a secret, so printing the record hides it. */
    record Scalar(Place place, Kind kind, String text) implements Yaml {
        @Override
        public String described() {
            return kind.words;
        }

        @Override
        public String toString() {
            return "Scalar[" + kind + " at " + place + "]";
        }
    }

    /** Keys and values in the order of the file; keys may repeat. */
    record Mapping(Place place, List<Entry> entries) implements Yaml {
        @Override
        public String described() {
            return "a mapping";
        }
    }

    record Entry(Yaml key, Yaml value) {}

    record Sequence(Place place, List<Yaml> items) implements Yaml {
        @Override
        public String described() {
            return "a list";
        }
    }
}
