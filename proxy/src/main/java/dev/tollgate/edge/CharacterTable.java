package dev.tollgate.edge;

/**
 * Which bytes may stand where in a request head: one table look-up per byte.
 *
 * <p>A class is a bit, and classes may be joined. Bytes above 0x7E are in no class.
 */
final class CharacterTable {

    /** {@code A-Z}: the methods in use; case is significant, so lower case would be a different method. */
    static final int METHOD = 1;

    /** {@code tchar} of RFC 9110, section 5.6.2. */
    static final int TOKEN = 1 << 1;

    /** Visible ASCII, space and tab. Bytes above 0x7F are obs-text, which readers decode in different ways. */
    static final int FIELD_VALUE = 1 << 2;

    /** {@code pchar} of RFC 3986 and the slash, without percent signs and semicolons. */
    static final int PATH = 1 << 3;

    /** What may follow the question mark; brackets are there because clients write {@code include[]=} unescaped. */
    static final int QUERY = 1 << 4;

    /** A host name or an IPv4 address. */
    static final int HOST_NAME = 1 << 5;

    private static final String LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final byte[] CLASSES = classes();

    private CharacterTable() {}

    static boolean isIn(byte value, int classes) {
        return (CLASSES[value & 0xFF] & classes) != 0;
    }

    /** The value of a hexadecimal digit, or -1. */
    static int hexValue(byte value) {
        return value >= 0 ? Character.digit(value, 16) : -1;
    }

    private static byte[] classes() {
        byte[] classes = new byte[256];
        String path = LETTERS_AND_DIGITS + "-._~!$&'()*+,=:@/";
        add(classes, METHOD, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        add(classes, TOKEN, LETTERS_AND_DIGITS + "!#$%&'*+-.^_`|~");
        add(classes, PATH, path);
        add(classes, QUERY, path + "?%[]");
        add(classes, HOST_NAME, LETTERS_AND_DIGITS + "-._");
        add(classes, FIELD_VALUE, "\t");
        for (char visible = ' '; visible <= '~'; visible++) {
            classes[visible] |= FIELD_VALUE;
        }
        return classes;
    }

    private static void add(byte[] classes, int added, String members) {
        for (int i = 0; i < members.length(); i++) {
            classes[members.charAt(i)] |= (byte) added;
        }
    }
}
