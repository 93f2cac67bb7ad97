package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What tests of all packages want to know of snapshots. */
public final class Snapshotted {
    private int last;

    private Snapshotted() {}

    /** The same once it was written as the journal does, and read. */
    public static <S extends Record> S reread(S snapshot) {
        Form form = Form.of(snapshot.getClass());
        try {
            @SuppressWarnings("unchecked") // the form of a type reads that type
            S read = (S) form.value(form.bytes(snapshot));
            return read;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails when a field is not in the snapshot, or does not come back from it: a new one that was forgotten, or two mixed up. */
    public static <S extends Record> void assertKeepsAll(Journal.Projection<S> blank) {
        S distinct = blank.form().cast(new Snapshotted().value(blank.form()));
        blank.restore(reread(distinct));
        assertThat(blank.snapshot()).isEqualTo(distinct);
    }

    /** Fails when a class has a field that its snapshot has not. */
    public static void assertKeepsFields(Class<? extends Record> snapshot, Set<String> elsewhere, Class<?>... holders) {
        List<String> components = Arrays.stream(snapshot.getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
        assertThat(Arrays.stream(holders).flatMap(Snapshotted::fields).filter(name -> !elsewhere.contains(name)))
                .containsExactlyInAnyOrderElementsOf(components);
    }

    private static Stream<String> fields(Class<?> holder) {
        return Arrays.stream(holder.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
                .map(java.lang.reflect.Field::getName);
    }

    private Object value(Type type) {
        if (type instanceof ParameterizedType generic) {
            Object first = value(generic.getActualTypeArguments()[0]);
            return switch (((Class<?>) generic.getRawType()).getSimpleName()) {
                case "List" -> List.of(first);
                case "Set" -> Set.of(first);
                default -> Map.of(first, value(generic.getActualTypeArguments()[1]));
            };
        }
        Class<?> plain = (Class<?>) type;
        last++;
        if (plain == boolean.class) {
            return true;
        }
        if (plain == int.class) {
            return last;
        }
        if (plain == long.class || plain == Long.class) {
            return (long) last;
        }
        if (plain == String.class) {
            return "text " + last;
        }
        return plain.isEnum() ? plain.getEnumConstants()[1] : record(plain);
    }

    private Object record(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = Arrays.stream(components)
                .map(component -> value(component.getGenericType()))
                .toArray();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
