/** Talks to Dodo Payments: client, usage shipping, webhooks, balance refresh. */
@NullMarked
package dev.tollgate.billing;

import org.jspecify.annotations.NullMarked;
