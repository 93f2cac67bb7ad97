package dev.tollgate.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tollgate.journal.JournalException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** A command that asks a journal: finds it, and says in a sentence when it cannot be read. */
abstract class JournalCommand implements Callable<Integer> {
    @CommandLine.Mixin
    JournalOptions options = new JournalOptions();

    @CommandLine.Spec
    private @Nullable CommandSpec spec;

    /** Answers from the journal in {@code folder}; the exit code. */
    abstract int run(Path folder) throws JournalException;

    /** Throws for arguments that do not go together, with {@link #wrong}. */
    void requireSense() {}

    @Override
    public final Integer call() {
        requireSense();
        switch (options.place()) {
            case JournalOptions.Place.Unknown unknown -> {
                unknown.problems().forEach(errors()::println);
                errors().println("name the journal's folder with --journal DIR, or mend the settings");
                return 2;
            }
            case JournalOptions.Place.Folder folder -> {
                return answer(folder.path());
            }
        }
    }

    private int answer(Path folder) {
        try {
            return run(folder);
        } catch (JournalException e) {
            errors().println(e.getMessage());
            return 1;
        } finally {
            out().flush();
        }
    }

    final PrintWriter out() {
        return commandLine().getOut();
    }

    final PrintWriter errors() {
        return commandLine().getErr();
    }

    final void print(JsonNode json) {
        try {
            out().println(JsonMapper.builder()
                    .build()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can be written", e);
        }
    }

    final CommandLine.ParameterException wrong(String sentence) {
        return new CommandLine.ParameterException(commandLine(), sentence);
    }

    private CommandLine commandLine() {
        return Objects.requireNonNull(spec).commandLine();
    }
}
