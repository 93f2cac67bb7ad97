package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** How a product looks from outside. */
final class ProductDocument {
    private static final List<String> MEMBERS = List.of(
            "name",
            "description",
            "tax_category",
            "price",
            "addons",
            "license_key_activation_message",
            "license_key_activations_limit",
            "license_key_duration");

    /** Settings that an attachment inherits from its entitlement where it leaves them out. */
    private static final List<String> INHERITED = List.of(
            "currency",
            "expires_after_days",
            "max_rollover_count",
            "price_per_unit",
            "rollover_percentage",
            "rollover_timeframe_count",
            "rollover_timeframe_interval");

    private ProductDocument() {}

    /** The whole document. */
    static ObjectNode of(World world, Product product) {
        ObjectNode json = common(product).put("brand_id", World.BRAND_ID);
        MEMBERS.forEach(name -> json.set(name, product.document().path(name)));
        json.properties().removeIf(member -> member.getValue().isMissingNode());
        json.put("license_key_enabled", product.givesLicenceKeys());
        ArrayNode attachments = json.putArray("credit_entitlements");
        product.attachments().forEach(attachment -> attachments.add(attachment(world, product, attachment)));
        return json;
    }

    /** The form of lists: what it costs, not what it grants. */
    static ObjectNode brief(Product product) {
        ObjectNode json = common(product)
                .put("name", product.name())
                .put("description", product.document().path("description").textValue())
                .put("tax_category", product.document().path("tax_category").asText())
                .put("price", product.amountCents())
                .put("currency", product.currency());
        json.set("price_detail", product.price());
        return json;
    }

    private static ObjectNode common(Product product) {
        ObjectNode json = Json.object()
                .put("product_id", product.id())
                .put("business_id", World.BUSINESS_ID)
                .put("is_recurring", !product.isOneTime())
                .put("created_at", Times.text(product.createdAt()))
                .put("updated_at", Times.text(product.createdAt()));
        JsonNode metadata = product.document().path("metadata");
        json.set("metadata", metadata.isObject() ? metadata : Json.object());
        return json;
    }

    private static ObjectNode attachment(World world, Product product, JsonNode attachment) {
        Entitlement entitlement =
                world.entitlement(attachment.path("credit_entitlement_id").asText());
        CreditTerms terms = CreditTerms.of(attachment, entitlement);
        ObjectNode json = attachment.deepCopy();
        INHERITED.stream()
                .filter(name -> !json.has(name) && entitlement.settings().has(name))
                .forEach(name -> json.set(name, entitlement.settings().path(name)));
        json.put("id", uuid(product.id() + entitlement.id()))
                .put("credit_entitlement_name", entitlement.name())
                .put("credit_entitlement_unit", entitlement.unit())
                .put("credits_amount", Amounts.text(terms.credits()))
                .put("rollover_enabled", terms.rolloverEnabled())
                .put("overage_enabled", terms.overageEnabled())
                .put("overage_behavior", terms.overageBehavior())
                .put("overage_limit", terms.overageLimit() == null ? null : Amounts.text(terms.overageLimit()));
        if (!json.hasNonNull("proration_behavior")) {
            json.put("proration_behavior", "no_prorate");
        }
        return json.put(
                "trial_credits_expire_after_trial",
                attachment.path("trial_credits_expire_after_trial").asBoolean(false));
    }

    private static String uuid(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }
}
