/** A stand-in for Dodo Payments: events, credits, subscriptions, webhooks, on the sandbox clock. */
@NullMarked
package dev.tollgate.sandbox.dodo;

import org.jspecify.annotations.NullMarked;
