/** Starts everything: wiring in one method, threads, ordered shutdown, command line. */
@NullMarked
package dev.tollgate.app;

import org.jspecify.annotations.NullMarked;
