package dev.tollgate.billing;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Collects a response body up to a number of bytes; a longer one fails. Called by one thread at a time. */
final class BoundedBody implements BodySubscriber<byte[]> {
    private final BodySubscriber<byte[]> collected = BodySubscribers.ofByteArray();
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final long bytesMax;
    private Flow.@Nullable Subscription subscription;
    private long bytes;

    BoundedBody(long bytesMax) {
        this.bytesMax = bytesMax;
        collected.getBody().whenComplete((all, failure) -> {
            if (failure == null) {
                body.complete(all);
            } else {
                body.completeExceptionally(failure);
            }
        });
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        this.subscription = subscription;
        collected.onSubscribe(subscription);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            bytes += buffer.remaining();
        }
        if (bytes <= bytesMax) {
            collected.onNext(buffers);
            return;
        }
        if (subscription != null) {
            subscription.cancel();
        }
        body.completeExceptionally(new IOException("more than " + bytesMax + " bytes"));
    }

    @Override
    public void onError(Throwable failure) {
        collected.onError(failure);
    }

    @Override
    public void onComplete() {
        collected.onComplete();
    }
}
