/** An ordinary program of the official Java SDK: base URL and keys come from the environment. */
@NullMarked
package dev.tollgate.sdks;

import org.jspecify.annotations.NullMarked;
