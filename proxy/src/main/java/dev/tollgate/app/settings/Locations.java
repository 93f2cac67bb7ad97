package dev.tollgate.app.settings;

import dev.tollgate.app.settings.Settings.Address;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses, URLs and paths. */
final class Locations {
    private static final Pattern HOST_PORT =
            Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)]|([A-Za-z0-9._-]+)):([0-9]{1,5})");
    private static final Set<String> HERE = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final URI NOWHERE = URI.create("http://stand-in.invalid");

    static final ScalarType<Address> ADDRESS =
            ScalarType.text("host:port", new Address("stand-in.invalid", 0), Locations::address);

    /** The prefix of other URLs: no query, and no slash at the end. */
    static final ScalarType<URI> BASE_URL =
            ScalarType.text("an http or https URL", NOWHERE, text -> url(text).then(Locations::prefix));

    /** The prefix of a provider's URLs; a query goes behind each of them. */
    static final ScalarType<URI> UPSTREAM_URL =
            ScalarType.text("an http or https URL", NOWHERE, text -> url(text).then(Locations::upstream));

    /** A page for people. */
    static final ScalarType<URI> LINK = ScalarType.text("an http or https URL", NOWHERE, Locations::url);

    static final ScalarType<Path> PATH = ScalarType.text("a path", Path.of("."), Locations::path);

    static final ScalarType<Path> FILE =
            ScalarType.text("a file", Path.of("."), text -> path(text).then(Locations::readable));

    private Locations() {}

    /** Whether what is sent there can be read on the way. */
    static boolean isExposed(URI url) {
        return "http".equalsIgnoreCase(url.getScheme()) && !HERE.contains(url.getHost());
    }

    private static Reading<Address> address(String text) {
        Matcher matcher = HOST_PORT.matcher(text);
        if (!matcher.matches()) {
            return Reading.bad("expected host:port", "for example 0.0.0.0:8080 or [::1]:8080");
        }
        int port = Integer.parseInt(matcher.group(3));
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return port <= 65_535 ? Reading.good(new Address(host, port)) : Reading.bad("the port is at most 65535");
    }

    private static Reading<URI> url(String text) {
        try {
            URI url = new URI(text);
            boolean web = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            if (!web || url.getHost() == null) {
                return Reading.bad("expected an http or https URL", "for example https://api.example.com/v1");
            }
            if (url.getRawUserInfo() != null) {
                return new Reading.Bad<>("a URL must not hold a password", "use a key of its own for it", false);
            }
            return url.getPort() <= 65_535 ? Reading.good(url) : Reading.bad("the port is at most 65535");
        } catch (URISyntaxException e) {
            return Reading.bad("expected an http or https URL");
        }
    }

    private static Reading<URI> prefix(URI url) {
        if (url.getRawQuery() != null || url.getRawFragment() != null) {
            return new Reading.Bad<>("must not have a query or fragment", "end the URL before the ? or #", false);
        }
        return Reading.good(URI.create(url.toString().replaceAll("/+$", "")));
    }

    private static Reading<URI> upstream(URI url) {
        if (url.getRawFragment() != null) {
            return new Reading.Bad<>("must not have a fragment", "end the URL before the #", false);
        }
        return Reading.good(URI.create(url.toString().replaceFirst("/+(?=\\?|$)", "")));
    }

    private static Reading<Path> readable(Path file) {
        return Files.isRegularFile(file) && Files.isReadable(file)
                ? Reading.good(file)
                : Reading.bad("the file cannot be read", "check that it exists and its permissions");
    }

    private static Reading<Path> path(String text) {
        try {
            return text.isBlank() ? Reading.bad("expected a path") : Reading.good(Path.of(text));
        } catch (InvalidPathException e) {
            return Reading.bad("expected a path");
        }
    }
}
