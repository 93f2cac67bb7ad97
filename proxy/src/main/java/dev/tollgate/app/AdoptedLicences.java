package dev.tollgate.app;

import dev.tollgate.billing.WebhookReceiver;
import dev.tollgate.customers.CustomerKeys;
import dev.tollgate.journal.Account;

/** Licence keys that Dodo delivers become customers' keys. */
record AdoptedLicences(CustomerKeys customerKeys) implements WebhookReceiver.Licences {
    /** The name that customers see beside such a key. */
    private static final String LICENCE = "license key";

    @Override
    public boolean adopt(Account account, String grantId, String key) throws InterruptedException {
        return customerKeys.adopt(account, LICENCE, grantId, key);
    }

    @Override
    public boolean revoke(Account account, String grantId, String key) throws InterruptedException {
        return customerKeys.disown(account, LICENCE, grantId, key);
    }
}
