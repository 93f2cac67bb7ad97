/** How much did the model use, in the meter's units? */
@NullMarked
package dev.tollgate.metering;

import org.jspecify.annotations.NullMarked;
