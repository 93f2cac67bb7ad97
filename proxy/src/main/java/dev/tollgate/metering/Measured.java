package dev.tollgate.metering;

import dev.tollgate.openai.ResponseReader;
import dev.tollgate.openai.ResponseReader.Progress;
import dev.tollgate.openai.Usage;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is known about the use of the model when an answer is over, however it ended. */
public sealed interface Measured {

    /** The provider said it. {@code model} is the model that answered, if it named itself. */
    record Reported(Usage usage, @Nullable String model) implements Measured {
        public Reported {
            Objects.requireNonNull(usage);
        }
    }

    /** The provider never said it: cut off, cancelled, or silent. Something may well have been used. */
    record Unreported(Progress progress) implements Measured {
        public Unreported {
            Objects.requireNonNull(progress);
        }
    }

    /** The answer was an error before any output: nothing was used. */
    record Failed() implements Measured {}

    static Measured by(ResponseReader reader) {
        Progress progress = reader.progress();
        boolean nothingCame = progress.tokens() == 0;
        return reader.usage()
                .<Measured>map(usage -> new Reported(usage, reader.model().orElse(null)))
                .orElseGet(() -> reader.sawError() && nothingCame ? new Failed() : new Unreported(progress));
    }
}
