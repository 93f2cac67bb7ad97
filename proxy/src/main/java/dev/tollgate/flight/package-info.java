/** How far the requests under way have come, in memory that outlives the process. */
@NullMarked
package dev.tollgate.flight;

import org.jspecify.annotations.NullMarked;
