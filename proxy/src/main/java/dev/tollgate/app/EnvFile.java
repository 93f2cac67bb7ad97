package dev.tollgate.app;

import dev.tollgate.app.settings.DotEnv;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A {@code .env} file that is written to: a variable's line is replaced where it stands, a new one goes to the end. */
final class EnvFile {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:+=@-]*");

    private final Path file;

    EnvFile(Path file) {
        this.file = file;
    }

    /** What it holds now; nothing when it does not exist. */
    Map<String, String> variables() {
        return DotEnv.read(file).variables();
    }

    /** Writes all of them or none. Other lines stay as they are; a new file can be read by its owner alone. */
    void write(Map<String, String> variables) throws IOException {
        List<String> lines = Files.exists(file)
                ? new ArrayList<>(Files.readAllLines(file, StandardCharsets.UTF_8))
                : new ArrayList<>();
        variables.forEach((name, value) -> put(lines, name, name + "=" + quoted(name, value)));
        Path whole = file.toAbsolutePath();
        Path beside = Files.createTempFile(whole.getParent(), ".env", ".new");
        try {
            Files.write(beside, lines, StandardCharsets.UTF_8);
            if (Files.exists(whole)) {
                Files.setPosixFilePermissions(beside, Files.getPosixFilePermissions(whole));
            } else {
                Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rw-------"));
            }
            Files.move(beside, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    /** Whether others on this machine can read the secrets in it. */
    boolean isOpenToOthers() throws IOException {
        return Files.exists(file)
                && Files.getPosixFilePermissions(file).stream()
                        .anyMatch(each ->
                                each == PosixFilePermission.GROUP_READ || each == PosixFilePermission.OTHERS_READ);
    }

    private static void put(List<String> lines, String name, String line) {
        Pattern assignment = Pattern.compile("\\s*(export\\s+)?" + Pattern.quote(name) + "\\s*=.*");
        for (int i = 0; i < lines.size(); i++) {
            if (assignment.matcher(lines.get(i)).matches()) {
                lines.set(i, line);
                return;
            }
        }
        lines.add(line);
    }

    private static String quoted(String name, String value) {
        if (PLAIN.matcher(value).matches()) {
            return value;
        }
        if (value.contains("'") || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(name + " cannot be written to " + DotEnv.class.getSimpleName());
        }
        return "'" + value + "'";
    }
}
