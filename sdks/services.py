"""The processes that the SDKs are run against: the sandbox, a Tollgate before it, and a relay that counts connections."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 120


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def http(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=10) as answer:
        return answer.read()


class Process:
    """A process of ./run, its output in a file."""

    def __init__(self, arguments, log, environment):
        self.log = log
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [HOME / "run", *arguments], cwd=HOME, stdout=out, stderr=out, env={**os.environ, **environment}
            )

    def await_answer(self, url):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return http("GET", url)
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise SystemExit(f"{url} does not answer:\n{self.log.read_text()}") from None
            time.sleep(0.1)

    def stop(self):
        """Whether it ended in time and by itself."""
        if self.process.poll() is not None:
            return False
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(40)
            return True
        except subprocess.TimeoutExpired:
            self.process.kill()
            return False


class Sandbox(Process):
    OPENAI_KEY = "sk-sandbox-of-the-check"

    def __init__(self, log):
        openai, dodo, control = free_ports(3)
        self.openai_url = f"http://127.0.0.1:{openai}/v1"
        self.dodo_url = f"http://127.0.0.1:{dodo}"
        self.control_url = f"http://127.0.0.1:{control}"
        ports = ["--openai-port", str(openai), "--dodo-port", str(dodo), "--control-port", str(control)]
        classes = f"{HOME}/demo/target/*:{HOME}/demo/target/lib/*"
        main = ["java", "-XX:+UseSerialGC", "-cp", classes, "dev.tollgate.sandbox.Main"]
        keys = ["--openai-key", self.OPENAI_KEY, "--dodo-key", "dodo_check", "--webhook-secret", "whsec_Y2hlY2s="]
        super().__init__([*main, *ports, *keys, "--demo"], log, {})
        self.await_answer(self.control_url + "/health")

    def order(self, path, **members):
        return json.loads(http("POST", self.control_url + path, members))

    def read(self, path):
        return json.loads(http("GET", self.control_url + path))

    def customer(self, customer_id, credits):
        self.order("/dodo/customer", customer_id=customer_id)
        self.order("/dodo/subscribe", customer_id=customer_id, credits=credits)


class Tollgate(Process):
    def __init__(self, log, sandbox, journal):
        port, admin = free_ports(2)
        self.url = f"http://127.0.0.1:{port}/v1"
        self.admin_url = f"http://127.0.0.1:{admin}"
        self.journal = journal
        environment = {
            "CHECK_PORT": str(port),
            "CHECK_ADMIN_PORT": str(admin),
            "CHECK_JOURNAL": str(journal),
            "OPENAI_API_KEY": sandbox.OPENAI_KEY,
            "OPENAI_BASE_URL": sandbox.openai_url,
            "DODO_PAYMENTS_API_KEY": "dodo_check",
            "DODO_PAYMENTS_WEBHOOK_KEY": "whsec_Y2hlY2s=",
            "DODO_PAYMENTS_BASE_URL": sandbox.dodo_url,
            "CREDIT_ENTITLEMENT_ID": "cde_demo",
        }
        super().__init__(["serve", "--config", f"{HOME}/sdks/tollgate.yaml", "--env-file", "/dev/null"], log, environment)
        self.await_answer(self.admin_url + "/readyz")
        sandbox.order("/dodo/endpoint", url=f"http://127.0.0.1:{port}/webhooks/dodo")

    def usage(self):
        """What the journal holds, by key: requests, units, estimated."""
        told = subprocess.run(
            [HOME / "run", "usage", "--journal", self.journal, "--by", "key", "--format", "json"],
            cwd=HOME,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        return {row["key"]: row for row in json.loads(told)["usage"]}


class CountingRelay:
    """Passes bytes on to another address and counts the connections it was asked for."""

    def __init__(self, url):
        host, _, rest = url.removeprefix("http://").partition(":")
        port, _, path = rest.partition("/")
        self.target = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/{path}"
        self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(self.target)
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()

    def close(self):
        self.listener.close()
