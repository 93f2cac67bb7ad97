package dev.tollgate.app.settings;

import dev.tollgate.app.settings.Yaml.Entry;
import dev.tollgate.app.settings.Yaml.Kind;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Reads one YAML 1.2 document into a {@link Yaml} tree. Errors of syntax go to the problems, one at most. */
final class YamlReader {
    private static final LoadSettings YAML_1_2 = LoadSettings.builder()
            .setSchema(new CoreSchema())
            .setCodePointLimit(Integer.MAX_VALUE)
            .setAllowNonScalarKeys(true)
            .build();
    private static final Map<Tag, Kind> KINDS = Map.of(
            Tag.STR, Kind.TEXT,
            Tag.INT, Kind.INTEGER,
            Tag.FLOAT, Kind.FRACTION,
            Tag.BOOL, Kind.TRUTH,
            Tag.NULL, Kind.NOTHING);

    private final Problems problems;
    private final IdentityHashMap<Node, Yaml> trees = new IdentityHashMap<>();

    private YamlReader(Problems problems) {
        this.problems = problems;
    }

    /** The root of the document, or null after a problem was reported. */
    static @Nullable Yaml read(String text, Problems problems) {
        try {
            Optional<Node> root = new Composer(
                            YAML_1_2, new BoundedParser(new ParserImpl(YAML_1_2, new StreamReader(YAML_1_2, text))))
                    .getSingleNode();
            if (root.isEmpty()) {
                problems.error(Place.START, "", "the file is empty", null);
                return null;
            }
            return new YamlReader(problems).tree(root.get());
        } catch (MarkedYamlEngineException e) {
            Place place = e.getProblemMark()
                    .or(e::getContextMark)
                    .map(YamlReader::place)
                    .orElse(Place.START);
            problems.error(place, "", "not valid YAML: " + explain(e), null);
        } catch (ReaderException e) {
            String character = String.format("U+%04X", e.getCodePoint());
            problems.error(Place.of(text, e.getPosition()), "", "the character " + character + " is not allowed", null);
        } catch (YamlEngineException e) {
            problems.error(Place.START, "", "not valid YAML", null);
        }
        return null;
    }

    /** The parser's words, unless they quote a name from the file, which might be a secret without its quotes. */
    private static String explain(MarkedYamlEngineException e) {
        String problem = e.getProblem();
        if (problem.contains("undefined alias")) {
            return "a reference (*name) to an anchor that does not exist; put quotes around text that begins with *";
        }
        if (problem.contains("another document")) {
            return "a second document begins here; the settings are one document";
        }
        if (problem.contains("tag") || problem.contains("anchor") || problem.contains("version")) {
            return "a tag, anchor or directive that cannot be read; put quotes around text that begins with ! & or %";
        }
        return e.getContext() == null ? problem : problem + " " + e.getContext();
    }

    private Yaml tree(Node node) {
        Yaml known = trees.get(node);
        if (known != null) {
            return known;
        }
        Place place = node.getStartMark().map(YamlReader::place).orElse(Place.START);
        // Stands for the node while it is inside itself.
        trees.put(node, new Yaml.Scalar(place, Kind.NOTHING, ""));
        Yaml tree = node.isRecursive() ? refuseLoop(place) : convert(node, place);
        trees.put(node, tree);
        return tree;
    }

    private Yaml refuseLoop(Place place) {
        problems.error(place, "", "refers to itself", null);
        return new Yaml.Scalar(place, Kind.NOTHING, "");
    }

    private Yaml convert(Node node, Place place) {
        if (node instanceof MappingNode mapping) {
            List<Entry> entries = new ArrayList<>(mapping.getValue().size());
            for (NodeTuple tuple : mapping.getValue()) {
                entries.add(new Entry(tree(tuple.getKeyNode()), tree(tuple.getValueNode())));
            }
            return new Yaml.Mapping(place, List.copyOf(entries));
        }
        if (node instanceof SequenceNode sequence) {
            List<Yaml> items = new ArrayList<>(sequence.getValue().size());
            sequence.getValue().forEach(item -> items.add(tree(item)));
            return new Yaml.Sequence(place, List.copyOf(items));
        }
        if (node instanceof ScalarNode scalar) {
            return new Yaml.Scalar(place, KINDS.getOrDefault(node.getTag(), Kind.TAGGED), scalar.getValue());
        }
        return new Yaml.Scalar(place, Kind.TAGGED, "");
    }

    private static Place place(Mark mark) {
        return new Place(mark.getLine() + 1, mark.getColumn() + 1);
    }
}
