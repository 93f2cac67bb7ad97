package dev.tollgate.alerts;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.EmptyWebhookSecretException;
import com.standardwebhooks.exceptions.WebhookSigningException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Carries one message to whom it is for. Waits, some seconds at most. Safe on every thread. */
final class Dispatch implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final @Nullable URI url;
    private final @Nullable Webhook signer;
    private final Alerts.@Nullable Mail mail;
    private final Alerts.Addresses addresses;
    private final InstantSource clock;
    private final HttpClient client;

    /** What became of one attempt. */
    enum Fate {
        DELIVERED,
        /** Nobody is there to be told. */
        POINTLESS,
        IN_VAIN
    }

    Dispatch(AlertSettings settings, Alerts.@Nullable Mail mail, Alerts.Addresses addresses, InstantSource clock) {
        this.url = settings.webhookUrl();
        this.signer = signer(settings.webhookSecret());
        this.mail = mail;
        this.addresses = addresses;
        this.clock = clock;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(PATIENCE)
                .build();
    }

    private static @Nullable Webhook signer(@Nullable String secret) {
        try {
            return secret == null ? null : new Webhook(secret);
        } catch (EmptyWebhookSecretException e) {
            throw new IllegalArgumentException("the secret is empty", e);
        }
    }

    boolean writesLetters() {
        return mail != null;
    }

    boolean callsMerchant() {
        return url != null;
    }

    Fate carry(Message message) throws InterruptedException {
        try {
            return message.isLetter() ? write(message) : call(message);
        } catch (IOException e) {
            return Fate.IN_VAIN;
        }
    }

    private Fate write(Message message) throws IOException {
        if (mail == null) {
            return Fate.POINTLESS;
        }
        Optional<String> address = addresses.of(message.customerId());
        if (address.isEmpty()) {
            return Fate.POINTLESS;
        }
        mail.send(address.get(), message.subject(), message.body());
        return Fate.DELIVERED;
    }

    /** Signed as Standard Webhooks says; a fresh time with every attempt, the id of the first. */
    private Fate call(Message message) throws IOException, InterruptedException {
        if (url == null || signer == null) {
            return Fate.POINTLESS;
        }
        long seconds = clock.millis() / 1000;
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(url)
                    .timeout(PATIENCE)
                    .header("content-type", "application/json")
                    .header("webhook-id", message.id())
                    .header("webhook-timestamp", Long.toString(seconds))
                    .header("webhook-signature", signer.sign(message.id(), seconds, message.body()))
                    .POST(BodyPublishers.ofString(message.body()))
                    .build();
        } catch (WebhookSigningException e) {
            throw new IllegalStateException("a checked secret does not sign", e);
        }
        int status = client.send(request, BodyHandlers.discarding()).statusCode();
        return status / 100 == 2 ? Fate.DELIVERED : Fate.IN_VAIN;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
