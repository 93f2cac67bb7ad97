package dev.tollgate.portal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.JournalException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The operator's pages: plain HTML without a script. Whatever comes from elsewhere is escaped. */
final class OperatorPages {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Map<String, String> HEADERS = Map.of(
            "content-type", "text/html; charset=utf-8",
            "cache-control", "no-store",
            "content-security-policy",
                    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
                            + " frame-ancestors 'none'",
            "x-content-type-options", "nosniff",
            "x-frame-options", "DENY",
            "referrer-policy", "same-origin");

    private OperatorPages() {}

    static PortalResponse closed() {
        return plain(
                403,
                "Closed",
                "Set server.admin_token in the settings (TOLLGATE_ADMIN_TOKEN in .env) and restart; then sign in with it"
                        + " here.");
    }

    static PortalResponse plain(int status, String title, String text) {
        return page(status, title, "", section(title, "<p>" + escape(text) + "</p><p><a href=\"/\">Overview</a></p>"));
    }

    static PortalResponse signIn(int status, String problem) {
        String notice = problem.isEmpty() ? "" : "<p class=\"note bad\" role=\"alert\">" + escape(problem) + "</p>";
        return page(status, "Sign in", "", notice + section("Sign in", """
                <form method="post" action="/sign-in">
                <label for="token">Operator's token (server.admin_token)</label>
                <input id="token" name="token" type="password" autocomplete="current-password" required>
                <button>Sign in</button>
                </form>
                """));
    }

    static PortalResponse overview(String form, OperatorPortal.Office office)
            throws JournalException, InterruptedException {
        StringBuilder main = new StringBuilder();
        main.append(section("Money", list(office.state())));
        main.append(section("Customers", table(office.customers(), row -> "")));
        List<ObjectNode> quarantine = office.quarantine();
        String replay = quarantine.isEmpty() ? "" : button("/quarantine", form, "", "Send all of them again");
        main.append(section(
                "Quarantine",
                table(
                                quarantine,
                                row -> button(
                                        "/quarantine",
                                        form,
                                        row.path("request_id").asText(),
                                        "Send again"))
                        + replay));
        main.append(section("Webhooks, the newest", table(office.webhooks(), row -> "")));
        return page(200, "Operator", form, main.toString());
    }

    static PortalResponse customer(
            int status,
            String form,
            Account account,
            List<ObjectNode> keys,
            Adjustments.Grants grants,
            Optional<Adjustments.Outcome> outcome) {
        String notice = outcome.map(each -> "<p class=\"note" + (each.applied() ? "" : " bad") + "\" role=\"status\">"
                        + escape(each.message()) + "</p>")
                .orElse("");
        String problem = grants.problem().isEmpty() ? "" : "<p>" + escape(grants.problem()) + "</p>";
        return page(
                status,
                "Customer " + account.customerId(),
                form,
                notice
                        + section("Grants at Dodo", problem + table(grants.rows(), row -> ""))
                        + section("API keys made here", table(keys, row -> ""))
                        + section("Change credits by hand", adjustment(form, account)));
    }

    /** Its key is made now, so that the same form changes credits once, however often it is sent. */
    private static String adjustment(String form, Account account) {
        return """
                <p class="small">Dodo writes a ledger entry at once. Never take away usage that the meter counts too.</p>
                <form method="post" action="%s">
                <fieldset><legend>What</legend>
                <label class="option"><input type="radio" name="entry_type" value="credit" checked> Add credits</label>
                <label class="option"><input type="radio" name="entry_type" value="debit"> Take credits away</label>
                </fieldset>
                <label for="amount">Credits</label><input id="amount" name="amount" inputmode="decimal" required>
                <label for="reason">Reason</label><input id="reason" name="reason" required maxlength="500">
                <input type="hidden" name="idempotency_key" value="%s"><input type="hidden" name="form" value="%s">
                <button>Do it</button>
                </form>
                """.formatted(escape(link(account.customerId())), "tollgate-" + word(), escape(form));
    }

    private static String button(String path, String form, String requestId, String label) {
        return """
                <form method="post" action="%s"><input type="hidden" name="form" value="%s">\
                <input type="hidden" name="request_id" value="%s"><button class="quiet">%s</button></form>
                """.formatted(path, escape(form), escape(requestId), escape(label));
    }

    private static String section(String title, String content) {
        return "<section id=\"" + escape(title.split("\\W", 2)[0].toLowerCase(Locale.ROOT)) + "\"><h2>" + escape(title)
                + "</h2>" + content + "</section>";
    }

    private static String list(ObjectNode row) {
        StringBuilder html = new StringBuilder("<dl>");
        row.properties()
                .forEach(member -> html.append("<div><dt>")
                        .append(escape(member.getKey().replace('_', ' ')))
                        .append("</dt><dd>")
                        .append(text(member.getValue()))
                        .append("</dd></div>"));
        return html.append("</dl>").toString();
    }

    private static String table(List<ObjectNode> rows, Function<ObjectNode, String> action) {
        if (rows.isEmpty()) {
            return "<p class=\"small\">None.</p>";
        }
        StringBuilder html = new StringBuilder(
                "<div class=\"scroll\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table><thead><tr>");
        rows.getFirst()
                .properties()
                .forEach(member -> html.append("<th scope=\"col\"")
                        .append(member.getValue().isNumber() ? " class=\"number\">" : ">")
                        .append(escape(member.getKey().replace('_', ' ')))
                        .append("</th>"));
        html.append("</tr></thead><tbody>");
        for (ObjectNode row : rows) {
            html.append("<tr>");
            row.properties().forEach(member -> html.append(cell(member.getKey(), member.getValue())));
            String extra = action.apply(row);
            html.append(extra.isEmpty() ? "" : "<td>" + extra + "</td>").append("</tr>");
        }
        return html.append("</tbody></table></div>").toString();
    }

    private static String cell(String name, JsonNode value) {
        String text = text(value);
        return name.equals("customer") && !text.isEmpty()
                ? "<td><a href=\"" + escape(link(value.asText())) + "\">" + text + "</a></td>"
                : "<td" + (value.isNumber() ? " class=\"number\"" : "") + ">" + text + "</td>";
    }

    private static String text(JsonNode value) {
        return value.isIntegralNumber()
                ? String.format(Locale.ROOT, "%,d", value.asLong())
                : value.isNull() ? "–" : escape(value.asText());
    }

    private static String link(String customerId) {
        return "/customers/"
                + URLEncoder.encode(customerId, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static PortalResponse page(int status, String title, String form, String main) {
        String signOut = form.isEmpty()
                ? ""
                : "<nav><a href=\"/\">Overview</a>" + button("/sign-out", form, "", "Sign out") + "</nav>";
        String html = """
                <!doctype html>
                <html lang="en"><head><meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <title>%s - Tollgate</title>
                <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
                <link rel="stylesheet" href="/assets/page.css">
                </head><body class="operator"><header><h1>%s</h1>%s</header><main>%s</main></body></html>
                """.formatted(escape(title), escape(title), signOut, main);
        return new PortalResponse.Whole(status, HEADERS, html);
    }

    private static String word() {
        byte[] bytes = new byte[12];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
