/** Tests of what the service shows of itself. */
@NullUnmarked
package dev.tollgate.telemetry;

import org.jspecify.annotations.NullUnmarked;
