/** Who are you, may you go on? Keys, limits, cost bound, decision. */
@NullMarked
package dev.tollgate.admission;

import org.jspecify.annotations.NullMarked;
