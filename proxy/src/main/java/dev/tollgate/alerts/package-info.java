/** Tells people in time: customers that their credits run low, the merchant's own systems of that and of money alarms. */
@NullMarked
package dev.tollgate.alerts;

import org.jspecify.annotations.NullMarked;
