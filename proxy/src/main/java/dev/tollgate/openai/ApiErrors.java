package dev.tollgate.openai;

import dev.tollgate.openai.ApiError.Retry;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every refusal Tollgate gives, ready made: the one place where their wording, status and retry advice are decided.
 *
 * <p>Types and codes are OpenAI's own wherever OpenAI has one, so that tools which special-case them keep working.
 * Nothing secret goes in: a key is never echoed, not even masked.
 */
public final class ApiErrors {

    static final String INSUFFICIENT_QUOTA = "insufficient_quota";
    static final String CREDIT_BALANCE_EXHAUSTED = "credit_balance_exhausted";

    private static final String RATE_LIMIT = "rate_limit_error";
    private static final String UNAVAILABLE = "service_unavailable_error";
    private static final Retry NEVER = new Retry.Never();

    private ApiErrors() {}

    public static ApiError missingKey() {
        return ApiError.invalidRequest(
                401,
                null,
                null,
                "You didn't provide an API key. Send your key in an Authorization header using Bearer auth"
                        + " (Authorization: Bearer YOUR_KEY).");
    }

    public static ApiError invalidKey() {
        return ApiError.invalidRequest(401, "invalid_api_key", null, "Incorrect API key provided.");
    }

    public static ApiError revokedKey() {
        return ApiError.invalidRequest(
                401, "invalid_api_key", null, "This API key has been revoked. Create a new key and use that one.");
    }

    public static ApiError expiredKey() {
        return ApiError.invalidRequest(
                401, "invalid_api_key", null, "This API key has expired. Create a new key and use that one.");
    }

    /**
     * Nobody serves this model, or the key may not use it, in the words that tools look for.
     *
     * @param model as the caller named it; a long name is cut off in the message
     */
    public static ApiError modelNotFound(String model) {
        return ApiError.invalidRequest(
                404,
                "model_not_found",
                "model",
                "The model `" + shorten(model) + "` does not exist or you do not have access to it.");
    }

    /**
     * No such route, or none that is served here.
     *
     * @param path the path as requested, without its query; a long one is cut off in the message
     */
    public static ApiError unknownRoute(String method, String path) {
        return ApiError.invalidRequest(
                404,
                null,
                null,
                "Unknown request URL: " + method + " " + shorten(path)
                        + ". Set the base URL to this service's address, with or without /v1, and see which routes it offers.");
    }

    /**
     * The route exists, and is not offered here (403).
     *
     * @param reason why, and what to do instead; a whole sentence
     */
    public static ApiError deniedRoute(String reason) {
        return new ApiError(403, ApiError.INVALID_REQUEST, "route_not_offered", null, reason, NEVER);
    }

    /** The route is charged by the call, and the operator has set no charge for it (403). */
    public static ApiError unpricedRoute() {
        return new ApiError(
                403,
                ApiError.INVALID_REQUEST,
                "route_not_priced",
                null,
                "The provider does not report what this route uses, and this service has set no price for a call. Ask its"
                        + " operator to offer it.",
                NEVER);
    }

    /** The provider would not say what an answer to this request used, and the operator has set no charge for it (403). */
    public static ApiError unpricedRequest(String model) {
        return new ApiError(
                403,
                ApiError.INVALID_REQUEST,
                "route_not_priced",
                "model",
                "The provider does not report what " + shorten(model)
                        + " uses here, and this service has set no price for"
                        + " it. Use a model that reports its usage, and for transcriptions the response_format json or"
                        + " verbose_json.",
                NEVER);
    }

    /**
     * The path is served, but not with this method.
     *
     * @param allowed the methods that would be right, as in an {@code allow} header
     */
    public static ApiError wrongMethod(String method, String allowed) {
        return ApiError.invalidRequest(
                405, "method_not_supported", null, method + " is not supported here. Use " + allowed + ".");
    }

    /**
     * The body cannot be read.
     *
     * @param reason where and why reading stopped; must not quote the body
     */
    public static ApiError notJson(String reason) {
        return ApiError.invalidRequest(400, null, null, "The request body is not valid JSON: " + reason + ".");
    }

    /** The route takes forms, and this is none that every reader understands alike. */
    public static ApiError notAForm() {
        return ApiError.invalidRequest(
                415,
                "unsupported_content_type",
                null,
                "Send a form here: Content-Type multipart/form-data with one boundary of up to 70 letters, digits and"
                        + " hyphens.");
    }

    /** A field came after the hold was made, and asks for more than it covers. */
    public static ApiError lateField() {
        return ApiError.invalidRequest(
                400,
                "late_field",
                null,
                "The fields behind the file ask for more than could be known before it. Send model, n, size and all other"
                        + " fields before the files.");
    }

