package dev.tollgate.exchange;

import dev.tollgate.openai.ApiErrors;
import dev.tollgate.openai.ResponseReader;
import dev.tollgate.openai.ResponseReader.ModelAnswer;
import dev.tollgate.upstream.UpstreamCall;
import dev.tollgate.upstream.UpstreamDirectory;
import dev.tollgate.upstream.Upstreams;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A question for models to several providers at once, answered as if there were a single one: each model under the names
 * that callers know, from the provider that is asked first for it. A provider that fails, refuses or takes longer than
 * {@value #MILLIS_MAX} ms is left out; with none left it is a failure. On the exchange's event loop.
 */
final class MergedModels implements UpstreamCall {
    private static final String LIST = "/models";
    private static final long MILLIS_MAX = 5_000;
    private static final int BYTES_MAX = 4 << 20;

    private final String target;
    private final UpstreamDirectory directory;
    private final Listener listener;
    private final List<String> providers = new ArrayList<>();
    private final Map<String, String> answers = new HashMap<>();
    private final List<UpstreamCall> calls = new ArrayList<>();
    private final ScheduledFuture<?> timer;
    private int open;
    private boolean over;

    private MergedModels(Ask ask, ExchangeServices services, Upstreams.Preparation preparation, Listener listener) {
        this.target = ask.target();
        this.directory = services.upstreams().directory();
        this.listener = listener;
        this.timer = services.loop().schedule(this::finish, MILLIS_MAX, TimeUnit.MILLISECONDS);
        // The first answer must not be taken for the last before everybody is asked.
        this.open = 1;
        calls.addAll(services.upstreams().callEach(listOf(preparation), One::new));
        services.loop().execute(this::ended);
    }

    /** Whether a request asks for models, and its answer is not what a single provider says. */
    static boolean answers(Ask ask, ExchangeServices services) {
        String path = ask.route().path();
        return ask.method().equals(HttpMethod.GET)
                && (path.equals(LIST) || path.startsWith(LIST + "/"))
                && !services.upstreams().directory().isTransparent();
    }

    static MergedModels call(Ask ask, ExchangeServices services, Upstreams.Preparation preparation, Listener listener) {
        return new MergedModels(ask, services, preparation, listener);
    }

    /** Whoever asks for one model is answered from the list too, since a provider may have another name for it. */
    private static Upstreams.Preparation listOf(Upstreams.Preparation preparation) {
        return dialect -> {
            Request asked = preparation.prepare(dialect);
            return new Request(asked.method(), LIST, asked.headers(), asked.body());
        };
    }

    private void ended() {
        open--;
        if (open == 0) {
            finish();
        }
    }

    private void finish() {
        if (over) {
            return;
        }
        cancel();
        if (answers.isEmpty()) {
            listener.failed(new Failure(Failure.Kind.CONNECT, false));
            return;
        }
        Set<String> answered = answers.keySet();
        byte[] list = ResponseReader.modelList(providers.stream()
                .filter(answered::contains)
                .map(each ->
                        new ModelAnswer(Objects.requireNonNull(answers.get(each)), own -> names(each, own, answered)))
                .toList());
        byte @Nullable [] body = target.equals(LIST) ? list : ResponseReader.model(list, model());
        boolean found = body != null;
        byte[] bytes = body == null ? ApiErrors.modelNotFound(model()).toJson() : body;
        HttpHeaders headers = Headers.empty();
        headers.set("content-type", "application/json").set("content-length", bytes.length);
        listener.head(found ? 200 : 404, headers);
        listener.data(Unpooled.wrappedBuffer(bytes));
        listener.end();
    }

    private List<String> names(String provider, String own, Set<String> answered) {
        return directory.callerNames(provider, own).stream()
                .filter(name -> directory.choice(name, answered).equals(Optional.of(provider)))
                .toList();
    }

    private String model() {
        return target.substring(LIST.length() + 1);
    }

    @Override
    public void pause(Pause reason) {
        // The whole answer is gathered, within its bound.
    }

    @Override
    public void resume(Pause reason) {}

    @Override
    public void callerGone() {}

    @Override
    public boolean cancel() {
        over = true;
        timer.cancel(false);
        calls.forEach(UpstreamCall::cancel);
        return true;
    }

    /** What one provider says. */
    private final class One implements Listener {
        private final String provider;
        private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();
        private boolean listed;

        One(String provider) {
            this.provider = provider;
            providers.add(provider);
            open++;
        }

        @Override
        public void sending() {}

        @Override
        public void head(int status, HttpHeaders headers) {
            listed = status == 200;
        }

        @Override
        public void data(ByteBuf bytes) {
            try {
                int room = Math.max(0, BYTES_MAX - gathered.size());
                bytes.readBytes(gathered, Math.min(bytes.readableBytes(), room));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                bytes.release();
            }
        }

        @Override
        public void paused() {}

        @Override
        public void end() {
            String answer = gathered.toString(StandardCharsets.UTF_8);
            if (listed && ResponseReader.isModelList(answer)) {
                answers.put(provider, answer);
            }
            ended();
        }

        @Override
        public void failed(Failure failure) {
            ended();
        }
    }
}
