"""Heroku's dynos on loopback: the processes of a Procfile, the router before them, one-off dynos behind a TLS rendezvous."""
import contextlib
import http.client
import os
import secrets
import select
import signal
import socket
import ssl
import subprocess
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from heroku_postgres import platform_time

PAGE = b"<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n"
MAINTENANCE = PAGE % (b"Offline for Maintenance", b"Offline for Maintenance")
NO_DYNO = PAGE % (b"Application Error", b"Application error")


def procfile(directory):
    """Process types and their commands."""
    path = directory / "Procfile"
    lines = path.read_text().splitlines() if path.exists() else []
    return {name.strip(): command.strip() for name, _, command in (line.partition(":") for line in lines if ":" in line)}


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(port):
    with contextlib.closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Dyno:
    """One process of a release, with its children."""

    def __init__(self, server, name, command, release, size="Standard-1X", environment=None, output=None, really=None):
        """`really`: what runs instead of the command that is shown."""
        self.name, self.type, self.command, self.release, self.size = name, name.split(".")[0], command, release, size
        self.id, self.created_at, self.port, self.listens = str(uuid.uuid4()), platform_time(), free_port(), False
        directory = server.slugs[release["slug"]["id"]]["directory"]
        everything = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(directory), "LANG": "C.UTF-8", "PORT": str(self.port), "DYNO": name,
                      "PYTHONDONTWRITEBYTECODE": "1", **server.config_of(release), **(environment or {})}
        log = contextlib.nullcontext(output) if output else open(server.root / "logs" / f"{name}.log", "ab")
        with log as stdout:
            self.process = subprocess.Popen(["/bin/bash", "-c", really or command], cwd=directory, env=everything, start_new_session=True, stdout=stdout,
                                            stderr=subprocess.STDOUT, stdin=subprocess.PIPE if output else subprocess.DEVNULL)

    @property
    def state(self):
        if self.process.poll() is not None:
            return "crashed"
        if self.type == "web" and not self.listens:
            self.listens = listening(self.port)
            return "up" if self.listens else "starting"
        return "up"

    def shown(self, server):
        return {"attach_url": None, "app": server.app_reference(), "command": self.command, "created_at": self.created_at, "id": self.id,
                "name": self.name, "release": {"id": self.release["id"], "version": self.release["version"]}, "size": self.size,
                "state": self.state, "type": self.type, "updated_at": self.created_at}

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def stop(self, within=5.0):
        """SIGTERM, then SIGKILL, for the process and its children."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(within)
        self.signal(signal.SIGKILL)
        self.process.wait()


class Dynos:
    """The formation's processes, and those that run once."""

    def __init__(self, server):
        self.server, self.lock = server, threading.RLock()
        self.running, self.once, self.closed = [], [], False

    def all(self):
        return self.running + [dyno for dyno in self.once if dyno.process.poll() is None]

    def find(self, name):
        return next((dyno for dyno in self.all() if name in (dyno.name, dyno.type)), None)

    def arrange(self, restart=False, only=None):
        """Makes the processes those of the current release and of the formation; `restart`: all of them, or `only` one or one type."""
        with self.lock:
            release = self.server.current
            wanted = {}
            if release and release["slug"] and not self.closed:
                for process, command in self.server.slugs[release["slug"]["id"]]["process_types"].items():
                    for number in range(self.server.formation.get(process, {}).get("quantity", 0) if process != "release" else 0):
                        wanted[f"{process}.{number + 1}"] = command
            unwanted = [dyno for dyno in self.running if dyno.name not in wanted or restart and only in (None, dyno.name, dyno.type)]
            self.running = [dyno for dyno in self.running if dyno not in unwanted]
            if unwanted:
                self.server.pause(self.server.dynos_stop_after)
            stops = [threading.Thread(target=dyno.stop) for dyno in unwanted]
            for stop in stops:
                stop.start()
            for stop in stops:
                stop.join()
            kept = {dyno.name for dyno in self.running}
            for name, command in wanted.items():
                if name not in kept:
                    process = name.split(".")[0]
                    really = "exit 1" if process == "web" and self.server.web_does_not_start else None
                    self.running.append(Dyno(self.server, name, command, release, self.server.formation[process]["size"], really=really))

    def start_once(self, dyno):
        with self.lock:
            self.once = [other for other in self.once if other.process.poll() is None] + [dyno]
        return dyno

    def stop(self, name):
        """Ends what runs once; a process of the formation is started again, as Heroku does."""
        for dyno in [dyno for dyno in self.once if name in (dyno.name, dyno.type)]:
            dyno.stop()
        self.arrange(True, name)

    def close(self):
        self.closed = True
        for dyno in self.all():
            dyno.signal(signal.SIGTERM)
        with self.lock:
            for dyno in self.running + self.once:
                dyno.stop(2)
            self.running = []


