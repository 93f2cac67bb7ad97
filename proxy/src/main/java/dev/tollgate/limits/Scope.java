package dev.tollgate.limits;

import java.util.Objects;

/**
 * Requests that share restrictions: those of one key, or those of all keys that a customer has under one plan.
 *
 * @param name the key's id, or the plan's name
 */
public record Scope(Kind kind, String customerId, String name, Restrictions restrictions) {

    /** Who shares. */
    public enum Kind {
        KEY,
        PLAN
    }

    /** What tells scopes apart, whatever their restrictions. */
    record Id(Kind kind, String customerId, String name) {}

    public Scope {
        Objects.requireNonNull(kind);
        Objects.requireNonNull(customerId);
        Objects.requireNonNull(name);
        Objects.requireNonNull(restrictions);
    }

    Id id() {
        return new Id(kind, customerId, name);
    }
}
