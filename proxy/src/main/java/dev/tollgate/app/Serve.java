package dev.tollgate.app;

import ch.qos.logback.classic.LoggerContext;
import dev.tollgate.app.settings.Problem;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.app.settings.SettingsLoader;
import dev.tollgate.app.settings.SettingsWatcher;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** Runs the service until the process is told to end. */
@CommandLine.Command(
        name = "serve",
        description = "Serve requests until SIGTERM or SIGINT.",
        mixinStandardHelpOptions = true)
final class Serve implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(Serve.class);

    private static final int HEAP_SECONDS = 2;

    @CommandLine.Mixin
    private SettingsOptions options = new SettingsOptions();

    @Override
    public Integer call() throws InterruptedException {
        switch (options.load(System.err)) {
            case SettingsLoader.Rejected rejected -> {
                SettingsOptions.print(rejected.problems(), System.err);
                return 2;
            }
            case SettingsLoader.Loaded loaded -> {
                SettingsOptions.print(loaded.warnings(), System.err);
                return serve(loaded.settings());
            }
        }
    }

    /** A signal may come at any moment, so the way out is laid before anything is started. */
    private int serve(Settings settings) throws InterruptedException {
        CompletableFuture<Tollgate> starting = new CompletableFuture<>();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            starting.handle((started, failure) -> started)
                    .thenAccept(Serve::close)
                    .join();
            flushLog();
            ended.countDown();
        }));
        Tollgate tollgate;
        try {
            tollgate = Tollgate.start(settings);
        } catch (StartException e) {
            LOG.error("cannot start: {}", e.getMessage());
            starting.completeExceptionally(e);
            return 1;
        }
        SettingsWatcher watcher = new SettingsWatcher(
                options.config,
                options.environment(System.err),
                settings,
                new Reloading(tollgate),
                tollgate.housekeeping());
        HeapWatch.ofSerialCollector()
                .ifPresent(heap -> tollgate.housekeeping()
                        .scheduleWithFixedDelay(heap::check, HEAP_SECONDS, HEAP_SECONDS, TimeUnit.SECONDS));
        starting.complete(tollgate);
        ended.await();
        watcher.close();
        return 0;
    }

    private static void close(@Nullable Tollgate tollgate) {
        if (tollgate != null) {
            tollgate.close();
        }
    }

    private static void flushLog() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    /** Takes over what may change while the service runs, and says what came of it. */
    private record Reloading(Tollgate tollgate) implements SettingsWatcher.Listener {
        @Override
        public void changed(Settings settings, List<Problem> warnings) {
            tollgate.reload(settings);
            warnings.forEach(warning -> LOG.warn("{}", warning));
        }

        @Override
        public void rejected(List<Problem> problems) {
            LOG.error("the settings file has {} problem(s); the old settings stay", problems.size());
            problems.forEach(problem -> LOG.error("{}", problem));
        }
    }
}
