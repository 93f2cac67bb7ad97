package dev.tollgate.sandbox.http;

import java.io.IOException;
import java.net.Socket;
import java.util.Locale;
import java.util.Optional;

/** One accepted connection: request after request until either side closes. Runs on its own virtual thread. */
final class HttpConnection implements Runnable {
    private final Socket socket;
    private final Handler handler;
    private final OpenRequests openRequests;

    HttpConnection(Socket socket, Handler handler, OpenRequests openRequests) {
        this.socket = socket;
        this.handler = handler;
        this.openRequests = openRequests;
    }

    @Override
    public void run() {
        try (socket) {
            socket.setTcpNoDelay(true);
            RequestReader reader = new RequestReader(socket);
            Wire wire = new Wire(socket, reader);
            Optional<Request> request = reader.read();
            while (request.isPresent() && answer(request.get(), wire)) {
                request = reader.read();
            }
        } catch (IOException gone) {
            return; // the client left, sent nonsense, or was cut off on purpose: there is nobody to tell
        }
    }

    private boolean answer(Request request, Wire wire) throws IOException {
        openRequests.enter();
        try {
            if (request.header("connection").orElse("").toLowerCase(Locale.ROOT).equals("close")) {
                wire.closeAfterwards();
            }
            handler.handle(request, wire);
            return wire.finish();
        } finally {
            openRequests.leave();
        }
    }
}
