/** Who may still spend how much? A pure state machine and the thread that owns it. */
@NullMarked
package dev.tollgate.ledger;

import org.jspecify.annotations.NullMarked;
