package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;

/**
 * Tells an upstream error that is the customer's business from one that speaks of the operator's own account.
 *
 * <p>A refused key (401, 403) or an empty account (402, or 429 with a quota type) names the operator's credentials and
 * money. Shown to a customer it would be a falsehood: their key is fine and their credits are not spent.
 */
final class UpstreamErrors {

    private static final JsonFactory JSON = new JsonFactory();

    private static final Set<String> ACCOUNT_CODES = Set.of(
            ApiErrors.INSUFFICIENT_QUOTA,
            ApiErrors.CREDIT_BALANCE_EXHAUSTED,
            "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "billing_hard_limit_reached",
            "billing_not_active");

    private UpstreamErrors() {}

    static boolean isOperatorFault(int status, byte[] body) {
        return switch (status) {
            case 401, 402, 403, 407 -> true;
            case 429 -> namesTheAccount(body);
            default -> false;
        };
    }

    /** Whether {@code error.type} or {@code error.code} says so; what cannot be read any more counts for nothing. */
    private static boolean namesTheAccount(byte[] body) {
        try (JsonParser parser = JSON.createParser(body)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.VALUE_STRING && isAccountCode(parser)) {
                    return true;
                }
            }
            return false;
        } catch (IOException cutOffOrNotJson) {
            return false;
        }
    }

    /** Depth 2 is the error envelope, depth 1 the bare form of some servers. */
    private static boolean isAccountCode(JsonParser parser) throws IOException {
        String name = parser.currentName();
        return parser.getParsingContext().getNestingDepth() <= 2
                && ("type".equals(name) || "code".equals(name))
                && ACCOUNT_CODES.contains(parser.getText());
    }
}
