package dev.tollgate.journal;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/** The form of records: component after component, whatever they are, so that none can be forgotten. */
final class RecordForm {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final MethodType ONE_FOR_ONE = MethodType.methodType(Object.class, Object.class);

    private final String name;
    private final MethodHandle constructor;
    private final MethodHandle[] accessors;
    private final Form[] forms;

    private RecordForm(String name, MethodHandle constructor, MethodHandle[] accessors, Form[] forms) {
        this.name = name;
        this.constructor = constructor;
        this.accessors = accessors;
        this.forms = forms;
    }

    static Form of(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        if (components == null) {
            throw new IllegalArgumentException("no form is known for " + type);
        }
        Form[] forms = Arrays.stream(components)
                .map(component -> Form.of(component.getGenericType()))
                .toArray(Form[]::new);
        MethodHandle[] accessors =
                Arrays.stream(components).map(RecordForm::accessor).toArray(MethodHandle[]::new);
        RecordForm form = new RecordForm(type.getSimpleName(), constructor(type, components), accessors, forms);
        return new Form(description(type, components, forms), form::write, form::read);
    }

    private static MethodHandle accessor(RecordComponent component) {
        Method accessor = component.getAccessor();
        accessor.setAccessible(true);
        try {
            return LOOKUP.unreflect(accessor).asType(ONE_FOR_ONE);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("it was made accessible", e);
        }
    }

    private static MethodHandle constructor(Class<?> type, RecordComponent[] components) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return LOOKUP.unreflectConstructor(constructor)
                    .asSpreader(Object[].class, types.length)
                    .asType(MethodType.methodType(Object.class, Object[].class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("every record has one, and it was made accessible", e);
        }
    }

    private static String description(Class<?> type, RecordComponent[] components, Form[] forms) {
        StringBuilder text = new StringBuilder(type.getSimpleName());
        for (int i = 0; i < forms.length; i++) {
            text.append(i == 0 ? "(" : ", ")
                    .append(forms[i].description())
                    .append(' ')
                    .append(components[i].getName());
        }
        return text.append(')').toString();
    }

    private void write(DataOutputStream out, Object value) throws IOException {
        for (int i = 0; i < forms.length; i++) {
            forms[i].write(out, call(accessors[i], value));
        }
    }

    private static Object call(MethodHandle accessor, Object value) {
        try {
            return accessor.invokeExact(value);
        } catch (Throwable e) {
            throw new IllegalStateException("a component cannot be read", e);
        }
    }

    private Object read(DataInputStream in) throws IOException {
        Object[] values = new Object[forms.length];
        for (int i = 0; i < forms.length; i++) {
            values[i] = forms[i].read(in);
        }
        try {
            return constructor.invokeExact(values);
        } catch (Throwable e) {
            throw new IOException("no " + name + " is made of this", e);
        }
    }
}
