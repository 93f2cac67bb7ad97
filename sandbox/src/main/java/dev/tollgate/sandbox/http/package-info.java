/** A small HTTP/1.1 server whose every byte is under the handler's control. */
@NullMarked
package dev.tollgate.sandbox.http;

import org.jspecify.annotations.NullMarked;
