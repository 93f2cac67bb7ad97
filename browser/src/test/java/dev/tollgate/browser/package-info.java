/** What people see, tried as they would try it. */
@NullMarked
package dev.tollgate.browser;

import org.jspecify.annotations.NullMarked;
