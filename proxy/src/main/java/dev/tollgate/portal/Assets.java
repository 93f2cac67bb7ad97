package dev.tollgate.portal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The page's files, read once. Nothing on it comes from elsewhere, and its policy says so to the browser. */
final class Assets {
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");
    private static final List<String> FILES = List.of("page.html", "page.css", "page.js", "icon.svg");

    private final Map<String, PortalResponse.Whole> byPath;

    private Assets(Map<String, PortalResponse.Whole> byPath) {
        this.byPath = Map.copyOf(byPath);
    }

    static Assets load() {
        Map<String, PortalResponse.Whole> byPath = new HashMap<>();
        for (String file : FILES) {
            String type = TYPES.getOrDefault(file.substring(file.lastIndexOf('.') + 1), "text/plain");
            Map<String, String> headers = Map.of(
                    "content-type", type,
                    "cache-control", "no-cache",
                    "content-security-policy", POLICY,
                    "x-content-type-options", "nosniff",
                    "x-frame-options", "DENY",
                    "referrer-policy", "same-origin");
            String path = file.equals("page.html") ? "/" : "/assets/" + file;
            byPath.put(path, new PortalResponse.Whole(200, headers, read(file)));
        }
        return new Assets(byPath);
    }

    private static String read(String file) {
        try (@Nullable InputStream stream = Assets.class.getResourceAsStream(file)) {
            if (stream == null) {
                throw new IllegalStateException("the program is packaged without " + file);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(String path) {
        return byPath.containsKey(path);
    }

    Optional<PortalResponse.Whole> find(PortalRequest request) {
        return request.method().equals("GET") ? Optional.ofNullable(byPath.get(request.path())) : Optional.empty();
    }
}
