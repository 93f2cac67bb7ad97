package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.math.BigDecimal;

/** What was said in a recording, in the different forms in which it is told. */
record Transcript(Recording recording, String text, int words) {
    /** As {@code text}, {@code srt} or {@code vtt}. */
    String in(String format) {
        String end = "00:%02d:%02d".formatted(recording.seconds() / 60, recording.seconds() % 60);
        return switch (format) {
            case "srt" -> "1\n00:00:00,000 --> " + end + ",000\n" + text + "\n\n";
            case "vtt" -> "WEBVTT\n\n00:00:00.000 --> " + end + ".000\n" + text + "\n\n";
            default -> text + "\n";
        };
    }

    /** With its one segment. */
    ObjectNode verbose(boolean translated) {
        ObjectNode document = Json.object()
                .put("task", translated ? "translate" : "transcribe")
                .put("language", "english")
                .put("duration", BigDecimal.valueOf(recording.seconds()))
                .put("text", text);
        document.putArray("segments")
                .addObject()
                .put("id", 0)
                .put("seek", 0)
                .put("start", 0)
                .put("end", recording.seconds())
                .put("text", text)
                .put("temperature", 0)
                .put("avg_logprob", new BigDecimal("-0.25"))
                .put("compression_ratio", new BigDecimal("1.5"))
                .put("no_speech_prob", new BigDecimal("0.01"))
                .putArray("tokens")
                .add(50364);
        return document;
    }
}
