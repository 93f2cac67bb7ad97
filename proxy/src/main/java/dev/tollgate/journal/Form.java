package dev.tollgate.journal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How values of one type are written as bytes and read again: numbers, booleans, text, enum constants, records of these, and
 * lists, sets and maps of these, which keep their order. Nothing is null.
 *
 * @param description says the type with all that is in it, and changes with any of it
 */
record Form(String description, Writer writer, Reader reader) {
    private static final Map<Class<?>, Form> SCALARS = Map.of(
            long.class, new Form("long", (out, value) -> out.writeLong((Long) value), DataInputStream::readLong),
            int.class, new Form("int", (out, value) -> out.writeInt((Integer) value), DataInputStream::readInt),
            boolean.class,
                    new Form(
                            "boolean", (out, value) -> out.writeBoolean((Boolean) value), DataInputStream::readBoolean),
            Long.class, new Form("Long", (out, value) -> out.writeLong((Long) value), DataInputStream::readLong),
            String.class, new Form("text", (out, value) -> writeText(out, (String) value), Form::readText));

    interface Writer {
        void write(DataOutputStream out, Object value) throws IOException;
    }

    interface Reader {
        Object read(DataInputStream in) throws IOException;
    }

    /** @throws IllegalArgumentException for a type that has no form */
    static Form of(Type type) {
        if (type instanceof ParameterizedType generic) {
            return ofMany(generic);
        }
        if (!(type instanceof Class<?> plain)) {
            throw new IllegalArgumentException("no form is known for " + type);
        }
        Form scalar = SCALARS.get(plain);
        if (scalar != null) {
            return scalar;
        }
        return plain.isEnum() ? ofEnum(plain) : RecordForm.of(plain);
    }

    void write(DataOutputStream out, Object value) throws IOException {
        writer.write(out, value);
    }

    Object read(DataInputStream in) throws IOException {
        return reader.read(in);
    }

    /** The form of a list with one value for each of {@code forms}. */
    static Form ofRow(List<Form> forms) {
        String description = forms.stream().map(Form::description).collect(Collectors.joining(", ", "[", "]"));
        Writer writer = (out, values) -> {
            for (int i = 0; i < forms.size(); i++) {
                forms.get(i).write(out, ((List<?>) values).get(i));
            }
        };
        Reader reader = in -> {
            List<Object> values = new ArrayList<>();
            for (Form form : forms) {
                values.add(form.read(in));
            }
            return values;
        };
        return new Form(description, writer, reader);
    }

    byte[] bytes(Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 16);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(out, value);
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be written", e);
        }
        return bytes.toByteArray();
    }

    /** @throws IOException when the bytes are not those of such a value */
    Object value(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            Object value = read(in);
            if (in.read() >= 0) {
                throw new IOException("there is something after the end");
            }
            return value;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException("the bytes are those of something else", e);
        }
    }

    private static Form ofEnum(Class<?> type) {
        List<?> constants = Arrays.asList(type.getEnumConstants());
        return new Form(
                type.getSimpleName() + constants,
                (out, value) -> out.writeInt(constants.indexOf(value)),
                in -> constants.get(in.readInt()));
    }

    private static Form ofMany(ParameterizedType type) {
        String shape = ((Class<?>) type.getRawType()).getSimpleName();
        Form first = of(type.getActualTypeArguments()[0]);
        return switch (shape) {
            case "List" -> ofCollection(shape, first, in -> fill(in, first, new ArrayList<>()));
            case "Set" -> ofCollection(shape, first, in -> fill(in, first, new LinkedHashSet<>()));
            case "Map" -> ofMap(first, of(type.getActualTypeArguments()[1]));
            default -> throw new IllegalArgumentException("no form is known for " + type);
        };
    }

    private static Form ofCollection(String shape, Form element, Reader reader) {
        Writer writer = (out, value) -> {
            Collection<?> all = (Collection<?>) value;
            out.writeInt(all.size());
            for (Object one : all) {
                element.write(out, one);
            }
        };
        return new Form(shape + "<" + element.description() + ">", writer, reader);
    }

    private static Collection<Object> fill(DataInputStream in, Form element, Collection<Object> into)
            throws IOException {
        int size = in.readInt();
        for (int i = 0; i < size; i++) {
            into.add(element.read(in));
        }
        return into;
    }

    private static Form ofMap(Form key, Form value) {
        Writer writer = (out, all) -> {
            Map<?, ?> map = (Map<?, ?>) all;
            out.writeInt(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                key.write(out, entry.getKey());
                value.write(out, entry.getValue());
            }
        };
        Reader reader = in -> {
            Map<Object, Object> into = new LinkedHashMap<>();
            int size = in.readInt();
            for (int i = 0; i < size; i++) {
                Object read = key.read(in);
                into.put(read, value.read(in));
            }
            return into;
        };
        return new Form("Map<" + key.description() + ", " + value.description() + ">", writer, reader);
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readText(DataInputStream in) throws IOException {
        int length = in.readInt();
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new IOException("text breaks off");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
