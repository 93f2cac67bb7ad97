package dev.tollgate.mail;

import io.netty.pkitesting.X509Bundle;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** As much of SMTP (RFC 5321), STARTTLS (RFC 3207) and AUTH (RFC 4954) as a mail server for programs speaks. */
final class MailServer implements AutoCloseable {
    /** How a connection comes to be encrypted, if it does. */
    enum Offer {
        STARTTLS,
        TLS,
        NOTHING
    }

    final List<String> letters = new CopyOnWriteArrayList<>();
    final List<String> saidInClear = new CopyOnWriteArrayList<>();
    final List<String> logIns = new CopyOnWriteArrayList<>();

    private final Offer offer;
    private final SSLContext tls;
    private final String credentials;
    private final ServerSocket listener;

    /** Takes letters from whoever logs in so, once the connection is encrypted. */
    MailServer(Offer offer, X509Bundle certificate, String user, String password) throws Exception {
        this.offer = offer;
        this.credentials = "\0" + user + "\0" + password;
        tls = SSLContext.getInstance("TLS");
        tls.init(certificate.toKeyManagerFactory().getKeyManagers(), null, null);
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("mail-server").start(this::listen);
    }

    int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void listen() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                Thread.ofVirtual().name("mail-client").start(() -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setSoTimeout(10_000);
            if (offer == Offer.TLS) {
                new Conversation(secured(socket), true).greet().run();
            } else {
                Conversation clear = new Conversation(socket, false).greet();
                if (clear.run()) {
                    new Conversation(secured(socket), true).run();
                }
            }
        } catch (IOException e) {
            // The client does not trust the certificate, or has had enough.
        }
    }

    private SSLSocket secured(Socket socket) throws IOException {
        SSLSocket secured = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, socket.getPort(), true);
        secured.setUseClientMode(false);
        secured.startHandshake();
        return secured;
    }

    /** One side of a connection, before or after it is encrypted. */
    private final class Conversation {
        private final boolean secure;
        private final BufferedReader in;
        private final OutputStream out;
        private boolean known;

        Conversation(Socket socket, boolean secure) throws IOException {
            this.secure = secure;
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8), 1);
            out = socket.getOutputStream();
        }

        Conversation greet() throws IOException {
            say("220 here");
            return this;
        }

        /** True when the client wants to go on encrypted. */
        boolean run() throws IOException {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!secure) {
                    saidInClear.add(line);
                }
                String command = line.split("[ :]", 2)[0].toUpperCase(Locale.ROOT);
                switch (command) {
                    case "EHLO" -> {
                        say("250-here");
                        say(secure ? "250 AUTH PLAIN" : offer == Offer.STARTTLS ? "250 STARTTLS" : "250 HELP");
                    }
                    case "STARTTLS" -> {
                        say("220 go ahead");
                        return true;
                    }
                    case "AUTH" -> logIn(line);
                    case "MAIL", "RCPT" -> say(known ? "250 fine" : "530 log in first");
                    case "DATA" -> take();
                    case "QUIT" -> {
                        say("221 bye");
                        return false;
                    }
                    default -> say("250 fine");
                }
            }
            return false;
        }

        private void logIn(String line) throws IOException {
            String given = line.substring(line.lastIndexOf(' ') + 1);
            logIns.add(given);
            String decoded = new String(Base64.getDecoder().decode(given), StandardCharsets.UTF_8);
            known = secure && decoded.endsWith(credentials); // before it may stand for whom
            say(known ? "235 welcome" : "535 5.7.8 " + line + " is not right");
        }

        private void take() throws IOException {
            say("354 go ahead");
            StringBuilder letter = new StringBuilder();
            for (String line = in.readLine(); line != null && !line.equals("."); line = in.readLine()) {
                letter.append(line).append('\n');
            }
            letters.add(letter.toString());
            say("250 taken");
        }

        private void say(String line) throws IOException {
            out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }
}
