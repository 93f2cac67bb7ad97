/** What people see: the customers' page, and the JSON behind it. */
@NullMarked
package dev.tollgate.portal;

import org.jspecify.annotations.NullMarked;
