package dev.tollgate.sandbox.mail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes letters by SMTP (RFC 5321) on a loopback port and keeps the newest. Without encryption and passwords. Safe for all
 * threads.
 */
public final class Mailbox implements AutoCloseable {
    private static final int KEPT_MAX = 500;
    private static final int LETTER_CHARS_MAX = 1 << 20;

    private final ServerSocket listener;
    private final Deque<Letter> letters = new ArrayDeque<>();
    private final AtomicInteger refusals = new AtomicInteger();

    /** Binds the port, 0 for any free one. */
    public static Mailbox open(int port) throws IOException {
        Mailbox mailbox = new Mailbox(new ServerSocket(port, 50, InetAddress.getLoopbackAddress()));
        Thread.ofVirtual().name("sandbox-mail").start(mailbox::listen);
        return mailbox;
    }

    private Mailbox(ServerSocket listener) {
        this.listener = listener;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** What came, oldest first. */
    public List<Letter> letters() {
        synchronized (letters) {
            return List.copyOf(letters);
        }
    }

    /** Refuses so many letters, for now, before it takes another one. */
    public void refuseNext(int count) {
        refusals.set(count);
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new IllegalStateException("the mailbox does not close", e);
        }
    }

    private void listen() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                Thread.ofVirtual().name("sandbox-mail-client").start(() -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket;
                OutputStream out = socket.getOutputStream();
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            socket.setSoTimeout(30_000);
            say(out, "220 sandbox");
            converse(in, out);
        } catch (IOException e) {
            // The client went away; what it had handed over is kept.
        }
    }

    private void converse(BufferedReader in, OutputStream out) throws IOException {
        List<String> to = new ArrayList<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String command = line.strip().split("[ :]", 2)[0].toUpperCase(Locale.ROOT);
            switch (command) {
                case "EHLO", "HELO" -> say(out, "250 sandbox");
                case "MAIL", "RSET" -> {
                    to.clear();
                    boolean refused =
                            command.equals("MAIL") && refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
                    say(out, refused ? "451 not now" : "250 fine");
                }
                case "RCPT" -> {
                    to.add(line.replaceFirst("^[^<]*<", "").replaceFirst(">.*$", ""));
                    say(out, "250 fine");
                }
                case "DATA" -> {
                    say(out, "354 go ahead, a dot ends it");
                    keep(Letter.parse(List.copyOf(to), data(in)));
                    say(out, "250 taken");
                }
                case "NOOP" -> say(out, "250 fine");
                case "QUIT" -> {
                    say(out, "221 bye");
                    return;
                }
                default -> say(out, "502 not known here");
            }
        }
    }

    private static List<String> data(BufferedReader in) throws IOException {
        List<String> lines = new ArrayList<>();
        int characters = 0;
        for (String line = in.readLine(); line != null && !line.equals("."); line = in.readLine()) {
            characters += line.length();
            if (characters > LETTER_CHARS_MAX) {
                throw new IOException("a letter is too long");
            }
            lines.add(line.startsWith(".") ? line.substring(1) : line);
        }
        return lines;
    }

    private void keep(Letter letter) {
        synchronized (letters) {
            if (letters.size() >= KEPT_MAX) {
                letters.removeFirst();
            }
            letters.addLast(letter);
        }
    }

    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }
}