class Router:
    """What visitors reach: a web dyno, or an error page. Keeps (monotonic time, status) of every answer."""

    def __init__(self, server):
        self.answers = []
        router = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, answer = router.answer(server, self.command, self.path, dict(self.headers), body)
                router.answers.append((time.monotonic(), status))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

            def log_message(self, *ignored):
                pass

        self.http = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    @staticmethod
    def answer(server, method, path, headers, body):
        html = [("Content-Type", "text/html; charset=utf-8")]
        if server.maintenance:
            return 503, html, MAINTENANCE
        deadline = time.monotonic() + 10      # a request waits while its dyno boots
        while True:
            webs = [dyno for dyno in server.dynos.running if dyno.type == "web" and dyno.process.poll() is None]
            up = [dyno for dyno in webs if dyno.state == "up"]
            if up:
                break
            if not webs or time.monotonic() > deadline:
                return 503, html, NO_DYNO
            time.sleep(0.02)
        connection = http.client.HTTPConnection("127.0.0.1", secrets.choice(up).port, timeout=30)
        try:
            kept = {name: value for name, value in headers.items() if name.lower() not in ("connection", "content-length")}
            connection.request(method, path, body or None, kept)
            answer = connection.getresponse()
            content = answer.read()
            dropped = ("connection", "content-length", "transfer-encoding", "date", "server")
            return answer.status, [pair for pair in answer.getheaders() if pair[0].lower() not in dropped], content
        except (OSError, http.client.HTTPException):
            return 503, html, NO_DYNO
        finally:
            connection.close()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *ignored):      # a client that went away
        pass


class Rendezvous:
    """Where `heroku run` meets its dyno: TLS, the secret, a greeting, then what the command prints until it closes."""

    def __init__(self, server, certificate, key):
        self.server, self.waiting, self.closed = server, {}, False
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self.listener.getsockname()[1]
        self.connections = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def offer(self, command, environment, name, size):
        """Returns the attach_url of a dyno that starts when somebody comes for it."""
        secret = secrets.token_hex(16)
        self.waiting[secret] = (command, environment, name, size)
        return f"rendezvous://localhost:{self.port}/{secret}"

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._meet, args=(connection,), daemon=True).start()

    def _meet(self, plain):
        try:
            plain.settimeout(30)
            with self.context.wrap_socket(plain, server_side=True) as connection:
                self.connections.add(connection)
                line = b""
                while not line.endswith(b"\r\n"):
                    piece = connection.recv(1024)
                    if not piece:
                        return
                    line += piece
                found = self.waiting.pop(line.decode().strip(), None)
                if found:
                    connection.sendall(b"rendezvous\r\n")
                    time.sleep(0.05)         # the first chunk is the greeting: it must come alone
                    self._run(connection, *found)
                self.connections.discard(connection)
        except OSError:
            pass

    def _run(self, connection, command, environment, name, size):
        reading, writing = os.pipe()
        dyno = self.server.dynos.start_once(Dyno(self.server, name, command, self.server.current, size, environment, output=writing))
        os.close(writing)
        try:
            self._pass(connection, reading, dyno)
        finally:
            os.close(reading)
            with contextlib.suppress(OSError):
                dyno.process.stdin.close()
            dyno.stop()

    def _pass(self, connection, reading, dyno):
        connection.settimeout(5)
        dies_at = time.monotonic() + 0.5
        while True:
            if self.server.dyno_dies and time.monotonic() > dies_at:
                dyno.signal(signal.SIGKILL)
                return
            readable = [connection] if connection.pending() else select.select([connection, reading], [], [], 0.1)[0]
            if connection in readable:
                try:
                    typed = connection.recv(65536)
                except ssl.SSLWantReadError:
                    typed = None
                if typed == b"":               # the one who came has gone: so does the dyno
                    dyno.signal(signal.SIGHUP)
                    return
                if typed:
                    with contextlib.suppress(OSError, ValueError):
                        dyno.process.stdin.write(typed.split(b"\x04")[0])
                        dyno.process.stdin.flush()
                        if b"\x04" in typed:
                            dyno.process.stdin.close()
            if reading in readable:
                output = os.read(reading, 65536)
                if output and not self.server.dyno_dies:
                    connection.sendall(output)
                if not output:
                    return

    def close(self):
        self.closed = True
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
