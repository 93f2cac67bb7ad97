package dev.tollgate.app.settings;

import dev.tollgate.app.settings.SettingsLoader.Loaded;
import dev.tollgate.app.settings.SettingsLoader.Rejected;
import dev.tollgate.app.settings.SettingsLoader.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the settings file and hands on what may change while the service runs.
 *
 * <p>A change counts once two looks, a second apart, find the same content, so that a file caught while it is being
 * written is not read. A file with problems changes nothing. What needs a restart stays as it was at the start and is
 * reported as a warning. Only the settings file itself is followed; after a change of a file it refers to, call
 * {@link #reload}. State is guarded by this object's lock, under which the listener is called.
 */
public final class SettingsWatcher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SettingsWatcher.class);

    /** Two changes may bear one time stamp, so the content is still compared this many times after a change. */
    private static final int LOOKS_AFTER_CHANGE = 3;

    private final Path file;
    private final Map<String, String> environment;
    private final Listener listener;
    private final ScheduledFuture<?> looking;

    private Settings inForce;
    /** Whether the file, when last read, said what is in force. */
    private boolean agrees = true;

    private Stamp stamp = Stamp.NONE;
    private String seen = "";
    private String read = "";
    private int looksLeft = LOOKS_AFTER_CHANGE;

    /** Learns what came of a change. Called on the scheduler's thread or by whoever calls {@link #reload}. */
    public interface Listener {
        /** The settings now in force; the warnings name what needs a restart. */
        void changed(Settings settings, List<Problem> warnings);

        /** The file has problems; the settings in force stay. */
        void rejected(List<Problem> problems);
    }

    /** Looks at the file every second from now on. {@code start} is what was read from it. */
    public SettingsWatcher(
            Path file,
            Map<String, String> environment,
            Settings start,
            Listener listener,
            ScheduledExecutorService scheduler) {
        this.file = file;
        this.environment = Map.copyOf(environment);
        this.inForce = start;
        this.listener = listener;
        this.looking = scheduler.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }

    /** The settings in force. */
    public synchronized Settings settings() {
        return inForce;
    }

    /** Reads the file at once, changed or not, tells the listener, and returns what came of it. */
    public synchronized Result reload() {
        agrees = false;
        stamp = Stamp.of(file);
        Content content = new Content(file);
        seen = content.fingerprint;
        return apply(content);
    }

    @Override
    public void close() {
        looking.cancel(false);
    }

    /** An exception would end the schedule, so it ends here. */
    private synchronized void look() {
        try {
            Stamp now = Stamp.of(file);
            if (looksLeft > 0 || !now.equals(stamp)) {
                stamp = now;
                compare(new Content(file));
            }
        } catch (RuntimeException e) {
            log.error("Following the settings file failed; the settings in force stay", e);
        }
    }

    private void compare(Content content) {
        boolean settled = content.fingerprint.equals(seen);
        looksLeft = settled ? Math.max(0, looksLeft - 1) : LOOKS_AFTER_CHANGE;
        seen = content.fingerprint;
        if (settled && !seen.equals(read)) {
            apply(content);
        }
    }

    private Result apply(Content content) {
        read = content.fingerprint;
        Result result = content.bytes == null
                ? new Rejected(content.problems)
                : SettingsLoader.load(file, content.bytes, environment, inForce);
        switch (result) {
            case Loaded loaded -> change(loaded);
            case Rejected rejected -> {
                agrees = false;
                listener.rejected(rejected.problems());
            }
        }
        return result;
    }

    private void change(Loaded loaded) {
        boolean nothingNew = agrees && loaded.settings().equals(inForce);
        inForce = inForce.withLiveOf(loaded.settings());
        agrees = loaded.settings().equals(inForce);
        if (!nothingNew) {
            listener.changed(inForce, loaded.warnings());
        }
    }

    /** What tells at a glance that a file has changed. */
    private record Stamp(@Nullable FileTime modified, long bytes) {
        static final Stamp NONE = new Stamp(null, -1);

        static Stamp of(Path file) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return new Stamp(attributes.lastModifiedTime(), attributes.size());
            } catch (IOException e) {
                return NONE;
            }
        }
    }

    /** A file as it was at one look: its bytes, or why it has none. */
    private static final class Content {
        private final byte @Nullable [] bytes;
        private final List<Problem> problems;
        private final String fingerprint;

        Content(Path file) {
            Problems found = new Problems(file);
            bytes = SettingsLoader.bytes(file, found);
            problems = found.errors();
            fingerprint = bytes == null
                    ? Problem.report(problems)
                    : HexFormat.of().formatHex(ApiKeys.sha256().digest(bytes));
        }
    }
}
