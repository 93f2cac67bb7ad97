/** Proofs and tests of the ledger. */
@NullMarked
package dev.tollgate.ledger;

import org.jspecify.annotations.NullMarked;
