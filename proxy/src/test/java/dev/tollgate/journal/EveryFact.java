package dev.tollgate.journal;

import java.util.List;

/** One fact of every kind, and of those that differ within a kind, with values that are easily mistaken. */
final class EveryFact {
    private static final Account ACCOUNT = new Account("cus_\u00e9\u4e16\ud83d\ude00", "cde_1");
    private static final Fact.Tokens TOKENS = new Fact.Tokens(0, 127, 128, Long.MAX_VALUE, 1L << 35);

    static final List<Fact> FACTS = List.of(
            new Fact.Based(ACCOUNT, Long.MIN_VALUE, 5, -1, List.of("e1", "e2"), 1),
            new Fact.Based(ACCOUNT, -64, -65, 64, List.of(), Long.MAX_VALUE),
            new Fact.TermsSeen(
                    ACCOUNT,
                    new Fact.Terms(
                            Long.MAX_VALUE,
                            Fact.Standing.ON_HOLD,
                            2,
                            List.of(new Fact.Grant("cdg_1", 1_800_000_000_000L, 700), new Fact.Grant("cdg_2", 5, 0))),
                    2),
            new Fact.Reserved("r1", ACCOUNT, "k", "gpt", 10, 20, 3),
            new Fact.Reserved("r2", ACCOUNT, "k", "gpt", 10, 20, 40, true, 3),
            new Fact.Shrunk("r2", ACCOUNT, 25, 3),
            new Fact.Settled("r1", ACCOUNT, "k", "gpt", null, 7, TOKENS, true, "2026-11", true, 4),
            new Fact.Settled("r2", ACCOUNT, "k", "gpt", "", 7, Fact.Tokens.NONE, false, null, false, 4),
            new Fact.Corrected("r1", ACCOUNT, "k", "gpt", 4, 7, 5, Fact.Remedy.CREDIT, 2, "the provider's log", 5),
            new Fact.Voided("r3", ACCOUNT, "not_sent", 5),
            new Fact.Quarantined("r2", ACCOUNT, "refused\u0000\n", 6),
            new Fact.Requeued("r2", ACCOUNT, 7),
            new Fact.Ingested("r1", ACCOUNT, 8),
            new Fact.EntryApplied(ACCOUNT, "e3", "credit_deducted", -7, 7, 99, 9),
            new Fact.CaughtUp(ACCOUNT, 99, 9),
            new Fact.WrittenOff(ACCOUNT, 3, 9),
            new Fact.Inherited(ACCOUNT, -4, 10),
            new Fact.KeyChanged("key", ACCOUNT, "0".repeat(64), "n".repeat(300), "", true, 11));

    private EveryFact() {}
}
