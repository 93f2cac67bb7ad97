/** How long may something take? */
@NullMarked
package dev.tollgate.timing;

import org.jspecify.annotations.NullMarked;
