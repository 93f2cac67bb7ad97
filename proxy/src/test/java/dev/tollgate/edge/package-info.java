/** Tests of the listening side. */
@NullMarked
package dev.tollgate.edge;

import org.jspecify.annotations.NullMarked;
