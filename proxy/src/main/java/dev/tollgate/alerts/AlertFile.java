package dev.tollgate.alerts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has been told, and what is still to be told, beside the journal. A file that cannot be read is as good as none:
 * somebody may then be told twice.
 */
record AlertFile(Path file) {
    private static final Logger LOG = LoggerFactory.getLogger(AlertFile.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** @param told what is not told again until it is over */
    record Content(Set<String> told, List<Message> waiting) {}

    Content read() {
        Set<String> told = new HashSet<>();
        List<Message> waiting = new ArrayList<>();
        try {
            if (Files.exists(file)) {
                JsonNode document = MAPPER.readTree(Files.readString(file, StandardCharsets.UTF_8));
                document.path("told").forEach(key -> told.add(key.asText()));
                document.path("waiting").forEach(node -> waiting.add(message(node)));
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be read; some alerts may be sent a second time", file);
        }
        return new Content(told, waiting);
    }

    private static Message message(JsonNode node) {
        return new Message(
                node.path("id").asText(),
                node.path("customer_id").asText(),
                node.path("subject").asText(),
                node.path("body").asText(),
                node.path("attempts").asInt(),
                node.path("due_millis").asLong());
    }

    void write(Content content) {
        ObjectNode document = MAPPER.createObjectNode();
        content.told().stream().sorted().forEach(document.putArray("told")::add);
        var waiting = document.putArray("waiting");
        for (Message message : content.waiting()) {
            waiting.addObject()
                    .put("id", message.id())
                    .put("customer_id", message.customerId())
                    .put("subject", message.subject())
                    .put("body", message.body())
                    .put("attempts", message.attempts())
                    .put("due_millis", message.dueMillis());
        }
        try {
            replace(MAPPER.writeValueAsBytes(document));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree could not be written", e);
        } catch (IOException e) {
            LOG.warn(
                    "{} cannot be written: {}; after a restart some alerts may be sent a second time",
                    file,
                    e.getMessage());
        }
    }

    /** The old file or the new one, never half of it. */
    private void replace(byte[] bytes) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.write(next, bytes);
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
