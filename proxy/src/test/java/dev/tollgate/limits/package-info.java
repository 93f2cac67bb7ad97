/** Limits beside credits, with a clock that is moved by hand. */
@org.jspecify.annotations.NullMarked
package dev.tollgate.limits;
