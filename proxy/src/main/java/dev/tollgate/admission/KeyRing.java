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

    public KeyRing(Map<KeyHash, Caller> keys) {
        callers = cache(Map.copyOf(keys)::get);
    }

    /** Takes over another set of keys. A cache of its own goes with each, so that no old answer survives. */
    public void replace(Map<KeyHash, Caller> keys) {
        callers = cache(Map.copyOf(keys)::get);
    }

    @Nullable
    Caller find(KeyHash hash) {
        return callers.get(hash).orElse(null);
    }

    private static LoadingCache<KeyHash, Optional<Caller>> cache(Function<KeyHash, @Nullable Caller> source) {
        return Caffeine.newBuilder()
                .maximumSize(CACHED_KEYS_MAX)
                .executor(Runnable::run)
                .build(hash -> Optional.ofNullable(source.apply(hash)));
    }
}
