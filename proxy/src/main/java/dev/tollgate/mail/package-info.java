/** Letters to people. */
@NullMarked
package dev.tollgate.mail;

import org.jspecify.annotations.NullMarked;
