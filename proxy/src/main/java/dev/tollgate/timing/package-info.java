/** How long may a peer be silent? */
@NullMarked
package dev.tollgate.timing;

import org.jspecify.annotations.NullMarked;
