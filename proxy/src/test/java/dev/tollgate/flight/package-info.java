@NullMarked
package dev.tollgate.flight;

import org.jspecify.annotations.NullMarked;
