package dev.tollgate.metering;

/**
 * What one request is charged, in meter units.
 *
 * @param estimated whether the provider's own figure is missing, so that a later truth may supersede this one
 */
public record Charge(long units, boolean estimated) {

    public Charge {
        if (units < 0) {
            throw new IllegalArgumentException("a charge cannot be negative: " + units);
        }
    }
}
