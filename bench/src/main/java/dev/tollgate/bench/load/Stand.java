package dev.tollgate.bench.load;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/** What every run of the harness has: load, provider and Dodo on one loop, keys, and a folder for the candidates. */
record Stand(Loop loop, Provider provider, Dodo dodo, Path folder, List<String> keys, int providerPort, int dodoPort)
        implements AutoCloseable {
    /** Both ends of every connection to and from a candidate, and some files. */
    private static final int FILES_PER_CONNECTION = 2;

    private static final int FILES_BESIDE = 500;

    static Stand open(String name, int keys) throws IOException {
        Loop loop = new Loop();
        Provider provider = new Provider(loop);
        Dodo dodo = new Dodo(loop);
        Path folder = Workspace.create(Path.of("bench/target").resolve(name));
        return new Stand(loop, provider, dodo, folder, Keys.make(keys), provider.listen(), dodo.listen());
    }

    Runner runner() {
        return new Runner(loop, provider, dodo, keys);
    }

    /** Starts candidates from this repository. */
    Launcher launcher() {
        return launcher(Path.of("").toAbsolutePath());
    }

    /** Starts candidates from any tree of the repository. */
    Launcher launcher(Path tree) {
        return new Launcher(tree, folder, providerPort, dodoPort);
    }

    /** Says beforehand what would otherwise break in the middle. */
    static void checkFiles(int connections) {
        var system = (com.sun.management.UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        int needed = FILES_PER_CONNECTION * connections + FILES_BESIDE;
        if (system.getMaxFileDescriptorCount() < needed) {
            throw new IllegalStateException(connections + " connections need " + needed + " open files, and only "
                    + system.getMaxFileDescriptorCount() + " are allowed: raise `ulimit -n`");
        }
    }

    @Override
    public void close() {
        loop.close();
    }
}
