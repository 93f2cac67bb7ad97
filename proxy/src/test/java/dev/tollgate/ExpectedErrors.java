package dev.tollgate;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Keeps errors that a test provokes out of the build's output, and fails a test for every error that it did not ask about
 * with {@link #said}. For tests that run one at a time.
 */
public final class ExpectedErrors implements BeforeEachCallback, AfterEachCallback {
    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.tollgate");
    private final List<String> parts = new ArrayList<>();
    private ListAppender<ILoggingEvent> heard;

    @Override
    public void beforeEach(ExtensionContext context) {
        parts.clear();
        heard = new ListAppender<>();
        heard.start();
        logger.addAppender(heard);
        logger.setAdditive(false);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        logger.detachAppender(heard);
        logger.setAdditive(true);
        if (context.getExecutionException().isEmpty()) {
            assertThat(errors())
                    .as("errors in the log that the test did not expect")
                    .filteredOn(error -> parts.stream().noneMatch(error::contains))
                    .isEmpty();
        }
    }

    /** Asserts that there is an error with this text, and allows more of them. */
    public void said(String part) {
        parts.add(part);
        assertThat(errors()).anyMatch(error -> error.contains(part));
    }

    private List<String> errors() {
        return List.copyOf(heard.list).stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.ERROR))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }
}
