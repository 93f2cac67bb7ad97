package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code ./run} must know every command: what it does not know it takes for the demo. */
class RunScriptTest {
    static Stream<String> commands() {
        return Main.commandLine().getSubcommands().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void runPassesTheCommandOn(String command) throws IOException {
        String script = Files.readString(Path.of("..", "run"));
        assertThat(script).containsPattern("(?m)^  ([a-z]+ \\| )*" + Pattern.quote(command) + "( \\| [a-z-]+)*\\)");
    }
}
