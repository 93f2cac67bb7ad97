/** Whether what goes over the wire has the form that Dodo Payments publishes. */
@NullMarked
package dev.tollgate.sandbox.structure;

import org.jspecify.annotations.NullMarked;
