package dev.tollgate.ledger;

import dev.tollgate.journal.Snapshotted;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** That a snapshot leaves nothing out; that it then goes on like the ledger it was taken of is shown by random histories. */
class LedgerSnapshotTest {

    @Test
    void aSnapshotOfAnAccountHasAllItsFields() {
        Snapshotted.assertKeepsFields(AccountSnapshot.class, Set.of("account"), AccountState.class);
    }

    @Test
    void aSnapshotOfALedgerHasAllItsFieldsButThoseWhoWait() {
        Snapshotted.assertKeepsFields(
                LedgerSnapshot.class, Set.of("waiting", "deliveries"), Ledger.class, Deliveries.class);
    }

    @Test
    void whatIsRestoredIsWhatWasTaken() {
        Snapshotted.assertKeepsAll(new LedgerProjection());
    }
}
