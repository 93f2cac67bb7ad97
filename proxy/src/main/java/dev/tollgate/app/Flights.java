package dev.tollgate.app;

import dev.tollgate.flight.FlightLane;
import dev.tollgate.flight.FlightLog;
import dev.tollgate.flight.FlightTrace;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of the requests that were under way when the last process stopped, and the log that tells it of this one's.
 * A log that cannot be read or written is a warning: then such requests are booked at their whole hold.
 */
final class Flights implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Flights.class);

    /** Linux names each boot of the machine here; elsewhere nothing does, and no log is kept. */
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private final FlightLog log;

    private Flights(FlightLog log) {
        this.log = log;
    }

    /** Names the time since the machine was started. */
    static Optional<UUID> bootId() {
        try {
            return Optional.of(UUID.fromString(Files.readString(BOOT_ID).trim()));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** How the requests of the last process ended, as far as its log in {@code folder} says. */
    static Map<String, FlightTrace> left(Path folder, Optional<UUID> bootId) {
        try {
            return bootId.isPresent() ? FlightLog.read(folder, bootId.get()) : Map.of();
        } catch (IOException e) {
            LOG.warn("what the last process left about running requests cannot be read: {}", e.toString());
            return Map.of();
        }
    }

    static Command.OrphanEnd end(Map<String, FlightTrace> left, Fact.Reserved reserved) {
        @Nullable FlightTrace trace = left.get(reserved.requestId());
        if (trace == null) {
            return new Command.OrphanEnd.Unknown();
        }
        return switch (trace.stage()) {
            case WAITING -> new Command.OrphanEnd.Unbilled("not_sent");
            case SENT -> new Command.OrphanEnd.Unknown();
            case ANSWERING -> new Command.OrphanEnd.Estimated(trace.units());
            case UNBILLED -> new Command.OrphanEnd.Unbilled("nothing_generated");
        };
    }

    /** Begins the log of this process; what the last one left is gone. */
    static Flights begin(Path folder, Optional<UUID> bootId) {
        try {
            return new Flights(bootId.isPresent() ? FlightLog.create(folder, bootId.get()) : FlightLog.none());
        } catch (IOException e) {
            warn(e);
            return new Flights(FlightLog.none());
        }
    }

    /** One event loop's share of the log. */
    FlightLane lane() {
        try {
            return log.lane();
        } catch (IOException e) {
            warn(e);
            return FlightLane.none();
        }
    }

    private static void warn(IOException e) {
        LOG.warn("running requests are not traced, so a crash books them at their whole hold: {}", e.toString());
    }

    @Override
    public void close() {
        try {
            log.close();
        } catch (IOException e) {
            LOG.warn("the log of running requests did not close cleanly; nothing is lost: {}", e.toString());
        }
    }
}
