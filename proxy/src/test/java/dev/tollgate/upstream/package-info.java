@NullMarked
package dev.tollgate.upstream;

import org.jspecify.annotations.NullMarked;
