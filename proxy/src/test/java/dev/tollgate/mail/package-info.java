/** Letters to a mail server that takes encryption and passwords seriously. */
@org.jspecify.annotations.NullMarked
package dev.tollgate.mail;
