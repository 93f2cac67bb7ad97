package dev.tollgate.admission;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who stands behind which key. Looked up on event loops, replaced as a whole when the settings change; in between,
 * both sides meet in one volatile reference, so a look-up sees either all old keys or all new ones.
 */
public final class KeyRing {
    private static final int CACHED_KEYS_MAX = 100_000;

    private volatile LoadingCache<KeyHash, Optional<Caller>> callers;

    private final Function<KeyHash, @Nullable Caller> issued;

    /** @param issued finds keys that are not in the settings, as they are now; never waits */
    public KeyRing(Map<KeyHash, Caller> keys, Function<KeyHash, @Nullable Caller> issued) {
        this.callers = cache(Map.copyOf(keys)::get);
        this.issued = issued;
    }

    /** Takes over another set of keys. A cache of its own goes with each, so that no old answer survives. */
    public void replace(Map<KeyHash, Caller> keys) {
        callers = cache(Map.copyOf(keys)::get);
    }

    /** Who stands behind a key, revoked or not; null for nobody. Never waits. */
    public @Nullable Caller find(KeyHash hash) {
        Optional<Caller> known = callers.get(hash);
        return known.isPresent() ? known.get() : issued.apply(hash);
    }

    private static LoadingCache<KeyHash, Optional<Caller>> cache(Function<KeyHash, @Nullable Caller> source) {
        return Caffeine.newBuilder()
                .maximumSize(CACHED_KEYS_MAX)
                .executor(Runnable::run)
                .build(hash -> Optional.ofNullable(source.apply(hash)));
    }
}
