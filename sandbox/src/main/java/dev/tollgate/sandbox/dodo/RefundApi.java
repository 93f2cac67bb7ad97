package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.Optional;

/** {@code /refunds}: whole payments, which succeed at once. Guarded by the world's lock. */
final class RefundApi {
    private final World world;
    private final Sales sales;

    RefundApi(World world, Sales sales) {
        this.world = world;
        this.sales = sales;
    }

    void addTo(Routes routes) {
        routes.on("POST", "/refunds", (request, ids) -> create(request));
    }

    private Reply create(Request request) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        return Optional.ofNullable(
                        world.payments.get(body.get().path("payment_id").asText()))
                .map(payment -> Reply.json(200, sales.refund(payment)))
                .orElseGet(() -> Replies.notFound("Payment"));
    }
}
