@NullMarked
package dev.tollgate.exchange;

import org.jspecify.annotations.NullMarked;
