/** One request from its first byte to its outcome. */
@NullMarked
package dev.tollgate.exchange;

import org.jspecify.annotations.NullMarked;