    public static ApiError tooDeep(int limit) {
        return ApiError.invalidRequest(400, null, null, "The request body is nested deeper than " + limit + " levels.");
    }

    public static ApiError tooLarge(long limitBytes) {
        return ApiError.invalidRequest(
                413, "request_too_large", null, "The request body is larger than " + limitBytes + " bytes.");
    }

    /**
     * The balance is used up (402). Retrying cannot help, and says so.
     *
     * @param neededTokens what the request would have had to hold
     * @param availableTokens what the customer can still spend, at least 0
     * @param topUpUrl where the customer buys credits, if the operator has such a page
     */
    public static ApiError outOfCredits(long neededTokens, long availableTokens, @Nullable String topUpUrl) {
        String message = "Your credit balance is exhausted: this request needs up to " + neededTokens + " tokens and "
                + availableTokens + " are left." + (topUpUrl == null ? "" : " Add credits at " + topUpUrl);
        return paymentRequired(CREDIT_BALANCE_EXHAUSTED, message, neededTokens, availableTokens, topUpUrl);
    }

    /** The balance is positive, but this one request could cost more than it (402). */
    public static ApiError requestExceedsBalance(long neededTokens, long availableTokens, @Nullable String topUpUrl) {
        String message = "This request needs up to " + neededTokens + " tokens and your balance covers "
                + availableTokens + ". Lower max_completion_tokens or shorten the prompt"
                + (topUpUrl == null ? "." : ", or add credits at " + topUpUrl);
        return paymentRequired("request_exceeds_balance", message, neededTokens, availableTokens, topUpUrl);
    }

    /** The customer's subscription is paused, and the operator does not serve on the credits left in it (402). */
    public static ApiError subscriptionPaused(@Nullable String topUpUrl) {
        return withheld("subscription_paused", "Your subscription is paused. Resume it to use your credits", topUpUrl);
    }

    /** A payment for the customer's subscription failed, and the operator does not serve until it is made (402). */
    public static ApiError subscriptionOnHold(@Nullable String topUpUrl) {
        return withheld(
                "subscription_on_hold",
                "Your subscription is on hold because a payment failed. Pay to use your credits",
                topUpUrl);
    }

    /** The customer's subscription has ended, and the operator does not serve on the credits left over (402). */
    public static ApiError subscriptionEnded(@Nullable String topUpUrl) {
        return withheld(
                "subscription_ended", "Your subscription has ended. Subscribe again to use your credits", topUpUrl);
    }

    /** The customer has credits and no subscription that uses them up, and the operator does not serve that (402). */
    public static ApiError subscriptionNeeded(@Nullable String topUpUrl) {
        return withheld("subscription_needed", "You need a subscription to use your credits. Subscribe", topUpUrl);
    }

    private static ApiError withheld(String code, String message, @Nullable String topUpUrl) {
        ApiError error = new ApiError(
                402, INSUFFICIENT_QUOTA, code, null, message + (topUpUrl == null ? "." : " at " + topUpUrl), NEVER);
        return topUpUrl == null ? error : error.with("topup_url", topUpUrl);
    }

    /** The balance would do, but the customer's own running requests hold it (429, retried by every SDK). */
    public static ApiError heldByRunningRequests(long neededTokens, long availableTokens) {
        String message = "Your credits are held by your requests in flight: this request needs up to " + neededTokens
                + " tokens and " + availableTokens + " are free right now. They come back as those requests end.";
        return new ApiError(429, RATE_LIMIT, "in_flight_budget_exhausted", null, message, new Retry.After(1))
                .with("needed_tokens", neededTokens)
                .with("available_tokens", availableTokens);
    }

    /** The key has made as many requests in the last minute as it may (429, retried by every SDK). */
    public static ApiError requestRateReached(long perMinute, int retrySeconds) {
        return rateReached(
                "requests",
                "Rate limit reached on requests per min (RPM): Limit " + perMinute + ". Please try again in "
                        + retrySeconds + "s.",
                new Retry.After(retrySeconds));
    }

    /** The key has used as many tokens in the last minute as it may (429, retried by every SDK). */
    public static ApiError tokenRateReached(long perMinute, long requestedTokens, int retrySeconds) {
        return rateReached(
                "tokens",
                "Rate limit reached on tokens per min (TPM): Limit " + perMinute + ", Requested " + requestedTokens
                        + ". Please try again in " + retrySeconds + "s.",
                new Retry.After(retrySeconds));
    }

    /** One request alone is more than the key may use in a minute (429); no retry helps. */
    public static ApiError tooLargeForTokenRate(long perMinute, long requestedTokens) {
        return rateReached(
                "tokens",
                "Request too large on tokens per min (TPM): Limit " + perMinute + ", Requested " + requestedTokens
                        + ". The input or output tokens must be reduced in order to run successfully.",
                NEVER);
    }

