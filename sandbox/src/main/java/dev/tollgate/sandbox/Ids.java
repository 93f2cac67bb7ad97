package dev.tollgate.sandbox;

import java.util.concurrent.atomic.AtomicLong;

/** Ids that look random, never repeat, and are the same in every run with the same seed. Safe for all threads. */
public final class Ids {
    private static final String ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final String HEX = "0123456789abcdef";

    private final AtomicLong next;

    public Ids(long seed) {
        this.next = new AtomicLong(mix(seed));
    }

    /** {@code prefix} and 22 letters and digits. */
    public String next(String prefix) {
        long number = next.getAndIncrement();
        StringBuilder id = new StringBuilder(prefix.length() + 22).append(prefix);
        appendDigits(id, mix(number), ALPHABET, 11);
        appendDigits(id, mix(~number), ALPHABET, 11);
        return id.toString();
    }

    /** {@code prefix} and 32 hexadecimal digits. */
    public String nextHex(String prefix) {
        long number = next.getAndIncrement();
        StringBuilder id = new StringBuilder(prefix.length() + 32).append(prefix);
        appendDigits(id, mix(number), HEX, 16);
        appendDigits(id, mix(~number), HEX, 16);
        return id.toString();
    }

    private static void appendDigits(StringBuilder id, long value, String alphabet, int count) {
        long rest = value;
        for (int i = 0; i < count; i++) {
            id.append(alphabet.charAt((int) Long.remainderUnsigned(rest, alphabet.length())));
            rest = Long.divideUnsigned(rest, alphabet.length());
        }
    }

    /** A bijection on 64 bits, so that different numbers never give the same digits. */
    private static long mix(long number) {
        long mixed = number + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
