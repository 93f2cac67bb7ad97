package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonToken;
import dev.tollgate.openai.ModelRequest.Feature;
import dev.tollgate.openai.ModelRequest.Parts;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;

/**
 * Finds what the byte length of messages, items, prompts, tools and modalities does not bound. Lives for one scan.
 *
 * <p>When in doubt the dearer reading counts: a repeated member counts each time, names match regardless of case, and a
 * part without a known type is unknown.
 */
final class ContentScanner {

    /** Kinds of content parts, from the best bounded to the least. */
    private enum PartKind {
        TEXT,
        AUDIO,
        IMAGE,
        FILE,
        OTHER
    }

    private static final String FILE_ID = "file_id";
    private static final Set<String> FILE_MEMBERS = Set.of("file", "file_data", "file_url");

    private static final Set<String> CLIENT_TOOLS = Set.of("function", "custom");
    private static final Set<String> CLIENT_TOOLS_OF_RESPONSES =
            Set.of("local_shell", "apply_patch", "computer", "computer_use_preview");

    /** Items that are text and nothing else; encrypted ones are longer than the text that they stand for. */
    private static final Set<String> TEXT_ITEMS = Set.of(
            "message",
            "reasoning",
            "compaction",
            "function_call",
            "function_call_output",
            "custom_tool_call",
            "custom_tool_call_output",
            "local_shell_call",
            "local_shell_call_output",
            "apply_patch_call",
            "apply_patch_call_output",
            "computer_call",
            "computer_call_output");

    /** Items that bring tools along, or make the model run once more. */
    private static final Set<String> TOOL_ITEMS =
            Set.of("additional_tools", "tool_search_output", "mcp_approval_response");

    private final JsonReader json;
    private boolean storedInput;
    private int images;
    private int audio;
    private int files;
    private int others;
    private int messages;

    ContentScanner(JsonReader json) {
        this.json = json;
    }

    Parts parts() {
        return new Parts(images, audio, files, others);
    }

    /** How many messages or other items there were. */
    int messages() {
        return messages;
    }

    /** Whether a part names a file that is stored at the provider. */
    boolean hasStoredInput() {
        return storedInput;
    }

