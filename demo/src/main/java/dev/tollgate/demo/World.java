package dev.tollgate.demo;

import dev.tollgate.sandbox.dodo.DodoStandIn;
import dev.tollgate.sandbox.dodo.Plan;

/** The one merchant's account at the sandbox's Dodo: a customer with a subscription that grants token credits. */
record World(String customerId, String entitlementId) {

    static World create(DodoStandIn dodo, long credits) {
        World world = new World("cus_demo", "cde_tokens");
        dodo.createCustomer(world.customerId, "demo@example.com");
        dodo.createEntitlement(world.entitlementId);
        dodo.createMeter("mtr_tokens", "api.tokens_used", "tokens");
        dodo.subscribe(world.customerId, Plan.of(world.entitlementId, "mtr_tokens", credits));
        return world;
    }
}
