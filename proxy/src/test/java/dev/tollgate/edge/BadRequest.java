package dev.tollgate.edge;

import java.util.ArrayList;
import java.util.List;

/**
 * A request that must be refused with this status and code, and how many of its bytes pass
 * before at least: its head, or none. The text has one character for each byte.
 */
record BadRequest(String name, String text, int status, String code, int passedBytes) {

    /** Small, so that every limit can be crossed. */
    static final GuardLimits LIMITS =
            new GuardLimits(100, 200, 400, 8, 1000, 1000, 64, 500, 1_000, 60_000, 10, 5_000, 2_000);

    static List<BadRequest> all() {
        List<BadRequest> all = new ArrayList<>(BadHeads.all());
        all.addAll(BadFields.all());
        all.addAll(BadBodies.all());
        return all;
    }

    byte[] bytes() {
        return Requests.bytes(text);
    }

    @Override
    public String toString() {
        StringBuilder visible = new StringBuilder();
        name.chars().limit(80).forEach(c -> visible.append(c >= ' ' && c < 127 ? String.valueOf((char) c) : "\\" + c));
        return visible.toString();
    }
}
