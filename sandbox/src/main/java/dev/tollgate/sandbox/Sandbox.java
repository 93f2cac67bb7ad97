package dev.tollgate.sandbox;

import dev.tollgate.sandbox.control.ControlApi;
import dev.tollgate.sandbox.dodo.DodoStandIn;
import dev.tollgate.sandbox.http.HttpServer;
import dev.tollgate.sandbox.mail.Mailbox;
import dev.tollgate.sandbox.openai.OpenAiStandIn;
import java.io.IOException;
import java.net.URI;

/** OpenAI, Dodo Payments and a mail server on loopback ports, on one clock. Safe for all threads. */
public final class Sandbox implements AutoCloseable {
    private final SandboxClock clock;
    private final OpenAiStandIn openai;
    private final DodoStandIn dodo;
    private final Mailbox mail;
    private final HttpServer control;

    private Sandbox(SandboxOptions options) throws IOException {
        Ids ids = new Ids(options.seed());
        this.clock = new SandboxClock(options.timeScale());
        this.openai = new OpenAiStandIn(options.openaiPort(), options.openaiApiKey(), clock, ids);
        this.dodo = new DodoStandIn(
                options.dodoPort(), options.dodoApiKey(), options.webhookSecret(), clock, ids, options.seed());
        this.mail = Mailbox.open(0);
        this.control =
                HttpServer.start("sandbox-control", options.controlPort(), new ControlApi(openai, dodo, mail, clock));
        if (options.startWorker()) {
            dodo.startWorker();
        }
    }

    /** Binds the ports and serves until closed. */
    public static Sandbox start(SandboxOptions options) throws IOException {
        return new Sandbox(options);
    }

    public URI openaiBaseUrl() {
        return URI.create("http://127.0.0.1:" + openai.port() + "/v1");
    }

    public URI dodoBaseUrl() {
        return URI.create("http://127.0.0.1:" + dodo.port());
    }

    public URI controlUrl() {
        return URI.create("http://127.0.0.1:" + control.port());
    }

    public OpenAiStandIn openai() {
        return openai;
    }

    public DodoStandIn dodo() {
        return dodo;
    }

    /** Takes every letter, and delivers none. */
    public Mailbox mail() {
        return mail;
    }

    public SandboxClock clock() {
        return clock;
    }

    @Override
    public void close() {
        control.close();
        mail.close();
        openai.close();
        clock.close();
        dodo.close(); // last, since it may have something to say about what was said to it
    }
}
