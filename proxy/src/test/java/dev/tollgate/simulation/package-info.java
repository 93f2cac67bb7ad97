/** The whole money path from one seed, in one thread, on a clock that stands still until it is moved. */
@NullMarked
package dev.tollgate.simulation;

import org.jspecify.annotations.NullMarked;
