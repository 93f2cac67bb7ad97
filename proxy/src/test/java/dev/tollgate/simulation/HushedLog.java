package dev.tollgate.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Keeps what thousands of crashes and failures say out of the log; a history tells its own steps. */
final class HushedLog implements BeforeEachCallback, AfterEachCallback {
    private final Logger logger = (Logger) Objects.requireNonNull(LoggerFactory.getLogger("dev.tollgate"));
    private @Nullable Level before;

    @Override
    public void beforeEach(ExtensionContext context) {
        before = logger.getLevel();
        logger.setLevel(Level.OFF);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        logger.setLevel(before);
    }
}