    private static ApiError rateReached(String type, String message, Retry retry) {
        return new ApiError(429, type, "rate_limit_exceeded", null, message, retry);
    }

    /**
     * What the operator lets the key, or the customer, use in this period is used up (429); no retry helps.
     *
     * @param resetsAt when the next period begins, in ISO 8601
     */
    public static ApiError budgetExhausted(long budgetUnits, String resetsAt) {
        String message = "You have used the budget of " + budgetUnits + " units that is set for this API key or plan."
                + " It is renewed at " + resetsAt + ".";
        return new ApiError(429, INSUFFICIENT_QUOTA, "budget_exhausted", null, message, NEVER)
                .with("budget_units", budgetUnits)
                .with("resets_at", resetsAt);
    }

    /** One idempotency key came with two different requests (422); no retry helps. */
    public static ApiError idempotencyKeyReused() {
        return new ApiError(
                422,
                ApiError.INVALID_REQUEST,
                "idempotency_key_reused",
                null,
                "This Idempotency-Key was used with another request before. Use a new key for a new request.",
                NEVER);
    }

    /** So many of the customer's requests are running that another one may not start (429, retried by every SDK). */
    public static ApiError tooManyRequests(int requestsMax) {
        String message = "You have " + requestsMax + " requests running at once, which is the most this service allows"
                + " you. Try again when one of them has ended.";
        return new ApiError(429, RATE_LIMIT, "too_many_concurrent_requests", null, message, new Retry.After(1));
    }

    public static ApiError billingUnreachable() {
        return unavailable(
                503,
                "billing_unavailable",
                "Your balance cannot be checked right now. You have not been charged.",
                new Retry.After(2));
    }

    /** The operator's account or key at the provider does not work: not the customer's fault, and no retry helps. */
    public static ApiError upstreamUnavailable() {
        return unavailable(
                503,
                "upstream_unavailable",
                "The model provider is not available through this service right now. The operator has been told.",
                NEVER);
    }

    /** The provider could not be reached; another attempt may. */
    public static ApiError upstreamUnreachable() {
        return unavailable(
                503,
                "upstream_unreachable",
                "The model provider could not be reached. You have not been charged.",
                new Retry.After(1));
    }

    public static ApiError upstreamTimeout() {
        return unavailable(504, "upstream_timeout", "The model provider did not answer in time.", new Retry.Unstated());
    }

    /** A fault of this service itself; nothing was forwarded. */
    public static ApiError internalError() {
        return new ApiError(
                500,
                "server_error",
                "internal_error",
                null,
                "This service failed to handle the request. You have not been charged.",
                new Retry.Unstated());
    }

    /** The connection to the provider was lost after the request went out and before an answer came. */
    public static ApiError upstreamLost() {
        return unavailable(
                502,
                "upstream_lost",
                "The connection to the model provider broke before it answered. What it may have used is charged as an"
                        + " estimate.",
                new Retry.Unstated());
    }

    /** The answer broke off after it had begun; meant for the end of a stream. */
    public static ApiError upstreamBrokeOff() {
        return unavailable(
                503,
                "upstream_broke_off",
                "The model provider broke off its answer. What was delivered is charged.",
                new Retry.Unstated());
    }

    public static ApiError overloaded() {
        return unavailable(
                503, "server_is_overloaded", "This service is overloaded. Try again shortly.", new Retry.After(1));
    }

    public static ApiError shuttingDown() {
        return unavailable(503, "server_is_restarting", "This service is restarting.", new Retry.After(1));
    }

    /**
     * What the customer must be told instead of an upstream's own error answer; empty where that answer is the
     * customer's business and passes unchanged.
     *
     * @param body the upstream's error body, whole or its first part; only its error type and code are looked at
     */
    public static Optional<ApiError> insteadOfUpstream(int status, byte[] body) {
        return UpstreamErrors.isOperatorFault(status, body) ? Optional.of(upstreamUnavailable()) : Optional.empty();
    }

    private static ApiError paymentRequired(
            String code, String message, long neededTokens, long availableTokens, @Nullable String topUpUrl) {
        ApiError error = new ApiError(402, INSUFFICIENT_QUOTA, code, null, message, NEVER)
                .with("needed_tokens", neededTokens)
                .with("available_tokens", availableTokens);
        return topUpUrl == null ? error : error.with("topup_url", topUpUrl);
    }

    private static ApiError unavailable(int status, String code, String message, Retry retry) {
        return new ApiError(status, UNAVAILABLE, code, null, message, retry);
    }

    private static String shorten(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
