package dev.tollgate.portal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.JournalException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The operator's pages: plain HTML without a script. Whatever comes from elsewhere is escaped. */
final class OperatorPages {
    /** So many rows of a list are on the first page; the rest is behind a link. */
    private static final int SHOWN = 10;

    private static final Pattern WHOLE = Pattern.compile("[0-9]{1,18}");
    private static final Pattern INSTANT =
            Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z");
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
        main.append(waiting(office.outbox(0), SHOWN));
        main.append(refused(form, office.quarantine(0), SHOWN));
        main.append(section("Webhooks, the newest", table(office.webhooks(), row -> "")));
        return page(200, "Operator", form, main.toString());
    }

    static PortalResponse outbox(String form, OperatorPortal.Rows page) {
        return page(200, "Usage on its way", form, waiting(page, page.rows().size()));
    }

    static PortalResponse quarantine(String form, OperatorPortal.Rows page) {
        return page(200, "Quarantine", form, refused(form, page, page.rows().size()));
    }

    private static String waiting(OperatorPortal.Rows page, int most) {
        List<ObjectNode> rows = page.rows().stream().limit(most).toList();
        return section(
                "Outbox: usage on its way to Dodo, the oldest first",
                table(rows, row -> "") + more("/outbox", page, most));
    }

    private static String refused(String form, OperatorPortal.Rows page, int most) {
        List<ObjectNode> rows = page.rows().stream().limit(most).toList();
        String all = rows.isEmpty() ? "" : button("/quarantine", form, "", "Send all of them again");
        String table = table(
                rows, row -> button("/quarantine", form, row.path("request_id").asText(), "Send again"));
        return section("Quarantine: usage that Dodo refuses", table + more("/quarantine", page, most) + all);
    }

    private static String more(String path, OperatorPortal.Rows page, int most) {
        if (page.rows().size() > most) {
            return "<p><a href=\"" + path + "\">Show more</a></p>";
        }
        return page.next() == 0 ? "" : "<p><a href=\"" + path + "?after=" + page.next() + "\">Further on</a></p>";
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
        String shown =
                grants.problem().isEmpty() ? table(grants.rows(), row -> "") : "<p>" + escape(grants.problem()) + "</p>";
        return page(
                status,
                "Customer " + account.customerId(),
                form,
                notice
                        + section("Grants at Dodo", shown)
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
        Set<String> amounts = amounts(rows);
        rows.getFirst()
                .properties()
                .forEach(member -> html.append("<th scope=\"col\"")
                        .append(amounts.contains(member.getKey()) ? " class=\"number\">" : ">")
                        .append(escape(member.getKey().replace('_', ' ')))
                        .append("</th>"));
        html.append(action.apply(rows.getFirst()).isEmpty() ? "" : "<th scope=\"col\">action</th>");
        html.append("</tr></thead><tbody>");
        for (ObjectNode row : rows) {
            html.append("<tr>");
            row.properties()
                    .forEach(member -> html.append(
                            cell(member.getKey(), member.getValue(), amounts.contains(member.getKey()))));
            String extra = action.apply(row);
            html.append(extra.isEmpty() ? "" : "<td>" + extra + "</td>").append("</tr>");
        }
        return html.append("</tbody></table></div>").toString();
    }

    /** The columns of numbers; Dodo's amounts are texts. */
    private static Set<String> amounts(List<ObjectNode> rows) {
        Set<String> names = new HashSet<>();
        for (ObjectNode row : rows) {
            row.properties().forEach(member -> {
                if (member.getValue().isNumber() || member.getKey().endsWith("_amount")) {
                    names.add(member.getKey());
                }
            });
        }
        return names;
    }

    private static String cell(String name, JsonNode value, boolean amount) {
        String text = amount ? number(value) : text(value);
        return name.equals("customer") && !text.isEmpty()
                ? "<td><a href=\"" + escape(link(value.asText())) + "\">" + text + "</a></td>"
                : "<td" + (amount ? " class=\"number\"" : "") + ">" + text + "</td>";
    }

    /** With commas between thousands. */
    private static String number(JsonNode value) {
        String text = text(value);
        return WHOLE.matcher(text).matches() ? String.format(Locale.ROOT, "%,d", Long.parseLong(text)) : text;
    }

    private static String text(JsonNode value) {
        return value.isIntegralNumber()
                ? String.format(Locale.ROOT, "%,d", value.asLong())
                : value.isNull() ? "–" : time(value.asText());
    }

    /** A time to the second, and any other text as it is. */
    private static String time(String text) {
        return INSTANT.matcher(text).matches()
                ? "<time datetime=\"" + text + "\">" + text.substring(0, 19).replace('T', ' ') + " UTC</time>"
                : escape(text);
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
