/** Stand-ins for OpenAI and Dodo Payments that speak the real protocols and misbehave on command. */
@NullMarked
package dev.tollgate.sandbox;

import org.jspecify.annotations.NullMarked;
