package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import java.io.IOException;
import java.util.Optional;

/**
 * {@code POST /v1/images/generations}, {@code /edits} and {@code /variations}. GPT image models tell their tokens:
 * words of the prompt, 100 for each image that was sent, and for each new image what the prompt asks or 20 to 60. DALL-E
 * is sold by the image and tells nothing.
 */
final class Images {
    /** A transparent PNG of one pixel. */
    private static final String PIXEL =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

    private static final int TOKENS_PER_IMAGE = 100;
    private static final int PARTIAL_IMAGES_MAX = 3;
    private static final int IMAGES_MAX = 10;

    private final Ids ids;

    Images(Ids ids) {
        this.ids = ids;
    }

    /** A request understood: how many images of what, and what it uses. */
    private record Order(Call call, Prompt prompt, int sentImages, int images, boolean sold, String events) {
        String asked(String name, String otherwise) {
            String value = call.body().path(name).asText(otherwise);
            return value.equals("auto") ? otherwise : value;
        }
    }

    void generate(Call call) throws IOException {
        answer(call, "image_generation");
    }

    void edit(Call call) throws IOException {
        answer(call, "image_edit");
    }

    void vary(Call call) throws IOException {
        answer(call, "");
    }

    private void answer(Call call, String events) throws IOException {
        boolean needsPrompt = !events.isEmpty();
        String text = call.body().path("prompt").asText("");
        int images = call.body().path("n").asInt(1);
        int sent = call.form().files("image").size()
                + call.form().files("mask").size()
                + call.body().path("images").size();
        if (needsPrompt && text.isEmpty()) {
            call.answerFree(
                    Errors.invalid("prompt", "missing_required_parameter", "Missing required parameter: 'prompt'."));
            return;
        }
        if (!events.equals("image_generation") && sent == 0) {
            call.answerFree(
                    Errors.invalid("image", "missing_required_parameter", "Missing required parameter: 'image'."));
            return;
        }
        if (images < 1 || images > IMAGES_MAX) {
            call.answerFree(Errors.invalid("n", "integer_out_of_range", "Invalid 'n': must be 1 to 10."));
            return;
        }
        boolean sold = call.model().startsWith("dall-e") || events.isEmpty();
        Prompt prompt = Prompt.ofText(text, (long) sent * TOKENS_PER_IMAGE);
        Tally tally = new Tally(call, ids.next("img-"), sold ? 0 : prompt.tokens()).images(images);
        Order order = new Order(call, prompt, sent, images, sold, events);
        if (call.streamed() && !sold) {
            call.stream(tally, prompt.delayMillis(), stream -> write(stream, order, tally));
        } else {
            whole(order, tally);
        }
    }

    private static void whole(Order order, Tally tally) throws IOException {
        ObjectNode document = Json.object().put("created", order.call.now().getEpochSecond());
        ArrayNode data = document.putArray("data");
        boolean byAddress = order.sold && order.asked("response_format", "url").equals("url");
        for (int image = 0; image < order.images; image++) {
            ObjectNode item = data.addObject();
            if (byAddress) {
                item.put("url", "https://images.invalid/" + tally.id() + "/" + image + ".png");
            } else {
                item.put("b64_json", PIXEL);
            }
        }
        if (order.sold) {
            order.call.answer(tally, document, false);
            return;
        }
        tally.add((long) order.prompt.wantedTokens() * order.images);
        document.setAll(look(order, "opaque"));
        Optional<ObjectNode> usage =
                UsageObject.image(order.call.script().usage(), tally, (long) order.sentImages * TOKENS_PER_IMAGE);
        usage.ifPresent(object -> document.set("usage", object));
        order.call.answer(tally, document, usage.isPresent());
    }

    private static void write(EventStream stream, Order order, Tally tally) throws IOException {
        int partial = Math.clamp(order.call.body().path("partial_images").asInt(0), 0, PARTIAL_IMAGES_MAX);
        for (int index = 0; index < partial; index++) {
            ObjectNode event = event(order, "partial_image").put("partial_image_index", index);
            stream.event(text(event));
        }
        tally.add(order.prompt.wantedTokens());
        ObjectNode last = event(order, "completed");
        Optional<ObjectNode> usage =
                UsageObject.image(order.call.script().usage(), tally, (long) order.sentImages * TOKENS_PER_IMAGE);
        usage.ifPresent(object -> last.set("usage", object));
        if (usage.isPresent()) {
            stream.usageEvent(text(last));
        } else {
            stream.event(text(last));
        }
    }

    private static ObjectNode event(Order order, String moment) {
        ObjectNode event = Json.object()
                .put("type", order.events + "." + moment)
                .put("b64_json", PIXEL)
                .put("created_at", order.call.now().getEpochSecond());
        return event.setAll(look(order, "opaque"));
    }

    private static ObjectNode look(Order order, String background) {
        return Json.object()
                .put("size", order.asked("size", "1024x1024"))
                .put("quality", order.asked("quality", "low"))
                .put("background", order.asked("background", background))
                .put("output_format", order.asked("output_format", "png"));
    }

    private static String text(ObjectNode event) {
        return "event: " + event.path("type").asText() + "\ndata: " + event + "\n\n";
    }
}
