package dev.tollgate.exchange;

import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Some names of header fields, found in whatever case they come without a copy being made. Never changes. */
final class FieldNames {
    private final List<List<AsciiString>> byLength = new ArrayList<>();

    private FieldNames() {}

    static FieldNames of(String... names) {
        FieldNames found = new FieldNames();
        for (String name : names) {
            while (found.byLength.size() <= name.length()) {
                found.byLength.add(new ArrayList<>(1));
            }
            found.byLength.get(name.length()).add(AsciiString.cached(name));
        }
        return found;
    }

    /** One of these names as it was given here; null for any other. */
    @Nullable
    AsciiString find(CharSequence name) {
        if (name.length() >= byLength.size()) {
            return null;
        }
        List<AsciiString> candidates = byLength.get(name.length());
        for (int i = 0; i < candidates.size(); i++) {
            if (candidates.get(i).contentEqualsIgnoreCase(name)) {
                return candidates.get(i);
            }
        }
        return null;
    }
}
