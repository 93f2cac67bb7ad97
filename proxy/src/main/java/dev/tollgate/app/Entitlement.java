package dev.tollgate.app;

import dev.tollgate.app.settings.Settings;
import dev.tollgate.billing.DodoClient;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which credits requests are paid with: those that the settings name, or the only ones that there are. */
final class Entitlement {
    private Entitlement() {}

    /** Asks Dodo, and so may wait. */
    static String find(Settings settings, DodoClient dodo) throws StartException {
        @Nullable String configured = settings.dodo().entitlement();
        if (configured != null) {
            return configured;
        }
        return switch (dodo.creditEntitlements()) {
            case DodoClient.Result.Ok<List<DodoClient.CreditEntitlement>> ok -> only(ok.value());
            case DodoClient.Result.Refused<List<DodoClient.CreditEntitlement>> refused ->
                throw new StartException("Dodo refused to list credit entitlements (" + refused.status()
                        + "); check DODO_PAYMENTS_API_KEY and DODO_ENVIRONMENT, or set CREDIT_ENTITLEMENT_ID");
            case DodoClient.Result.Unreachable<List<DodoClient.CreditEntitlement>> unreachable ->
                throw new StartException("Dodo cannot be reached to find the credit entitlement ("
                        + unreachable.reason() + "); set CREDIT_ENTITLEMENT_ID to start without it");
        };
    }

    private static String only(List<DodoClient.CreditEntitlement> found) throws StartException {
        if (found.size() == 1) {
            return found.getFirst().id();
        }
        String choices = found.stream()
                .map(entitlement -> entitlement.id() + " (" + entitlement.name() + ")")
                .collect(Collectors.joining(", "));
        throw new StartException(
                found.isEmpty()
                        ? "this Dodo account has no credit entitlement; create one, then set CREDIT_ENTITLEMENT_ID"
                        : "this Dodo account has several credit entitlements; set CREDIT_ENTITLEMENT_ID to one of "
                                + choices);
    }
}
