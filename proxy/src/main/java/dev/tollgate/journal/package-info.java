/** Durable facts, appended in groups. */
@NullMarked
package dev.tollgate.journal;

import org.jspecify.annotations.NullMarked;
