/** What can only be tested in a container; run by {@code mvn -Pcontainer verify}. */
@NullMarked
package dev.tollgate.container;

import org.jspecify.annotations.NullMarked;
