package dev.tollgate.portal;

import dev.tollgate.journal.Account;

/** Who is asking. */
record Person(Account account) {}
