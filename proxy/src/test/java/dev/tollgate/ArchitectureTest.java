package dev.tollgate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Imports point down, and every library stays behind its fence. */
class ArchitectureTest {
    private static final String ROOT = "dev.tollgate.";

    /** What each package may import of this project, apart from itself. */
    private static final Map<String, List<String>> MAY_IMPORT = Map.ofEntries(
            Map.entry("edge", List.of("exchange", "portal", "admission", "billing", "openai", "timing", "telemetry")),
            Map.entry("customers", List.of("admission", "ledger", "journal")),
            Map.entry(
                    "portal",
                    List.of("catalogue", "customers", "admission", "billing", "ledger", "journal", "telemetry")),
            Map.entry(
                    "exchange",
                    List.of(
                            "limits",
                            "admission",
                            "upstream",
                            "metering",
                            "ledger",
                            "journal",
                            "flight",
                            "openai",
                            "telemetry")),
            Map.entry("admission", List.of("limits", "ledger", "journal", "openai", "telemetry")),
            Map.entry("billing", List.of("ledger", "journal", "telemetry")),
            Map.entry("ledger", List.of("journal")),
            Map.entry("catalogue", List.of("billing")),
            Map.entry("metering", List.of("openai")),
            Map.entry("upstream", List.of("timing", "telemetry")),
            Map.entry("models", List.of()),
            Map.entry("openai", List.of()),
            Map.entry("limits", List.of("journal", "openai")),
            Map.entry("journal", List.of()),
            Map.entry("mail", List.of()),
            Map.entry("alerts", List.of("journal")),
            Map.entry("flight", List.of()),
            Map.entry("timing", List.of()),
            Map.entry("telemetry", List.of()));

    /** Which packages may see which libraries. */
    private static final Map<String, List<String>> FENCES = Map.ofEntries(
            Map.entry("io.netty.channel..", List.of("edge", "upstream", "app")),
            Map.entry("io.netty.bootstrap..", List.of("edge", "upstream", "app")),
            Map.entry("io.netty.handler..", List.of("edge", "upstream", "app", "exchange")),
            Map.entry("io.netty.buffer..", List.of("edge", "upstream", "app", "exchange", "metering", "openai")),
            Map.entry("com.fasterxml.jackson..", List.of("openai", "billing", "catalogue", "portal", "alerts", "app")),
            Map.entry("com.github.benmanes.caffeine..", List.of("admission", "billing", "limits")),
            Map.entry("com.github.luben..", List.of("edge")),
            Map.entry("com.aayushatharva..", List.of("edge")),
            Map.entry("java.sql..", List.of("journal")),
            Map.entry("org.sqlite..", List.of("journal")),
            Map.entry("io.micrometer..", List.of("telemetry")),
            Map.entry("com.standardwebhooks..", List.of("billing", "alerts")),
            Map.entry("jakarta.mail..", List.of("mail")),
            Map.entry("com.knuddels..", List.of("metering")),
            Map.entry("io.github.bucket4j..", List.of("limits")));

    private static JavaClasses production;

    @BeforeAll
    static void importProduction() {
        production = new ClassFileImporter().importPath(Path.of("target", "classes"));
    }

    static Stream<String> packages() {
        return MAY_IMPORT.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void importsPointDown(String name) {
        String[] forbidden = Stream.concat(MAY_IMPORT.keySet().stream(), Stream.of("app", "sandbox", "demo"))
                .filter(other -> !other.equals(name) && !MAY_IMPORT.get(name).contains(other))
                .map(other -> ROOT + other + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(ROOT + name + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .check(production);
    }

    @Test
    void everyPackageHasARule() {
        ArchRule rule = classes()
                .should()
                .resideInAnyPackage(Stream.concat(MAY_IMPORT.keySet().stream(), Stream.of("app"))
                        .map(name -> ROOT + name + "..")
                        .toArray(String[]::new));
        rule.check(production);
    }

    static Stream<String> libraries() {
        return FENCES.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void librariesStayBehindTheirFences(String library) {
        String[] allowed =
                FENCES.get(library).stream().map(name -> ROOT + name + "..").toArray(String[]::new);
        noClasses()
                .that()
                .resideOutsideOfPackages(allowed)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(production);
    }

    @Test
    void clocksComeInThroughConstructors() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "app..")
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "the system clock is read",
                        call -> List.of("currentTimeMillis", "nanoTime").contains(call.getName())
                                && call.getTargetOwner().isEquivalentTo(System.class)))
                .check(production);
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "app..")
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "the time is asked of nobody",
                        call -> call.getName().equals("now") && isTime(call.getTargetOwner())))
                .check(production);
    }

    @Test
    void threadsComeInThroughConstructors() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "app..")
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "a thread is made",
                        call -> call.getTargetOwner().isEquivalentTo(Thread.class)
                                && List.of("<init>", "ofVirtual", "ofPlatform", "startVirtualThread", "sleep")
                                        .contains(call.getName())))
                .check(production);
    }

    private static boolean isTime(JavaClass type) {
        return type.getPackageName().equals("java.time");
    }
}
