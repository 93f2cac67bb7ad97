package dev.tollgate.exchange;

import io.netty.handler.codec.http.HttpMethod;

/** The requests that are forwarded. Whatever is not listed here is refused. */
public enum Route {
    CHAT_COMPLETIONS("POST", "/chat/completions", true),
    /** Costs nothing at the provider. */
    MODELS("GET", "/models", false);

    private final String method;
    private final String path;
    private final boolean metered;

    Route(String method, String path, boolean metered) {
        this.method = method;
        this.path = path;
        this.metered = metered;
    }

    public HttpMethod method() {
        return HttpMethod.valueOf(method);
    }

    /** Without the {@code /v1} that may stand before it. */
    public String path() {
        return path;
    }

    /** Whether what it uses is measured and billed. */
    public boolean metered() {
        return metered;
    }
}
