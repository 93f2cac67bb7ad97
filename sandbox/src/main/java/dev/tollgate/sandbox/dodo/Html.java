package dev.tollgate.sandbox.dodo;

import dev.tollgate.sandbox.http.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The plain pages that customers of the sandbox see. */
final class Html {
    private Html() {}

    static Reply page(String title, String content) {
        String whole = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\""
                + " content=\"width=device-width\"><title>" + text(title) + "</title><h1>" + text(title) + "</h1>"
                + content;
        return new Reply(
                200, Map.of("content-type", "text/html; charset=utf-8"), whole.getBytes(StandardCharsets.UTF_8));
    }

    /** A button that posts to an address; empty for the page's own. */
    static String button(String action, String label) {
        return "<form method=\"post\"" + (action.isEmpty() ? "" : " action=\"" + text(action) + "\"") + "><button>"
                + text(label) + "</button></form>";
    }

    static Reply redirect(String url) {
        return Reply.empty(303).withHeader("location", url);
    }

    /** Text that cannot be taken for markup. */
    static String text(String raw) {
        return raw.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** An amount of money for people. */
    static String money(int cents, String currency) {
        return java.math.BigDecimal.valueOf(cents, 2).toPlainString() + " " + currency;
    }
}
