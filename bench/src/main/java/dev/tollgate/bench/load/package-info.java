/** The load harness: Tollgate, nginx and a bare relay under the same load in one run. */
@NullMarked
package dev.tollgate.bench.load;

import org.jspecify.annotations.NullMarked;
