package dev.tollgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The repository looks after itself: sizes, names, leftovers. */
class TidinessTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final List<String> MODULES = List.of("proxy", "sandbox", "demo", "bench");
    private static final int FILE_LINES_MAX = 400;
    private static final int METHOD_LINES_MAX = 60;

    /** Test classes hold tables of cases, which read best in one piece. */
    private static final int TEST_FILE_LINES_MAX = 500;

    private static final int TEST_METHOD_LINES_MAX = 120;
    private static final int PUBLIC_TYPES_MAX = 6;

    private static final Pattern LEFTOVER =
            Pattern.compile("\\b(TODO|FIXME|XXX|HACK)\\b|@Disabled|System\\.exit\\(42\\)");
    private static final Pattern VAGUE_NAME =
            Pattern.compile("(class|record|interface|enum) \\w*(Manager|Helper|Utils?|Impl|Base|Data|Info)\\b");
    private static final Pattern PUBLIC_TYPE = Pattern.compile(
            "^public (?:final |abstract |sealed |non-sealed )*(?:class|record|interface|enum|@interface) ");
    private static final Pattern METHOD_START = Pattern.compile("^    (?! )[^=;@/*}]*\\([^;]*$");

    @Test
    void filesStayShort() {
        assertThat(javaFiles())
                .allSatisfy(file -> assertThat(lines(file))
                        .as(name(file))
                        .hasSizeLessThanOrEqualTo(isTest(file) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX));
    }

    @Test
    void methodsStayShort() {
        List<String> long_ = new ArrayList<>();
        for (Path file : javaFiles()) {
            collectLongMethods(file, long_);
        }
        assertThat(long_).isEmpty();
    }

    @Test
    void fewTypesOfAPackageArePublic() {
        Map<String, Integer> publicTypes = new TreeMap<>();
        for (Path file : javaFiles()) {
            boolean isPublic = lines(file).stream()
                    .anyMatch(line -> PUBLIC_TYPE.matcher(line).find());
            if (isPublic && file.toString().contains("/src/main/")) {
                publicTypes.merge(name(file.getParent()), 1, Integer::sum);
            }
        }
        assertThat(publicTypes)
                .isNotEmpty()
                .allSatisfy((name, count) -> assertThat(count).as(name).isLessThanOrEqualTo(PUBLIC_TYPES_MAX));
    }

    @Test
    void everyPackageSaysWhatItIs() {
        assertThat(javaFiles())
                .filteredOn(file -> file.toString().contains("/src/main/"))
                .allSatisfy(file ->
                        assertThat(file.resolveSibling("package-info.java")).exists());
    }

    @Test
    void nothingIsLeftOver() {
        assertThat(javaFiles())
                .filteredOn(file -> !file.endsWith("TidinessTest.java"))
                .allSatisfy(file -> assertThat(lines(file))
                        .as(name(file))
                        .noneMatch(line -> LEFTOVER.matcher(line).find())
                        .noneMatch(line -> VAGUE_NAME.matcher(line).find()));
    }

    private static void collectLongMethods(Path file, List<String> found) {
        List<String> lines = lines(file);
        int start = -1;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (METHOD_START.matcher(line).find()) {
                start = i;
            } else if (line.equals("    }") && start >= 0) {
                if (i - start + 1 > (isTest(file) ? TEST_METHOD_LINES_MAX : METHOD_LINES_MAX)) {
                    found.add(name(file) + ":" + (start + 1));
                }
                start = -1;
            }
        }
    }

    private static List<Path> javaFiles() {
        List<Path> files = new ArrayList<>();
        for (String module : MODULES) {
            Path sources = ROOT.resolve(module).resolve("src");
            if (!Files.isDirectory(sources)) {
                continue;
            }
            try (Stream<Path> walk = Files.walk(sources)) {
                walk.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        assertThat(files).hasSizeGreaterThan(50);
        return files;
    }

    private static boolean isTest(Path file) {
        return file.toString().contains("/src/test/");
    }

    private static String name(Path file) {
        return ROOT.relativize(file).toString();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
