package dev.tollgate.exchange;

import dev.tollgate.limits.Pass;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import java.util.Optional;

/** Whether the limits of its key let a request go on. */
final class Limiting {
    private static final String ONE_MODEL = "/models/";

    private Limiting() {}

    /** The same work, or its refusal. What is refused for its own sake counts as a request too. */
    static Work limited(Work work, Ask ask, Pass pass) {
        Optional<ApiError> limit = pass.begin().or(() -> switch (work) {
            case Work.Refused ignored -> Optional.empty();
            case Work.Free ignored -> allowed(ask, pass);
            case Work.Paid paid -> pass.take(paid.model(), likelyTokens(paid));
        });
        return limit.<Work>map(Work.Refused::new).orElse(work);
    }

    private static long likelyTokens(Work.Paid paid) {
        long textBytes = paid.request() == null ? 0 : paid.request().bodyBytes();
        return paid.demand().likelyTokens(textBytes);
    }

    private static Optional<ApiError> allowed(Ask ask, Pass pass) {
        if (!ask.target().startsWith(ONE_MODEL)) {
            return Optional.empty();
        }
        String model = ask.target().substring(ONE_MODEL.length());
        return pass.allows(model) ? Optional.empty() : Optional.of(ApiErrors.modelNotFound(model));
    }
}
