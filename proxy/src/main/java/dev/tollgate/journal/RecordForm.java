package dev.tollgate.journal;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/** The form of records: component after component, whatever they are, so that none can be forgotten. */
final class RecordForm {
    private final Constructor<?> constructor;
    private final Method[] accessors;
    private final Form[] forms;

    private RecordForm(Constructor<?> constructor, Method[] accessors, Form[] forms) {
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
        Method[] accessors =
                Arrays.stream(components).map(RecordComponent::getAccessor).toArray(Method[]::new);
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Constructor<?> constructor = constructor(type, types);
        Arrays.stream(accessors).forEach(accessor -> accessor.setAccessible(true));
        constructor.setAccessible(true);
        RecordForm form = new RecordForm(constructor, accessors, forms);
        return new Form(description(type, components, forms), form::write, form::read);
    }

    private static Constructor<?> constructor(Class<?> type, Class<?>[] types) {
        try {
            return type.getDeclaredConstructor(types);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("every record has one", e);
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

    private static Object call(Method accessor, Object value) {
        try {
            return accessor.invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a component cannot be read", e);
        }
    }

    private Object read(DataInputStream in) throws IOException {
        Object[] values = new Object[forms.length];
        for (int i = 0; i < forms.length; i++) {
            values[i] = forms[i].read(in);
        }
        try {
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IOException("no " + constructor.getDeclaringClass().getSimpleName() + " is made of this", e);
        }
    }
}
