package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The log by itself: what of it counts after it broke off, was damaged, or was written over. */
class GroupLogTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final long MARK = 0x5eed_1234_5678_9abcL;

    @TempDir
    Path folder;

    private final FaultyDisk disk = new FaultyDisk();

    private static Group group(long first, int facts) {
        List<Fact> all = new ArrayList<>();
        for (long place = first; place < first + facts; place++) {
            all.add(new Fact.Voided("r" + place, ACCOUNT, "refused", place));
        }
        return new Group(first, all);
    }

    private void write(long mark, long tabulated, Group... groups) throws IOException {
        GroupLog log = new GroupLog(disk, folder, mark);
        for (Group group : groups) {
            log.append(group, tabulated);
        }
        log.close(false);
    }

    private List<Group> read(long after) throws JournalException, IOException {
        return new LogReader(LogDisk.SYSTEM, folder, MARK).after(after);
    }

    private Path file(int number) {
        return folder.resolve(LogDisk.PREFIX + number);
    }

    @Test
    void everyKindOfFactComesBackAsItWas() throws Exception {
        assertThat(EveryFact.FACTS.stream().map(Object::getClass).collect(Collectors.toSet()))
                .as("a sample of each")
                .isEqualTo(Arrays.stream(Fact.class.getPermittedSubclasses()).collect(Collectors.toSet()));
        write(MARK, 0, new Group(1, EveryFact.FACTS));
        assertThat(read(0)).containsExactly(new Group(1, EveryFact.FACTS));
    }

    @Test
    void aGroupIsOneWriteAndOneSynchronisationAndAFileIsThereForGoodBefore() throws Exception {
        GroupLog log = new GroupLog(disk, folder, MARK);
        log.append(group(1, 3), 0);
        assertThat(disk.made()).containsExactly("create", "write", "force", "synchronise folder", "write", "force");
        log.append(group(4, 3), 0);
        assertThat(disk.made()).containsExactly("write", "force");
        assertThat(Files.size(file(1))).isEqualTo(FaultyDisk.FILE_BYTES);
        log.append(group(7, 20), 6);
        assertThat(disk.made()).as("written over").containsExactly("write", "force");
        log.close(true);
        assertThat(disk.made()).containsExactly("delete");
    }

    @Test
    void aDiskThatTakesLessThanItIsGivenIsGivenTheRest() throws Exception {
        GroupLog log = new GroupLog(new FaultyDisk(Integer.MAX_VALUE, FaultyDisk.Fault.SHORT_WRITES), folder, MARK);
        log.append(group(1, 10), 0);
        log.append(group(11, 10), 0);
        log.close(false);
        assertThat(read(0)).containsExactly(group(1, 10), group(11, 10));
    }

    @Test
    void aGroupThatIsLongerThanAFileHasOneOfItsOwn() throws Exception {
        write(MARK, 0, group(1, 2), group(3, 500), group(503, 1));
        assertThat(read(0)).containsExactly(group(1, 2), group(3, 500), group(503, 1));
        assertThat(read(2)).containsExactly(group(3, 500), group(503, 1));
        assertThat(read(503)).isEmpty();
    }

    @Test
    void aFileIsWrittenOverOnceTheTablesHaveItAndItsOldBytesAreNotTheTail() throws Exception {
        GroupLog log = new GroupLog(disk, folder, MARK);
        long next = 1;
        for (int i = 0; i < 200; i++) {
            int facts = 1 + i % 7;
            log.append(group(next, facts), next - 1);
            assertThat(read(next - 1)).as("group " + i).containsExactly(group(next, facts));
            next += facts;
        }
        log.close(true);
        assertThat(disk.list(folder)).as("files taken away").isEmpty();
    }

    @Test
    void aFileThatTheTablesHaveNotAllOfIsKept() throws Exception {
        List<Group> all = new ArrayList<>();
        GroupLog log = new GroupLog(disk, folder, MARK);
        for (int i = 0; i < 50; i++) {
            all.add(group(1 + 3 * i, 3));
            log.append(all.getLast(), 0);
        }
        log.close(false);
        assertThat(disk.list(folder)).hasSizeGreaterThan(5);
        assertThat(read(0)).isEqualTo(all);
    }

    @Test
    void whereverTheLastRecordBreaksOffItIsTheEnd() throws Exception {
        write(MARK, 0, group(1, 2), group(3, 2));
        byte[] whole = Files.readAllBytes(file(1));
        int length = new GroupBytes().of(group(1, 2), MARK).limit();
        for (int cut = length; cut < 2 * length; cut++) {
            Files.write(file(1), Arrays.copyOf(whole, cut));
            assertThat(read(0)).as("cut at " + cut).containsExactly(group(1, 2));
            byte[] zeros = Arrays.copyOf(Arrays.copyOf(whole, cut), whole.length);
            Files.write(file(1), zeros);
            List<Group> expected =
                    Arrays.equals(zeros, whole) ? List.of(group(1, 2), group(3, 2)) : List.of(group(1, 2));
            assertThat(read(0)).as("never written from " + cut).isEqualTo(expected);
        }
    }

    @Test
    void whicheverByteOfTheLastRecordIsOtherItIsTheEnd() throws Exception {
        write(MARK, 0, group(1, 2), group(3, 2));
        byte[] whole = Files.readAllBytes(file(1));
        int length = new GroupBytes().of(group(1, 2), MARK).limit();
        for (int place = length; place < 2 * length; place++) {
            byte[] other = whole.clone();
            other[place] ^= (byte) (1 << place % 8);
            Files.write(file(1), other);
            assertThat(read(0)).as("byte " + place).containsExactly(group(1, 2));
        }
    }

    @Test
    void whicheverByteOfAnEarlierRecordIsOtherItIsADamage() throws Exception {
        write(MARK, 0, group(1, 2), group(3, 2), group(5, 2));
        byte[] whole = Files.readAllBytes(file(1));
        int length = new GroupBytes().of(group(1, 2), MARK).limit();
        for (int place = 0; place < 2 * length; place++) {
            byte[] other = whole.clone();
            other[place] ^= (byte) (1 << place % 8);
            Files.write(file(1), other);
            assertThatThrownBy(() -> read(0))
                    .as("byte " + place)
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining(place < length ? "where fact 1 should be" : "where fact 3 should be")
                    .hasMessageContaining("from a backup");
        }
    }

    @Test
    void aDamageThatTheTablesHaveIsNone() throws Exception {
        write(MARK, 0, group(1, 2), group(3, 2));
        byte[] other = Files.readAllBytes(file(1));
        other[20] ^= 1;
        Files.write(file(1), other);
        assertThat(read(2)).containsExactly(group(3, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aMissingFileIsADamageUnlessItIsTheLast(int missing) throws Exception {
        write(MARK, 0, group(1, 20), group(21, 20), group(41, 20));
        assertThat(disk.list(folder)).hasSize(3);
        Files.delete(file(missing));
        assertThatThrownBy(() -> read(0)).hasMessageContaining("should be");
    }

    @Test
    void aLogThatBeginsBehindTheTablesIsADamage() throws Exception {
        write(MARK, 0, group(10, 2));
        assertThatThrownBy(() -> read(5)).hasMessageContaining("goes on with fact 10 where fact 6 should be");
    }

    @Test
    void aGroupOfWhichTheTablesHaveAPartIsADamage() throws Exception {
        write(MARK, 0, group(1, 4));
        assertThatThrownBy(() -> read(2)).hasMessageContaining("goes on with fact 1 where fact 3 should be");
    }

    @Test
    void theLogOfAnotherStateOfTheTablesIsADamage() throws Exception {
        write(MARK + 1, 0, group(1, 4));
        assertThat(read(4)).as("what the tables have does no harm").isEmpty();
        assertThatThrownBy(() -> read(0)).hasMessageContaining("belongs to another state of journal.db");
    }

    /** A customer may put bytes into a fact, as a model's name; they must not become a fact when its record breaks off. */
    @Test
    void aRecordWithinARecordThatBrokeOffIsNoRecord() throws Exception {
        ByteBuffer forged = new GroupBytes().of(group(2, 1), MARK + 1);
        byte[] bytes = new byte[forged.limit()];
        forged.get(bytes);
        write(MARK, 0, group(1, 1));
        byte[] file = Files.readAllBytes(file(1));
        int length = new GroupBytes().of(group(1, 1), MARK).limit();
        for (int shift = 0; shift < 64; shift++) {
            byte[] with = file.clone();
            System.arraycopy(bytes, 0, with, length + shift, bytes.length);
            Files.write(file(1), with);
            assertThat(read(0)).containsExactly(group(1, 1));
        }
    }

    @Test
    void aLogOfAnotherVersionIsSaidSo() throws Exception {
        ByteBuffer record = new GroupBytes().of(group(1, 1), MARK);
        record.putInt(GroupBytes.VERSION_AT, 7);
        record.putInt(0, GroupBytes.checksum(record, 0, record.limit()));
        byte[] bytes = new byte[record.limit()];
        record.get(bytes);
        Files.write(file(1), bytes);
        assertThatThrownBy(() -> read(0)).hasMessageContaining("version 7").hasMessageContaining("program that wrote");
    }
}
