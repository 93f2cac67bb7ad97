package dev.tollgate.app;

import dev.tollgate.app.settings.Problem;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.app.settings.SettingsLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Where the journal is; shared by all commands that read it. The settings' secrets are not asked for. */
final class JournalOptions {
    @CommandLine.Option(
            names = "--journal",
            paramLabel = "DIR",
            description = "The journal's folder; without it, journal.path of the settings file.")
    private @Nullable Path journal;

    @CommandLine.Mixin
    private SettingsOptions settings = new SettingsOptions();

    /** The folder, or what is wrong with the settings that should name it. */
    sealed interface Place {
        record Folder(Path path) implements Place {}

        record Unknown(List<Problem> problems) implements Place {}
    }

    /** How the service that writes the journal is reached; empty when the settings are not asked. */
    Optional<Settings.Server> server() {
        if (journal != null) {
            return Optional.empty();
        }
        return switch (SettingsLoader.loadAdmin(settings.config, settings.environment(System.err))) {
            case SettingsLoader.AdminFound found -> Optional.of(found.server());
            case SettingsLoader.Rejected ignored -> Optional.empty();
        };
    }

    Place place() {
        if (journal != null) {
            return new Place.Folder(journal);
        }
        return switch (SettingsLoader.loadJournal(settings.config, settings.environment(System.err))) {
            case SettingsLoader.JournalFound found ->
                new Place.Folder(found.journal().directory());
            case SettingsLoader.Rejected rejected -> new Place.Unknown(rejected.problems());
        };
    }
}
