package dev.tollgate.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A disk of which the n-th call fails, and from then on every one. Its files are short, so that they are soon written over. */
final class FaultyDisk implements LogDisk {
    static final int FILE_BYTES = 1_024;

    private volatile int failing;
    private final Fault fault;
    private final AtomicInteger calls = new AtomicInteger();
    private final List<String> made = new ArrayList<>();
    private @Nullable Runnable torn;
    private double tornPart;

    enum Fault {
        /** Nothing happens but the failure. */
        NOTHING_DONE,
        /** A write ends in the middle; a call that cannot be done by half is not done. */
        HALF_DONE,
        /** All of it was done, which the caller does not learn. */
        ALL_DONE,
        /** Every write takes less than it is given; nothing fails. */
        SHORT_WRITES
    }

    /** The names of the calls since the last question. */
    List<String> made() {
        List<String> all = List.copyOf(made);
        made.clear();
        return all;
    }

    private interface Call<A> {
        A make() throws IOException;
    }

    FaultyDisk(int failing, Fault fault) {
        this.failing = failing;
        this.fault = fault;
    }

    /** Nothing fails. */
    FaultyDisk() {
        this(Integer.MAX_VALUE, Fault.NOTHING_DONE);
    }

    void failFromNow() {
        failing = calls.get() + 1;
    }

    void heal() {
        failing = Integer.MAX_VALUE;
    }

    /** In the middle of the next write {@code then} sees the folder, with a part of it written. */
    void tearNext(double part, Runnable then) {
        torn = then;
        tornPart = part;
    }

    int calls() {
        return calls.get();
    }

    private <A> A call(String name, Call<A> call) throws IOException {
        made.add(name);
        int count = calls.incrementAndGet();
        if (count < failing) {
            return call.make();
        }
        if (count == failing && fault == Fault.ALL_DONE) {
            call.make();
        }
        throw new IOException("as ordered: no space left on device");
    }

    @Override
    public int fileBytes() {
        return FILE_BYTES;
    }

    @Override
    public List<Path> list(Path folder) throws IOException {
        return call("list", () -> SYSTEM.list(folder));
    }

    @Override
    public ByteBuffer read(Path file) throws IOException {
        return call("read", () -> SYSTEM.read(file));
    }

    @Override
    public LogFile create(Path file) throws IOException {
        return call("create", () -> new Faulty(SYSTEM.create(file)));
    }

    @Override
    public void delete(Path file) throws IOException {
        call("delete", () -> {
            SYSTEM.delete(file);
            return true;
        });
    }

    @Override
    public void synchronise(Path folder) throws IOException {
        call("synchronise folder", () -> {
            SYSTEM.synchronise(folder);
            return true;
        });
    }

    private final class Faulty implements LogFile {
        private final LogFile file;

        Faulty(LogFile file) {
            this.file = file;
        }

        @Override
        public int write(ByteBuffer bytes, long position) throws IOException {
            @Nullable Runnable then = torn;
            if (then != null) {
                torn = null;
                file.write(bytes.duplicate().limit((int) Math.round(bytes.limit() * tornPart)), position);
                then.run();
            }
            ByteBuffer half = bytes.duplicate().limit(bytes.position() + (bytes.remaining() + 1) / 2);
            if (fault == Fault.SHORT_WRITES) {
                int written = call("write", () -> file.write(half, position));
                bytes.position(bytes.position() + written);
                return written;
            }
            if (fault == Fault.HALF_DONE && calls.get() + 1 == failing) {
                file.write(half, position);
            }
            return call("write", () -> file.write(bytes, position));
        }

        @Override
        public void force() throws IOException {
            call("force", () -> {
                file.force();
                return true;
            });
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
