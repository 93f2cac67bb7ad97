package dev.tollgate.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightLogTest {
    private static final UUID BOOT = new UUID(1, 2);
    private static final long SEED = Long.getLong("tollgate.seed", 20_260_101);

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);

    @Test
    void eachRequestSaysHowFarItCame() throws IOException {
        try (FlightLog log = FlightLog.create(folder, BOOT)) {
            FlightLane lane = log.lane();
            Flight sent = lane.begin(id(2));
            sent.sending();
            Flight answering = lane.begin(id(3));
            answering.sending();
            answering.progressed(40);
            answering.progressed(99);
            Flight refused = lane.begin(id(4));
            refused.sending();
            refused.unbilled();
            lane.begin(id(1));

            assertThat(FlightLog.read(folder, BOOT))
                    .isEqualTo(Map.of(
                            id(1).toString(), new FlightTrace(FlightTrace.Stage.WAITING, 0),
                            id(2).toString(), new FlightTrace(FlightTrace.Stage.SENT, 0),
                            id(3).toString(), new FlightTrace(FlightTrace.Stage.ANSWERING, 99),
                            id(4).toString(), new FlightTrace(FlightTrace.Stage.UNBILLED, 0)));
        }
    }

    @Test
    void whatWasSentIsNeverTakenForUnsentAgain() throws IOException {
        try (FlightLog log = FlightLog.create(folder, BOOT)) {
            Flight flight = log.lane().begin(id(1));
            flight.progressed(50);
            flight.sending();

            assertThat(FlightLog.read(folder, BOOT).get(id(1).toString()))
                    .isEqualTo(new FlightTrace(FlightTrace.Stage.ANSWERING, 50));
        }
    }

    @Test
    void lanesDoNotTouchEachOther() throws IOException {
        try (FlightLog log = FlightLog.create(folder, BOOT)) {
            FlightLane first = log.lane();
            FlightLane second = log.lane();
            second.begin(id(2)).sending();
            first.begin(id(1));

            assertThat(FlightLog.read(folder, BOOT)).containsOnlyKeys(id(1).toString(), id(2).toString());
        }
    }

    @Test
    void anEndedRequestIsRememberedUntilItsSlotIsNeeded() throws IOException {
        try (FlightLog log = FlightLog.create(folder, BOOT)) {
            FlightLane lane = log.lane();
            Flight ended = lane.begin(id(0));
            ended.sending();
            ended.end();
            ended.end();
            for (int i = 1; i < FlightLog.LANE_SLOTS; i++) {
                lane.begin(id(i)).end();
            }
            assertThat(FlightLog.read(folder, BOOT)).containsKey(id(0).toString());

            lane.begin(id(FlightLog.LANE_SLOTS));

            assertThat(FlightLog.read(folder, BOOT)).doesNotContainKey(id(0).toString());
        }
    }

    @Test
    void whoFindsNoSlotLeavesNoTraceAndDisturbsNobody() throws IOException {
        try (FlightLog log = FlightLog.create(folder, BOOT)) {
            FlightLane lane = log.lane();
            List<Flight> flights = new ArrayList<>();
            for (int i = 0; i < FlightLog.LANE_SLOTS; i++) {
                flights.add(lane.begin(id(i)));
            }
            Flight tooMany = lane.begin(id(-1));
            tooMany.sending();
            tooMany.end();
            flights.getLast().end();
            lane.begin(id(-2)).sending();

            Map<String, FlightTrace> left = FlightLog.read(folder, BOOT);
            assertThat(left).hasSize(FlightLog.LANE_SLOTS).containsKey(id(-2).toString());
            assertThat(left).doesNotContainKey(id(-1).toString());
        }
    }

    @Test
    void afterAnotherBootNothingIsBelieved() throws IOException {
        try (FlightLog log = FlightLog.create(folder, BOOT)) {
            log.lane().begin(id(1));
        }
        assertThat(FlightLog.read(folder, new UUID(1, 3))).isEmpty();
        assertThat(FlightLog.read(folder, BOOT)).hasSize(1);
    }

    @Test
    void aNewLogForgetsTheOldOne() throws IOException {
        try (FlightLog log = FlightLog.create(folder, BOOT)) {
            log.lane().begin(id(1));
        }
        FlightLog.create(folder, BOOT).close();
        assertThat(FlightLog.read(folder, BOOT)).isEmpty();
    }

    @Test
    void nothingIsReadWhereThereIsNothing() throws IOException {
        assertThat(FlightLog.read(folder, BOOT)).isEmpty();
        assertThat(FlightLane.none().begin(id(1))).satisfies(flight -> {
            flight.sending();
            flight.end();
        });
    }

    /** Every single wrong byte in a slot, and every length the file may be cut to: no trace rather than a wrong one. */
    @Test
    void aSlotThatIsNotWholeSaysNothing() throws IOException {
        try (FlightLog log = FlightLog.create(folder, BOOT)) {
            Flight flight = log.lane().begin(id(77));
            flight.sending();
            flight.progressed(345);
        }
        Path file = folder.resolve(FlightLog.FILE);
        byte[] whole = Files.readAllBytes(file);
        FlightTrace truth = new FlightTrace(FlightTrace.Stage.ANSWERING, 345);
        for (int at = 4096; at < 4096 + 40; at++) {
            int old = whole[at];
            whole[at] ^= (byte) (1 + random.nextInt(255));
            Files.write(file, whole);
            assertThat(FlightLog.read(folder, BOOT)).as("byte " + at).isEmpty();
            whole[at] = (byte) old;
        }
        Files.write(file, whole);
        for (int length : new int[] {0, 1, 31, 4095, 4096, 4096 + 39, 4096 + 63}) {
            try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
                cut.setLength(length);
            }
            assertThat(FlightLog.read(folder, BOOT)).as("length " + length).isEmpty();
            Files.write(file, whole);
        }
        assertThat(FlightLog.read(folder, BOOT)).containsValue(truth);
    }

    private static UUID id(int number) {
        return new UUID(number, 5L * number + 3);
    }
}
