package dev.tollgate.app;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Runs one command as the command line does. */
final class Commands {
    /** What a command left behind; lines end as on this platform's Unix side. */
    record Ended(int exitCode, String out, String errors) {}

    private Commands() {}

    static Ended run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter errors = new StringWriter();
        CommandLine commandLine = Main.commandLine()
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(errors));
        int exitCode = commandLine.execute(arguments);
        return new Ended(exitCode, out.toString(), errors.toString());
    }
}
