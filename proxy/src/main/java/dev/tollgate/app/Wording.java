package dev.tollgate.app;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** How numbers, times and other people's text are written for people. */
final class Wording {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Wording() {}

    static String number(long amount) {
        return String.format(Locale.ROOT, "%,d", amount);
    }

    /** With a sign unless it is zero. */
    static String change(long amount) {
        return amount == 0 ? "0" : String.format(Locale.ROOT, "%+,d", amount);
    }

    static String limit(long limitUnits) {
        return limitUnits == Long.MAX_VALUE ? "no limit" : number(limitUnits);
    }

    static String count(long count, String noun) {
        return number(count) + " " + noun + (count == 1 ? "" : "s");
    }

    static String time(long atMillis) {
        return TIME.format(Instant.ofEpochMilli(atMillis));
    }

    static LocalDate day(long atMillis) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(atMillis), ZoneOffset.UTC);
    }

    /** Text from elsewhere without what would steer a terminal. */
    static String plain(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints().map(each -> steers(each) ? '?' : each).forEach(plain::appendCodePoint);
        return plain.toString();
    }

    private static boolean steers(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
