/** The service and the sandbox in one process, for people who want to see it work without any account. */
@NullMarked
package dev.tollgate.demo;

import org.jspecify.annotations.NullMarked;
