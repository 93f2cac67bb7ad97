package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A request body by its parts, whether it came as JSON or as {@code multipart/form-data}.
 *
 * @param fields the JSON object, or the text parts; names that end with {@code []} are lists without that ending
 * @param files the parts with a file name, by the name of the field; none in JSON
 */
record Form(ObjectNode fields, Map<String, List<byte[]>> files) {
    private static final Pattern BOUNDARY = Pattern.compile("boundary=\"?([^\";]+)\"?");
    private static final Pattern NAME = Pattern.compile("[; ]name=\"([^\"]*)\"");

    Form {
        files = Map.copyOf(files);
    }

    /** A body that could not be read. */
    static Form nothing() {
        return new Form(Json.object(), Map.of());
    }

    /** Reads a body; empty when it is neither a JSON object nor a whole form. */
    static Optional<Form> read(String contentType, byte[] body) {
        if (!contentType.startsWith("multipart/form-data")) {
            return Json.parseObject(body).map(fields -> new Form(fields, Map.of()));
        }
        Matcher boundary = BOUNDARY.matcher(contentType);
        return boundary.find() ? parts("--" + boundary.group(1), body) : Optional.empty();
    }

    /** The files of one field, in order. */
    List<byte[]> files(String name) {
        return files.getOrDefault(name, List.of());
    }

    private static Optional<Form> parts(String delimiter, byte[] body) {
        // Bytes as Latin-1 characters: positions stay the same, and files stay what they are.
        String text = new String(body, StandardCharsets.ISO_8859_1);
        ObjectNode fields = Json.object();
        Map<String, List<byte[]>> files = new LinkedHashMap<>();
        int start = text.indexOf(delimiter + "\r\n");
        if (start < 0 || !text.contains("\r\n" + delimiter + "--")) {
            return Optional.empty();
        }
        while (start >= 0 && !text.startsWith(delimiter + "--", start)) {
            int head = start + delimiter.length() + 2;
            int content = text.indexOf("\r\n\r\n", head) + 4;
            int end = text.indexOf("\r\n" + delimiter, content - 2);
            if (content < 4 || end < 0) {
                return Optional.empty();
            }
            add(fields, files, text.substring(head, content), text.substring(Math.min(content, end), end));
            start = end + 2;
        }
        return Optional.of(new Form(fields, files));
    }

    private static void add(ObjectNode fields, Map<String, List<byte[]>> files, String head, String content) {
        Matcher matcher = NAME.matcher(head);
        if (!matcher.find()) {
            return;
        }
        boolean list = matcher.group(1).endsWith("[]");
        String name = list ? matcher.group(1).substring(0, matcher.group(1).length() - 2) : matcher.group(1);
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        if (head.contains("filename=")) {
            files.computeIfAbsent(name, absent -> new ArrayList<>()).add(bytes);
            return;
        }
        String value = new String(bytes, StandardCharsets.UTF_8);
        if (list) {
            ArrayNode values = fields.withArrayProperty(name);
            values.add(value);
        } else {
            fields.put(name, value);
        }
    }
}
