/** How much may a key use, whatever its credits? */
@NullMarked
package dev.tollgate.limits;

import org.jspecify.annotations.NullMarked;
