/** What an operator configures: strict YAML, environment, and one record that holds the result. */
@NullMarked
package dev.tollgate.app.settings;

import org.jspecify.annotations.NullMarked;
