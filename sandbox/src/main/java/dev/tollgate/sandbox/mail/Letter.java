package dev.tollgate.sandbox.mail;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A letter as it came.
 *
 * @param headers the last of each name, in lower case, unfolded and otherwise as sent
 * @param text the body, with its transfer encoding (RFC 2045, section 6) undone, as UTF-8
 */
public record Letter(List<String> to, Map<String, String> headers, String text) {
    public Letter {
        to = List.copyOf(to);
        headers = Map.copyOf(headers);
    }

    public String subject() {
        return headers.getOrDefault("subject", "");
    }

    static Letter parse(List<String> to, List<String> lines) {
        int end = lines.indexOf("");
        int bodyStart = end < 0 ? lines.size() : end;
        Map<String, String> headers = new LinkedHashMap<>();
        String last = "";
        for (String line : lines.subList(0, bodyStart)) {
            if (line.startsWith(" ") || line.startsWith("\t")) {
                headers.merge(last, line.strip(), (before, more) -> before + " " + more);
            } else {
                int colon = line.indexOf(':');
                last = line.substring(0, Math.max(0, colon)).toLowerCase(Locale.ROOT);
                headers.put(last, line.substring(colon + 1).strip());
            }
        }
        List<String> body = lines.subList(Math.min(lines.size(), bodyStart + 1), lines.size());
        String encoding =
                headers.getOrDefault("content-transfer-encoding", "7bit").toLowerCase(Locale.ROOT);
        return new Letter(
                to,
                headers,
                switch (encoding) {
                    case "base64" ->
                        new String(Base64.getMimeDecoder().decode(String.join("\n", body)), StandardCharsets.UTF_8);
                    case "quoted-printable" -> unquoted(String.join("\n", body));
                    default -> String.join("\n", body);
                });
    }

    private static String unquoted(String text) {
        String joined = text.replace("=\n", "");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < joined.length(); i++) {
            if (joined.charAt(i) == '=' && i + 2 < joined.length()) {
                bytes.write(Integer.parseInt(joined.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                bytes.writeBytes(String.valueOf(joined.charAt(i)).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
