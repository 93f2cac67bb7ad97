/** Keys that customers were given while the service ran. */
@NullMarked
package dev.tollgate.customers;

import org.jspecify.annotations.NullMarked;
