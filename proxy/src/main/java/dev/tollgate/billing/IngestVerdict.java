package dev.tollgate.billing;

import dev.tollgate.billing.DodoClient.Result;
import java.util.Set;

/** What an answer to a delivery means for what to do next. */
enum IngestVerdict {
    /** Dodo has the events. */
    ACCEPTED,
    /** Nothing was taken; ask again later. */
    LIMITED,
    /** Dodo may have the events or not; the same ids may go again. */
    AMBIGUOUS,
    /** Nothing will be taken until somebody changes a key, a permission or an address. The events are not at fault. */
    BLOCKED,
    /** The batch is too large or holds something that Dodo objects to. */
    REFUSED;

    private static final Set<Integer> ABOUT_CONTENT = Set.of(400, 409, 413, 422);

    /** Codes about the business as a whole, under whatever status they come. */
    private static final Set<String> ABOUT_BUSINESS = Set.of("UNAUTHORIZED", "MERCHANT_NOT_LIVE");

    static IngestVerdict of(Result<?> result) {
        return switch (result) {
            case Result.Ok<?> ignored -> ACCEPTED;
            case Result.Unreachable<?> ignored -> AMBIGUOUS;
            case Result.Refused<?> refused -> of(refused.status(), refused.code());
        };
    }

    /** The same for a ledger entry: one that conflicts was made before, and one for nobody is at fault itself. */
    static IngestVerdict ofEntry(Result<?> result) {
        if (result instanceof Result.Refused<?> refused && refused.status() == 409) {
            return ACCEPTED;
        }
        return result instanceof Result.Refused<?> refused && refused.status() == 404 ? REFUSED : of(result);
    }

    private static IngestVerdict of(int status, String code) {
        if (status == 429) {
            return LIMITED;
        }
        if (status == 408 || status >= 500) {
            return AMBIGUOUS;
        }
        return ABOUT_CONTENT.contains(status) && !ABOUT_BUSINESS.contains(code) ? REFUSED : BLOCKED;
    }
}
