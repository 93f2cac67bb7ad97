/** The whole service against the sandbox, over real sockets. */
@NullMarked
package dev.tollgate.endtoend;

import org.jspecify.annotations.NullMarked;
