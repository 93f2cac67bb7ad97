package dev.tollgate.app.settings;

import dev.tollgate.catalogue.Catalogue;
import dev.tollgate.exchange.Route;
import dev.tollgate.metering.UnitWeights;
import dev.tollgate.models.ModelTable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the settings file: strict YAML in which text may refer to environment variables and files.
 *
 * <p>All problems are found in one pass, except that a file which is not YAML has just one. Reads files, so it must not
 * run on an event loop; otherwise safe on every thread.
 */
public final class SettingsLoader {
    private static final int MOST_BYTES = 32 << 20;
    private static final String BUILT_IN_MODELS = "models.yaml";
    private static final String BUILT_IN_ROUTES = "routes.yaml";

    private final Map<String, String> environment;

    private SettingsLoader(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** What came of reading a settings file. */
    public sealed interface Result {}

    public record Loaded(Settings settings, List<Problem> warnings) implements Result {
        public Loaded {
            warnings = List.copyOf(warnings);
        }
    }

    /** What came of looking for the journal alone. */
    public sealed interface JournalResult {}

    public record JournalFound(Settings.Journal journal) implements JournalResult {}

    /** What came of looking for the admin port alone. */
    public sealed interface AdminResult {}

    public record AdminFound(Settings.Server server) implements AdminResult {}

    /** What came of looking for what setting up needs. */
    public sealed interface MerchantResult {}

    /** The Dodo account to set up; {@code publicUrl} is how customers and Dodo reach Tollgate, if that is known yet. */
    public record Merchant(
            Settings.Environment environment,
            URI dodoUrl,
            Settings.Secret apiKey,
            Settings.Meter meter,
            long timeoutMillis,
            @Nullable URI publicUrl)
            implements MerchantResult {}

    /** The variable in which setting up notes which file says what is sold. */
    public static final String CATALOGUE_VARIABLE = "TOLLGATE_CATALOGUE";

    static final String CATALOGUE = "${" + CATALOGUE_VARIABLE + ":-}";

    /** What came of reading the file that says what is sold. */
    public sealed interface CatalogueResult {}

    public record CatalogueLoaded(Catalogue catalogue) implements CatalogueResult {}

    /** At least one problem, in the order of the file. */
    public record Rejected(List<Problem> problems)
            implements Result, JournalResult, MerchantResult, CatalogueResult, AdminResult {
        public Rejected {
            problems = List.copyOf(problems);
            if (problems.isEmpty()) {
                throw new IllegalArgumentException("rejected for no reason");
            }
        }
    }

    /** Reads the file; relative paths in it start at the working directory. */
    public static Result load(Path file, Map<String, String> environment) {
        Problems problems = new Problems(file);
        byte[] bytes = bytes(file, problems);
        return bytes == null ? new Rejected(problems.errors()) : load(file, bytes, environment, null);
    }

    /** Reads where the journal is, and nothing else: what the rest of the file needs, such as secrets, may be missing. */
    public static JournalResult loadJournal(Path file, Map<String, String> environment) {
        Problems problems = new Problems(file);
        byte[] bytes = bytes(file, problems);
        Section root = bytes == null ? null : new SettingsLoader(environment).root(bytes, problems);
        Settings.@Nullable Journal journal = root == null ? null : root.section("journal", SettingsShape::journal);
        return journal == null || problems.any() ? new Rejected(problems.errors()) : new JournalFound(journal);
    }

    /** Reads how an operator reaches the service, and nothing else. */
    public static AdminResult loadAdmin(Path file, Map<String, String> environment) {
        Problems problems = new Problems(file);
        byte[] bytes = bytes(file, problems);
        Section root = bytes == null ? null : new SettingsLoader(environment).root(bytes, problems);
        Settings.@Nullable Server server = root == null ? null : root.section("server", SettingsShape::server);
        return server == null || problems.any() ? new Rejected(problems.errors()) : new AdminFound(server);
    }

    /** Reads what setting up needs; what only serving needs may be missing. */
    public static MerchantResult loadMerchant(Path file, Map<String, String> environment) {
        Problems problems = new Problems(file);
        byte[] bytes = bytes(file, problems);
        Section root = bytes == null ? null : new SettingsLoader(environment).root(bytes, problems);
        @Nullable Merchant merchant = root == null ? null : SettingsShape.merchant(root);
        return merchant == null || problems.any() ? new Rejected(problems.errors()) : merchant;
    }

    /** The variable in which setting up notes Dodo's id of a product, and where the catalogue looks for it. */
    public static String productVariable(String productId) {
        return CatalogueShape.variable(productId);
    }

    /** Reads what is sold; {@code meter} is the one of the settings. */
    public static CatalogueResult loadCatalogue(Path file, Map<String, String> environment, Settings.Meter meter) {
        Problems problems = new Problems(file);
        byte[] bytes = bytes(file, problems);
        Section root = bytes == null ? null : new SettingsLoader(environment).root(bytes, problems);
        @Nullable Catalogue catalogue = root == null ? null : CatalogueShape.read(root, problems, meter);
        return catalogue == null ? new Rejected(problems.errors()) : new CatalogueLoaded(catalogue);
    }

    /**
     * Reads a settings file's bytes. {@code running} are the settings in force, if any: what differs from them and needs a
     * restart becomes a warning.
     */
    static Result load(Path file, byte[] bytes, Map<String, String> environment, @Nullable Settings running) {
        return new SettingsLoader(environment).read(file, bytes, running);
    }

    /** The file's bytes, or null after a problem was reported. */
    static byte @Nullable [] bytes(Path file, Problems problems) {
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] bytes = stream.readNBytes(MOST_BYTES + 1);
            if (bytes.length <= MOST_BYTES) {
                return bytes;
            }
            problems.error(Place.START, "", "the file is larger than 32 MiB", null);
        } catch (NoSuchFileException e) {
            problems.error(Place.START, "", "there is no such file", "check its path");
        } catch (IOException e) {
            problems.error(Place.START, "", "the file cannot be read", "check that it is a file and its permissions");
        }
        return null;
    }

    /** Decodes strict UTF-8, with or without a byte order mark; null after a problem was reported. */
    static @Nullable String text(byte[] bytes, Problems problems) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer from = ByteBuffer.wrap(bytes);
        CharBuffer to = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(from, to, true);
        String text = to.flip().toString();
        if (result.isError()) {
            problems.error(Place.of(text, text.length()), "", "not UTF-8 from here on", "save the file as UTF-8");
            return null;
        }
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    private Result read(Path file, byte[] bytes, @Nullable Settings running) {
        Problems problems = new Problems(file);
        Section root = root(bytes, problems);
        if (root == null) {
            return new Rejected(problems.errors());
        }
        Path modelFile = root.optional("models", Locations.PATH, null);
        Problems modelProblems = new Problems(modelFile == null ? Path.of(BUILT_IN_MODELS) : modelFile);
        ModelTable models = models(modelFile, modelProblems);
        Path weightFile = root.optional("weights", Locations.PATH, null);
        Problems weightProblems = new Problems(weightFile == null ? file : weightFile);
        UnitWeights.Table weights = weights(weightFile, weightProblems);
        Path catalogueFile = catalogueFile(root);
        Problems catalogueProblems = new Problems(catalogueFile == null ? file : catalogueFile);
        Catalogue catalogue = catalogueFile == null ? null : catalogue(root, catalogueFile, catalogueProblems);
        Settings settings = SettingsShape.read(root, problems, models, weights, catalogue, builtInRoutes(), running);
        if (settings == null || modelProblems.any() || weightProblems.any() || catalogueProblems.any()) {
            List<Problem> all = new ArrayList<>(problems.errors());
            all.addAll(modelProblems.errors());
            all.addAll(weightProblems.errors());
            all.addAll(catalogueProblems.errors());
            return new Rejected(all);
        }
        return new Loaded(settings, problems.warnings());
    }

    private static @Nullable Path catalogueFile(Section root) {
        return root.section("portal", section -> {
                    Path named = section.optional("catalogue", Locations.PATH, CATALOGUE);
                    section.passRest();
                    return Optional.ofNullable(named);
                })
                .orElse(null);
    }

    private @Nullable Catalogue catalogue(Section root, Path file, Problems problems) {
        byte[] bytes = bytes(file, problems);
        Section catalogue = bytes == null ? null : root(bytes, problems);
        return catalogue == null ? null : CatalogueShape.read(catalogue, problems, SettingsShape.meterOf(root));
    }

    private @Nullable ModelTable models(@Nullable Path file, Problems problems) {
        byte[] bytes = file == null ? builtIn(BUILT_IN_MODELS) : bytes(file, problems);
        Section root = bytes == null ? null : root(bytes, problems);
        return root == null ? null : ModelsShape.read(root, problems);
    }

    /** Without a file, a unit is a token. */
    private UnitWeights.@Nullable Table weights(@Nullable Path file, Problems problems) {
        if (file == null) {
            return UnitWeights.Table.TOKENS;
        }
        byte[] bytes = bytes(file, problems);
        Section root = bytes == null ? null : root(bytes, problems);
        return root == null ? null : WeightsShape.read(root, problems);
    }

    private @Nullable Section root(byte[] bytes, Problems problems) {
        String text = text(bytes, problems);
        Yaml yaml = text == null ? null : YamlReader.read(text, problems);
        if (yaml instanceof Yaml.Mapping mapping) {
            return new Section("", mapping, new ScalarReader(new Interpolation(environment), problems), problems);
        }
        if (yaml != null) {
            problems.error(yaml.place(), "", "expected a mapping, found " + yaml.described(), null);
        }
        return null;
    }

    /** The table that comes with the program; a mistake in it is a mistake of the program. */
    private List<Route> builtInRoutes() {
        Problems problems = new Problems(Path.of(BUILT_IN_ROUTES));
        Section root = root(builtIn(BUILT_IN_ROUTES), problems);
        List<Route> routes = root == null ? List.of() : RoutesShape.read(root, List.of());
        if (root != null) {
            root.end();
        }
        if (problems.any()) {
            throw new IllegalStateException(problems.errors().toString());
        }
        return routes;
    }

    private static byte[] builtIn(String name) {
        try (InputStream resource = SettingsLoader.class.getResourceAsStream(name)) {
            if (resource == null) {
                throw new IllegalStateException("the program is packaged without " + name);
            }
            return resource.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
