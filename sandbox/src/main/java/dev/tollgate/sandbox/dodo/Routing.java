package dev.tollgate.sandbox.dodo;

/**
 * Who may ask what.
 *
 * @param merchant needs the key
 * @param open is for anyone's programs
 * @param pages is for customers with a browser
 */
record Routing(Routes merchant, Routes open, Routes pages) {
    static Routing empty() {
        return new Routing(new Routes(), new Routes(), new Routes());
    }
}
