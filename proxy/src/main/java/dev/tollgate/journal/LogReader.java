package dev.tollgate.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Finds what the files of a log hold. A file is walked from record to record; where none is whole, the next whole one
 * is looked for, so that a record which broke off is passed over and one behind it is not overlooked.
 *
 * @param mark what all records carry that count
 */
record LogReader(LogDisk disk, Path folder, long mark) {

    /**
     * The groups after a place, for the process that has the journal's lock. What broke off at the end was never
     * acknowledged and is left out.
     *
     * @throws JournalException when one is missing between two others, or before the first
     */
    List<Group> after(long place) throws JournalException, IOException {
        List<LoggedGroup> found = new ArrayList<>();
        for (Path file : disk.list(folder)) {
            ByteBuffer bytes = disk.read(file);
            requireOurs(file, bytes, place);
            walk(bytes, group -> {
                if (group.last() > place) {
                    found.add(group);
                }
            });
        }
        found.sort(Comparator.comparingLong(LoggedGroup::first));
        List<Group> groups = new ArrayList<>();
        long next = place + 1;
        for (LoggedGroup each : found) {
            if (each.first() != next) {
                throw damaged("goes on with fact " + each.first() + " where fact " + next + " should be");
            }
            groups.add(each.group());
            next = each.last() + 1;
        }
        return groups;
    }

    /** The last fact that is whole, while a process may go on writing; 0 when there is none. */
    long last() throws IOException {
        long[] last = {0};
        for (Path file : disk.list(folder)) {
            try {
                walk(disk.read(file), group -> last[0] = Math.max(last[0], group.last()));
            } catch (NoSuchFileException e) {
                // Taken away since the tables have all of it.
            }
        }
        return last[0];
    }

    private void walk(ByteBuffer bytes, Consumer<LoggedGroup> consumer) {
        int position = 0;
        while (position + GroupBytes.HEAD_BYTES <= bytes.limit()) {
            Optional<LoggedGroup> found = bytes.getLong(position + GroupBytes.MARK_AT) == mark
                    ? LoggedGroup.at(bytes, position)
                    : Optional.empty();
            found.ifPresent(consumer);
            position += found.map(LoggedGroup::length).orElse(GroupBytes.ALIGNMENT);
        }
    }

    /** Every process leaves nothing in its log that the tables lack before the next one has its own mark. */
    private void requireOurs(Path file, ByteBuffer bytes, long place) throws JournalException {
        Optional<LoggedGroup> first = LoggedGroup.at(bytes, 0);
        if (first.isPresent() && first.get().mark() != mark && first.get().last() > place) {
            throw damaged(
                    "has a file that belongs to another state of " + SqliteJournal.FILE + ", " + file.getFileName());
        }
    }

    private JournalException damaged(String how) {
        return new JournalException("the log of the journal in " + folder.toAbsolutePath() + " " + how
                + "; put back the whole folder from a backup, or, to go on without the facts that are only in the log,"
                + " move its files " + LogDisk.PREFIX + "* away");
    }
}
