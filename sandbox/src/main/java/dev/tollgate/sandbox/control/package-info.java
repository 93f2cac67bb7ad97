/** The HTTP interface by which other processes read totals and give orders. */
@NullMarked
package dev.tollgate.sandbox.control;

import org.jspecify.annotations.NullMarked;
