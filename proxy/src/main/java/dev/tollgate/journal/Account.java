package dev.tollgate.journal;

/** Who pays, and out of which credits: one Dodo customer and one of their credit entitlements. */
public record Account(String customerId, String entitlementId) {
    public Account {
        if (customerId.isEmpty() || entitlementId.isEmpty()) {
            throw new IllegalArgumentException("an account needs a customer and an entitlement");
        }
    }

    @Override
    public String toString() {
        return customerId + "/" + entitlementId;
    }
}
