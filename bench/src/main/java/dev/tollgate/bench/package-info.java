/** Micro-benchmarks of what every request passes through. */
@NullMarked
package dev.tollgate.bench;

import org.jspecify.annotations.NullMarked;
