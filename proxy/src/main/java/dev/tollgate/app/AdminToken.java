package dev.tollgate.app;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * What an operator shows to change something through the admin port: a bearer token of the settings. Without one in the
 * settings nobody may.
 */
record AdminToken(@Nullable String value) {

    boolean isSet() {
        return value != null;
    }

    /** Takes the same time whatever is wrong with it. */
    boolean accepts(@Nullable String authorization) {
        if (value == null || authorization == null) {
            return false;
        }
        byte[] expected = ("Bearer " + value).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(expected, authorization.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return isSet() ? "AdminToken[***]" : "AdminToken[none]";
    }
}
