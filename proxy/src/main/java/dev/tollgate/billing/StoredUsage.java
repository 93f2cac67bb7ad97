package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Reads what Dodo keeps of usage. */
final class StoredUsage {
    private StoredUsage() {}

    static DodoClient.StoredEvent event(JsonNode node, String property) throws UnreadableException {
        JsonNode units = node.path("metadata").path(property);
        return new DodoClient.StoredEvent(
                DodoJson.text(node, "event_id"),
                DodoJson.text(node, "customer_id"),
                DodoJson.time(node, "timestamp"),
                units.isIntegralNumber() && units.canConvertToLong()
                        ? OptionalLong.of(units.longValue())
                        : OptionalLong.empty());
    }

    /** What those meters counted in one period. */
    static List<DodoClient.MeteredPeriod> periods(JsonNode node, Set<String> meterIds) throws UnreadableException {
        List<DodoClient.MeteredPeriod> periods = new ArrayList<>();
        for (JsonNode meter : node.path("meters")) {
            if (meterIds.contains(meter.path("id").asText())) {
                periods.add(new DodoClient.MeteredPeriod(
                        DodoJson.optionalText(meter, "name").orElse(""),
                        DodoJson.time(node, "start_date"),
                        DodoJson.time(node, "end_date"),
                        DodoJson.decimal(meter, "consumed_units").longValue()));
            }
        }
        return periods;
    }

    /** A meter's id, if it sums {@code property} of events of this name. */
    static Optional<String> meter(JsonNode node, String eventName, String property) {
        return DodoJson.optionalText(node, "id")
                .filter(id -> node.path("event_name").asText().equals(eventName)
                        && node.path("aggregation").path("key").asText().equals(property));
    }
}
