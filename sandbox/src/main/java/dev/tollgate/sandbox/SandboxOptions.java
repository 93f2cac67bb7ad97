package dev.tollgate.sandbox;

import java.util.Base64;

/**
 * How to start a {@link Sandbox}.
 *
 * @param openaiPort 0 for any free port, as for the other two
 * @param openaiApiKey the bearer key the OpenAI stand-in accepts
 * @param dodoApiKey the bearer key the Dodo stand-in accepts
 * @param webhookSecret {@code whsec_} and base64, signs deliveries to endpoints registered without their own secret
 * @param timeScale how many times faster than real time sandbox time runs; 0 makes it move only by
 *     {@link SandboxClock#advance}
 * @param startWorker whether the deduction worker runs by itself every minute of sandbox time
 * @param seed of every random choice, ids included
 */
public record SandboxOptions(
        int openaiPort,
        int dodoPort,
        int controlPort,
        String openaiApiKey,
        String dodoApiKey,
        String webhookSecret,
        long timeScale,
        boolean startWorker,
        long seed) {
    public SandboxOptions {
        if (timeScale < 0) {
            throw new IllegalArgumentException("timeScale " + timeScale);
        }
        if (!webhookSecret.startsWith("whsec_")) {
            throw new IllegalArgumentException("webhookSecret must start with whsec_");
        }
        if (!isBase64(webhookSecret.substring("whsec_".length()))) {
            throw new IllegalArgumentException("webhookSecret must end in base64");
        }
    }

    /** Free ports, well-known keys, real time, worker running. */
    public static SandboxOptions defaults() {
        return new SandboxOptions(
                0,
                0,
                0,
                "sk-sandbox-openai",
                "dodo_test_sandbox",
                "whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC0wMDAx",
                1,
                true,
                42);
    }

    public SandboxOptions withPorts(int openai, int dodo, int control) {
        return new SandboxOptions(
                openai, dodo, control, openaiApiKey, dodoApiKey, webhookSecret, timeScale, startWorker, seed);
    }

    public SandboxOptions withOpenaiApiKey(String key) {
        return new SandboxOptions(
                openaiPort, dodoPort, controlPort, key, dodoApiKey, webhookSecret, timeScale, startWorker, seed);
    }

    public SandboxOptions withDodoApiKey(String key) {
        return new SandboxOptions(
                openaiPort, dodoPort, controlPort, openaiApiKey, key, webhookSecret, timeScale, startWorker, seed);
    }

    public SandboxOptions withWebhookSecret(String secret) {
        return new SandboxOptions(
                openaiPort, dodoPort, controlPort, openaiApiKey, dodoApiKey, secret, timeScale, startWorker, seed);
    }

    public SandboxOptions withTimeScale(long scale) {
        return new SandboxOptions(
                openaiPort, dodoPort, controlPort, openaiApiKey, dodoApiKey, webhookSecret, scale, startWorker, seed);
    }

    /** Time that only {@link SandboxClock#advance} moves. */
    public SandboxOptions withManualClock() {
        return withTimeScale(0);
    }

    public SandboxOptions withStartWorker(boolean start) {
        return new SandboxOptions(
                openaiPort, dodoPort, controlPort, openaiApiKey, dodoApiKey, webhookSecret, timeScale, start, seed);
    }

    public SandboxOptions withSeed(long newSeed) {
        return new SandboxOptions(
                openaiPort,
                dodoPort,
                controlPort,
                openaiApiKey,
                dodoApiKey,
                webhookSecret,
                timeScale,
                startWorker,
                newSeed);
    }

    private static boolean isBase64(String text) {
        try {
            return Base64.getDecoder().decode(text).length > 0;
        } catch (IllegalArgumentException malformed) {
            return false; // its message would show the secret
        }
    }

    /** Without the keys and the secret. */
    @Override
    public String toString() {
        return "SandboxOptions[ports=%d,%d,%d, timeScale=%d, startWorker=%s, seed=%d]"
                .formatted(openaiPort, dodoPort, controlPort, timeScale, startWorker, seed);
    }
}
