package dev.tollgate.exchange;

import dev.tollgate.openai.ModelRequest;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One method and path of the provider's API, and what it means here. Whatever has no route is refused.
 *
 * @param method in capitals, or {@code *} for any
 * @param path without the {@code /v1} that may stand before it; a segment in braces stands for any one segment,
 *     {@code **} at the end for any number of them, also none
 */
public record Route(String method, String path, Policy policy) {

    public static final String ANY_METHOD = "*";

    private static final String FORM = "multipart/";

    /** What becomes of a request. */
    public sealed interface Policy {
        /**
         * Charged by the usage that the provider reports.
         *
         * @param units the charge of one call, or of one image, where the answer has no usage; without it such a request is
         *     refused
         */
        record Metered(ModelRequest.Kind kind, OptionalLong units) implements Policy {
            public Metered {
                Objects.requireNonNull(kind);
                requirePositive(units);
            }
        }

        /**
         * Charged by the call.
         *
         * @param kind how to read the body, null for not at all
         * @param units the charge of one call; without it every request is refused
         */
        record Flat(ModelRequest.@Nullable Kind kind, OptionalLong units) implements Policy {
            public Flat {
                requirePositive(units);
            }
        }

        /**
         * Costs nothing at the provider.
         *
         * @param kind how to read the body for what a shared account forbids, null for not at all
         */
        record Free(ModelRequest.@Nullable Kind kind) implements Policy {}

        /** Refused; {@code reason} is for the caller. */
        record Denied(String reason) implements Policy {
            public Denied {
                Objects.requireNonNull(reason);
            }
        }

        /** How to read the body, null for not at all. */
        default ModelRequest.@Nullable Kind kind() {
            return null;
        }

        private static void requirePositive(OptionalLong units) {
            if (units.isPresent() && units.getAsLong() < 1) {
                throw new IllegalArgumentException("a charge must be positive: " + units.getAsLong());
            }
        }
    }

    /** Whether a body of this type is passed on while it comes, instead of being read whole first. */
    public boolean streams(String contentType) {
        ModelRequest.@Nullable Kind kind = policy.kind();
        return kind != null && kind.takesForm() && contentType.regionMatches(true, 0, FORM, 0, FORM.length());
    }

    public Route {
        Objects.requireNonNull(method);
        Objects.requireNonNull(policy);
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("a path begins with a slash: " + path);
        }
    }
}
