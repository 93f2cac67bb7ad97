package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import java.util.Objects;

/**
 * The message with which {@link RequestGuard} tells the last handler that it has stopped: nothing of this connection is
 * passed on any more.
 *
 * <p>It travels the pipeline as an inbound message, so it comes after everything of earlier requests, and only once they
 * have been answered. Who receives it answers {@code error} and closes. Three cases:
 *
 * <ul>
 *   <li>no request is in progress: the refused request was never passed on; answer it;
 *   <li>a request is in progress and its end has not come: its body broke off or went wrong, and its last content will
 *       never come; abort it, charge nothing, and answer, unless an answer has begun;
 *   <li>the request in progress was already answered: just close.
 * </ul>
 *
 * <p>The error never repeats bytes of the request.
 */
record GuardRefusal(ApiError error) {
    GuardRefusal {
        Objects.requireNonNull(error);
    }
}