    void readMessages(JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            json.refuse("messages", "'messages' must be an array.");
            return;
        }
        for (JsonToken item = json.next(); inArray(item); item = json.next()) {
            if (item == JsonToken.START_OBJECT) {
                readMessage();
            } else {
                json.skipValue();
            }
        }
    }

    /**
     * Whether {@code tools} holds anything but what runs at the client.
     *
     * @param ofResponses whether the tools are those of a response, which knows more kinds that run at the client
     */
    boolean hasHostedTool(JsonToken value, boolean ofResponses) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            json.skipValue();
            return value != JsonToken.VALUE_NULL;
        }
        boolean hosted = false;
        for (JsonToken item = json.next(); inArray(item); item = json.next()) {
            if (item == JsonToken.START_OBJECT) {
                hosted |= isHostedTool(ofResponses);
            } else {
                hosted = true;
                json.skipValue();
            }
        }
        return hosted;
    }

    /** Whether {@code modalities} names anything but text. */
    boolean hasOtherThanText(JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            json.skipValue();
            return value != JsonToken.VALUE_NULL;
        }
        boolean other = false;
        for (JsonToken item = json.next(); inArray(item); item = json.next()) {
            other |= item != JsonToken.VALUE_STRING || !"text".equals(json.text());
            json.skipValue();
        }
        return other;
    }

    /** Reads the input of a response: text, or a list of messages and other items. */
    void readItems(JsonToken value, Set<Feature> features) throws IOException {
        if (value == JsonToken.START_ARRAY) {
            for (JsonToken item = json.next(); inArray(item); item = json.next()) {
                if (item == JsonToken.START_OBJECT) {
                    readItem(features);
                } else {
                    json.skipValue();
                }
            }
        } else if (value == JsonToken.START_OBJECT) {
            json.refuse("input", "'input' must be a string or an array.");
        }
        if (storedInput) {
            features.add(Feature.STORED_INPUT);
        }
    }

    /** How many prompts stand here: each text or list of tokens is one. */
    int countPrompts(JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            count(value == JsonToken.START_OBJECT ? PartKind.OTHER : PartKind.TEXT);
            json.skipValue();
            return 1;
        }
        int texts = 0;
        int tokens = 0;
        for (JsonToken item = json.next(); inArray(item); item = json.next()) {
            if (item.isNumeric()) {
                tokens = 1;
            } else {
                texts++;
                count(item == JsonToken.START_OBJECT ? PartKind.OTHER : PartKind.TEXT);
            }
            json.skipValue();
        }
        return Math.max(1, texts + tokens);
    }

    /** Counts images to be edited. Whether one of them is named by the id of a stored file. */
    boolean hasStoredImage(JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return false;
        }
        if (value != JsonToken.START_ARRAY) {
            count(PartKind.IMAGE);
            return json.skipValueLookingFor(FILE_ID);
        }
        boolean stored = false;
        for (JsonToken item = json.next(); inArray(item); item = json.next()) {
            count(PartKind.IMAGE);
            stored |= json.skipValueLookingFor(FILE_ID);
        }
        return stored;
    }

    /** An item without a type is a message when it has content, else the name of a stored one. */
    private void readItem(Set<Feature> features) throws IOException {
        messages++;
        JsonReader.Mark before = json.mark();
        String type = "";
        boolean content = false;
        while (inObject(json.next())) {
            String name = json.name();
            JsonToken value = json.next();
            if ("type".equalsIgnoreCase(name) && value == JsonToken.VALUE_STRING) {
                type = json.text();
            } else if ("content".equalsIgnoreCase(name) || "output".equalsIgnoreCase(name)) {
                content = true;
                readContent(value);
            } else {
                storedInput |= json.skipValueLookingFor(FILE_ID);
            }
        }
        if (TOOL_ITEMS.contains(type)) {
            features.add(Feature.HOSTED_TOOLS);
        } else if (type.equals("compaction_trigger")) {
            features.add(Feature.COMPACTION);
        } else if (type.equals("item_reference") || (type.isEmpty() && !content)) {
            storedInput = true;
        } else if (type.equals("image_generation_call")) {
            json.forgetSince(before);
            count(PartKind.IMAGE);
        } else if (!type.isEmpty() && !TEXT_ITEMS.contains(type)) {
            json.forgetSince(before);
            count(PartKind.OTHER);
        }
    }

    private void readMessage() throws IOException {
        messages++;
        while (inObject(json.next())) {
            String name = json.name();
            JsonToken value = json.next();
            if ("content".equalsIgnoreCase(name)) {
                readContent(value);
            } else {
                // An assistant message may name audio that the model produced earlier: input that is not in the body.
                if ("audio".equalsIgnoreCase(name) && value != JsonToken.VALUE_NULL) {
                    count(PartKind.OTHER);
                }
                json.skipValue();
            }
        }
    }

    private void readContent(JsonToken value) throws IOException {
        if (value == JsonToken.START_OBJECT) {
            readPart();
        } else if (value == JsonToken.START_ARRAY) {
            for (JsonToken item = json.next(); inArray(item); item = json.next()) {
                if (item == JsonToken.START_OBJECT) {
                    readPart();
                } else {
                    json.skipValue();
                }
            }
        }
    }

    private void readPart() throws IOException {
        JsonReader.Mark before = json.mark();
        PartKind kind = PartKind.TEXT;
        boolean typed = false;
        while (inObject(json.next())) {
            String name = json.name();
            JsonToken value = json.next();
            if ("type".equalsIgnoreCase(name)) {
                typed = true;
                kind = dearer(kind, value == JsonToken.VALUE_STRING ? kindOfType(json.text()) : PartKind.OTHER);
            } else if (value != JsonToken.VALUE_NULL) {
                kind = dearer(kind, kindOfMember(name));
                storedInput |= FILE_ID.equalsIgnoreCase(name);
            }
            storedInput |= json.skipValueLookingFor(FILE_ID);
        }
        PartKind known = typed ? kind : PartKind.OTHER;
        count(known);
        if (known.compareTo(PartKind.AUDIO) > 0) {
            // It is allowed for as a whole.
            json.forgetSince(before);
        }
    }

    private boolean isHostedTool(boolean ofResponses) throws IOException {
        boolean typed = false;
        boolean hosted = false;
        while (inObject(json.next())) {
            boolean type = "type".equalsIgnoreCase(json.name());
            JsonToken value = json.next();
            typed |= type;
            hosted |= type && !(value == JsonToken.VALUE_STRING && runsAtTheClient(json.text(), ofResponses));
            json.skipValue();
        }
        return hosted || !typed;
    }

    private static boolean runsAtTheClient(String toolType, boolean ofResponses) {
        return CLIENT_TOOLS.contains(toolType) || (ofResponses && CLIENT_TOOLS_OF_RESPONSES.contains(toolType));
    }

    private static PartKind kindOfType(String type) {
        return switch (type) {
            case "text", "refusal", "input_text", "output_text", "summary_text", "reasoning_text" -> PartKind.TEXT;
            case "input_audio" -> PartKind.AUDIO;
            case "image_url", "input_image", "computer_screenshot" -> PartKind.IMAGE;
            case "file", "input_file" -> PartKind.FILE;
            default -> PartKind.OTHER;
        };
    }

    /** What a member says about its part, whatever type that claims. */
    private static PartKind kindOfMember(String name) {
        if (name.equalsIgnoreCase("image_url")) {
            return PartKind.IMAGE;
        }
        if (name.equalsIgnoreCase("input_audio")) {
            return PartKind.AUDIO;
        }
        return FILE_MEMBERS.contains(name.toLowerCase(Locale.ROOT)) ? PartKind.FILE : PartKind.TEXT;
    }

    private static PartKind dearer(PartKind one, PartKind other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private void count(PartKind kind) {
        switch (kind) {
            case TEXT -> {}
            case AUDIO -> audio++;
            case IMAGE -> images++;
            case FILE -> files++;
            case OTHER -> others++;
        }
    }

    private boolean inArray(JsonToken token) {
        return !json.refused() && token != JsonToken.END_ARRAY;
    }

    private boolean inObject(JsonToken token) {
        return !json.refused() && token == JsonToken.FIELD_NAME;
    }
}
