package dev.tollgate.edge;

import io.netty.util.NetUtil;

/**
 * What a Host header may say: a name, an IPv4 address or a bracketed IPv6 address, and maybe a port (RFC 9110, section
 * 7.2). User information, lists, escapes and empty parts are refused.
 */
final class HostRules {

    private static final int MOST_HOST_BYTES = 255;
    private static final int MOST_PORT_DIGITS = 5;
    private static final int MOST_PORT = 65_535;

    private HostRules() {}

    static boolean accepts(HeadCursor head, int from, int to) {
        if (from == to || to - from > MOST_HOST_BYTES) {
            return false;
        }
        int end = head.at(from) == '[' ? endOfAddress(head, from, to) : endOfName(head, from, to);
        return end > from && (end == to || isPort(head, end, to));
    }

    private static int endOfName(HeadCursor head, int from, int to) {
        int end = head.indexOf(':', from, to);
        for (int i = from; i < end; i++) {
            byte value = head.at(i);
            boolean emptyLabel = value == '.' && (i == from || head.at(i - 1) == '.');
            if (emptyLabel || !CharacterTable.isIn(value, CharacterTable.HOST_NAME)) {
                return from;
            }
        }
        return end;
    }

    private static int endOfAddress(HeadCursor head, int from, int to) {
        int bracket = head.indexOf(']', from, to);
        StringBuilder address = new StringBuilder(bracket - from);
        for (int i = from + 1; i < bracket; i++) {
            byte value = head.at(i);
            if (value != ':' && value != '.' && CharacterTable.hexValue(value) < 0) {
                return from;
            }
            address.append((char) value);
        }
        return bracket < to && NetUtil.isValidIpV6Address(address) ? bracket + 1 : from;
    }

    private static boolean isPort(HeadCursor head, int colon, int to) {
        int digits = to - colon - 1;
        if (head.at(colon) != ':' || digits < 1 || digits > MOST_PORT_DIGITS) {
            return false;
        }
        int port = 0;
        for (int i = colon + 1; i < to; i++) {
            int digit = head.at(i) - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            port = port * 10 + digit;
        }
        return port >= 1 && port <= MOST_PORT;
    }
}
