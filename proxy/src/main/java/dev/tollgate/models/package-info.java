/** What is known of models. */
@NullMarked
package dev.tollgate.models;

import org.jspecify.annotations.NullMarked;
