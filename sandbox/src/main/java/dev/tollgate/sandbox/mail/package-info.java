/** A mail server that delivers nothing and lets everything be read. */
@NullMarked
package dev.tollgate.sandbox.mail;

import org.jspecify.annotations.NullMarked;
