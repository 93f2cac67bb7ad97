/** What a merchant sells, and how it comes to exist at Dodo. */
@NullMarked
package dev.tollgate.catalogue;

import org.jspecify.annotations.NullMarked;
