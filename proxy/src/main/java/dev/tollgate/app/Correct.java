package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.journal.JournalException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Books what a request really used that was settled with an estimate. */
@CommandLine.Command(
        name = "correct",
        description = {
            "Say what a request really used that was settled with an estimate: once, and no more than it held.",
            "The running service is asked; that needs server.admin_token in its settings."
        },
        mixinStandardHelpOptions = true)
final class Correct extends JournalCommand {
    @CommandLine.Parameters(
            paramLabel = "REQUEST",
            description = "A request id; explain says whether it is an estimate.")
    private String requestId = "";

    @CommandLine.Option(
            names = "--units",
            required = true,
            paramLabel = "N",
            description = "What it used, in meter units.")
    private long units;

    @CommandLine.Option(
            names = "--reason",
            required = true,
            paramLabel = "TEXT",
            description = "Where this is known from; explain shows it.")
    private String reason = "";

    @Override
    void requireSense() {
        if (units < 0) {
            throw wrong("--units must not be negative");
        }
        if (reason.isBlank()) {
            throw wrong("--reason says where the amount is known from");
        }
    }

    @Override
    int run(Path folder) throws JournalException {
        Settings.@Nullable Server server = options.server().orElse(null);
        Settings.@Nullable Secret token = server == null ? null : server.adminToken();
        if (server == null || token == null) {
            errors().println(
                            "nothing was corrected: the running service is asked, which needs server.admin_token in the"
                                    + " settings");
            return 1;
        }
        try {
            told(new RunningService(server.admin(), token.value()).correct(requestId, units, reason));
            return 0;
        } catch (IOException e) {
            errors().println(Wording.plain(String.valueOf(e.getMessage())));
            return 1;
        }
    }

    private void told(JsonNode answer) {
        out().println("request " + requestId + " used "
                + Wording.count(answer.path("units").asLong(), "unit") + remedy(answer));
    }

    private static String remedy(JsonNode answer) {
        String units = Wording.count(answer.path("remedy_units").asLong(), "unit");
        return switch (answer.path("remedy").asText()) {
            case "replaced" -> "; Dodo has not heard of the estimate, and hears the truth";
            case "event" -> "; Dodo hears of " + units + " more";
            case "debit" -> "; Dodo is asked to take " + units + " more";
            case "credit" -> "; Dodo is asked to give " + units + " back";
            case "nothing" -> "; Dodo has nothing to hear of";
            default -> "; that was known before";
        };
    }
}
