package dev.tollgate.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import picocli.CommandLine;

/** Draws latency against load from the figures of a run. */
@CommandLine.Command(
        name = "bench/run plot",
        description = "Latency (p50 and p99) against offered requests a second, as SVG beside the results.",
        mixinStandardHelpOptions = true)
final class Plot implements Callable<Integer> {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 560;
    private static final int LEFT = 80;
    private static final int RIGHT = 170;
    private static final int TOP = 50;
    private static final int BOTTOM = 60;
    private static final String PREFIX = "arriving-";
    private static final Map<String, String> COLOURS =
            Map.of("nginx", "#0a7d32", "floor", "#777777", "tollgate", "#c2410c");

    @CommandLine.Parameters(index = "0", paramLabel = "RESULTS", description = "The JSON of a run with --curve.")
    private Path results = Path.of("");

    @CommandLine.Option(names = "--to", description = "The file to write; without it beside the results.")
    private Path to = Path.of("");

    private record Point(double perSecond, double micros) {}

    /** One line of the picture. */
    private record Curve(String candidate, boolean tail, List<Point> points) {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Plot()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        JsonNode run = new ObjectMapper().readTree(results.toFile());
        List<Curve> curves = curves(run.path("scenarios"));
        if (curves.isEmpty()) {
            System.err.println(results + " has no scenarios `arriving-…`: `bench/run load --curve` makes them");
            return 1;
        }
        Path svg = to.toString().isEmpty()
                ? results.resolveSibling(results.getFileName().toString().replaceAll("\\.json$", "") + ".svg")
                : to;
        String machine = run.path("machine").path("processor").asText() + ", "
                + run.path("machine").path("time").asText();
        System.out.println(Files.writeString(svg, draw(curves, machine)));
        return 0;
    }

    private static List<Curve> curves(JsonNode scenarios) {
        Map<String, List<Point>> points = new LinkedHashMap<>();
        scenarios.properties().stream()
                .filter(scenario -> scenario.getKey().startsWith(PREFIX))
                .forEach(scenario -> {
                    double rate = Double.parseDouble(scenario.getKey().substring(PREFIX.length()));
                    scenario.getValue()
                            .properties()
                            .forEach(candidate -> List.of("p50 us", "p99 us")
                                    .forEach(figure -> points.computeIfAbsent(
                                                    candidate.getKey() + " " + figure.substring(0, 3),
                                                    name -> new ArrayList<>())
                                            .add(new Point(
                                                    rate,
                                                    median(candidate.getValue().path(figure))))));
                });
        List<Curve> curves = new ArrayList<>();
        points.forEach((name, line) -> {
            line.sort(Comparator.comparingDouble(Point::perSecond));
            String[] words = name.split(" ", 2);
            curves.add(new Curve(words[0], words[1].equals("p99"), line));
        });
        return curves;
    }

    private static double median(JsonNode rounds) {
        return Report.middle(StreamSupport.stream(rounds.spliterator(), false).mapToDouble(JsonNode::asDouble));
    }

    private static String draw(List<Curve> curves, String machine) {
        double most = curves.stream()
                .flatMap(curve -> curve.points().stream())
                .mapToDouble(Point::perSecond)
                .max()
                .orElse(1);
        int decadeLow = decade(curves, false);
        Axes axes = new Axes(most, decadeLow, Math.max(decade(curves, true), decadeLow + 1));
        StringBuilder svg = new StringBuilder(text(
                """
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="13">
                <rect width="100%%" height="100%%" fill="white"/>
                <text x="%d" y="26" font-size="16">Latency against load: p50 (whole lines) and p99 (broken)</text>
                <text x="%d" y="%d" text-anchor="middle">requests offered a second; %s</text>
                <text x="20" y="%d" transform="rotate(-90 20 %d)" text-anchor="middle">latency</text>
                """, WIDTH, HEIGHT, LEFT, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 15, machine, HEIGHT / 2, HEIGHT / 2));
        svg.append(axes.grid());
        for (int i = 0; i < curves.size(); i++) {
            svg.append(axes.line(curves.get(i), TOP + 10 + 22 * i));
        }
        return svg.append("</svg>\n").toString();
    }

    private static int decade(List<Curve> curves, boolean up) {
        var logs = curves.stream()
                .flatMap(curve -> curve.points().stream())
                .mapToDouble(point -> Math.log10(Math.max(1, point.micros())));
        return (int)
                (up ? Math.ceil(logs.max().orElse(1)) : Math.floor(logs.min().orElse(0)));
    }

    @FormatMethod
    private static String text(String form, Object... values) {
        return String.format(Locale.ROOT, form, values);
    }

    /** Requests a second to the right, evenly; latency upwards, by powers of ten. */
    private record Axes(double most, int decadeLow, int decadeHigh) {
        double x(double perSecond) {
            return LEFT + perSecond / most * (WIDTH - LEFT - RIGHT);
        }

        double y(double micros) {
            double share = (Math.log10(Math.max(1, micros)) - decadeLow) / (decadeHigh - decadeLow);
            return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
        }

        String grid() {
            StringBuilder grid = new StringBuilder();
            for (int decade = decadeLow; decade <= decadeHigh; decade++) {
                double y = y(Math.pow(10, decade));
                grid.append(text("<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>", LEFT, y, WIDTH - RIGHT));
                grid.append(text(
                        "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n", LEFT - 8, y + 4, unit(decade)));
            }
            for (int i = 0; i <= 8; i++) {
                double x = x(most * i / 8);
                grid.append(text("<path d=\"M%.1f %dV%d\" stroke=\"#eee\"/>", x, TOP, HEIGHT - BOTTOM));
                grid.append(text(
                        "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>%n",
                        x, HEIGHT - BOTTOM + 20, most * i / 8));
            }
            return grid.toString();
        }

        private static String unit(int decade) {
            return decade >= 6
                    ? Math.round(Math.pow(10, decade - 6)) + " s"
                    : decade >= 3
                            ? Math.round(Math.pow(10, decade - 3)) + " ms"
                            : Math.round(Math.pow(10, decade)) + " us";
        }

        String line(Curve curve, int legendY) {
            StringBuilder path = new StringBuilder();
            curve.points()
                    .forEach(point -> path.append(
                            text("%s%.1f %.1f", path.isEmpty() ? "M" : "L", x(point.perSecond()), y(point.micros()))));
            String stroke = text(
                    "fill=\"none\" stroke-width=\"2\" stroke=\"%s\"%s",
                    COLOURS.getOrDefault(curve.candidate(), "#1d4ed8"),
                    curve.tail() ? " stroke-dasharray=\"6 4\"" : "");
            int legendX = WIDTH - RIGHT + 15;
            return text("<path d=\"%s\" %s/>%n", path, stroke)
                    + text("<path d=\"M%d %dh30\" %s/>", legendX, legendY, stroke)
                    + text(
                            "<text x=\"%d\" y=\"%d\">%s %s</text>%n",
                            legendX + 38, legendY + 4, curve.candidate(), curve.tail() ? "p99" : "p50");
        }
    }
}
