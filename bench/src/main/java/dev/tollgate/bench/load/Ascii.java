package dev.tollgate.bench.load;

/** The few things that are looked for in bytes. */
final class Ascii {
    private Ascii() {}

    /** Whether these bytes begin with a text that is written in small letters, whatever their case. */
    static boolean startsWith(byte[] bytes, int from, String small) {
        for (int i = 0; i < small.length(); i++) {
            byte b = bytes[from + i];
            if (b != small.charAt(i) && (b | 0x20) != small.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The decimal number that begins here, after blanks. */
    static long number(byte[] bytes, int from) {
        int at = from;
        while (bytes[at] == ' ') {
            at++;
        }
        long number = 0;
        for (; bytes[at] >= '0' && bytes[at] <= '9'; at++) {
            number = 10 * number + bytes[at] - '0';
        }
        return number;
    }

    /** Writes a number with leading zeros. */
    static void write(long number, byte[] to, int from, int digits) {
        long rest = number;
        for (int at = from + digits - 1; at >= from; at--) {
            to[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
