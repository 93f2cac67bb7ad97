/** Every meter and log field, declared once. */
@NullMarked
package dev.tollgate.telemetry;

import org.jspecify.annotations.NullMarked;
