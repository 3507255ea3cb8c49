"""The machines of an environment, as processes: a bundle is unpacked, its container commands run, its Procfile's process started."""
import contextlib
import http.client
import io
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
import zipfile

import yaml

from aws_http import reply, serve
from aws_protocol import now

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class CommandFailed(Exception):
    """A container command ended with another code than 0."""


class Instance:
    def __init__(self, root, process_type):
        self.id = "i-" + secrets.token_hex(8) + "0"
        self.root, self.process_type = root / self.id, process_type
        self.root.mkdir(parents=True)
        self.launched, self.in_service, self.visitors = now(), False, 0
        self.process = self.port = self.tree = self._command = None
        self.label = None         # the version whose code runs
        self.deployment = None    # what describe-instances-health says of the last one: it may have failed

    def unpack(self, content, number):
        tree = self.root / f"deployment-{number}"
        shutil.rmtree(tree, ignore_errors=True)
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            bundle.extractall(tree)
        return tree

    def run_container_commands(self, tree, properties, leader, fails=None):
        """`fails`: the first command fails; "afterwards": once it has done its work."""
        for config in sorted((tree / ".ebextensions").glob("*.config")):
            commands = (yaml.safe_load(config.read_text()) or {}).get("container_commands") or {}
            for name, command in sorted(commands.items()):
                if str(command.get("leader_only", False)).lower() == "true" and not leader:
                    continue
                code, output = 1, "spoilt by the test"
                if fails in (None, 0, "afterwards"):
                    self._command = subprocess.Popen(
                        command["command"], shell=True, cwd=tree, env=self._environment({**properties, **command.get("env", {})}),
                        start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                    output, _ = self._command.communicate()
                    code = self._command.returncode or (1 if fails else 0)
                with (self.root / "eb-engine.log").open("a") as log:
                    log.write(f"{name}: {code}\n{output}\n")
                if code and str(command.get("ignoreErrors", False)).lower() != "true":
                    raise CommandFailed(f"container_command {name} in .ebextensions/{config.name} failed")

    def switch(self, tree, label, properties, starts=True):
        """Ends the process of the old version, starts the new one's."""
        self.stop()
        previous, self.tree, self.label = self.tree, tree, label
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = next(line.partition(":")[2].strip() for line in (tree / "Procfile").read_text().splitlines()
                       if line.partition(":")[0].strip() == self.process_type)
        with (self.root / "process.log").open("a") as log:
            self.process = subprocess.Popen(["/bin/sh", "-c", "exec " + command if starts else "exit 1"], cwd=tree, start_new_session=True,
                                            env=self._environment({**properties, "PORT": str(self.port)}), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        if previous and previous != tree:
            shutil.rmtree(previous, ignore_errors=True)

    @staticmethod
    def _environment(properties):
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent", **properties}

    def stop(self):
        if self.process:
            for number, bound in ((signal.SIGTERM, 3), (signal.SIGKILL, 10)):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(bound)
            self.process = None

    def end_command(self):
        """A container command that is still at work."""
        if self._command and self._command.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._command.pid, signal.SIGKILL)

    def terminate(self):
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def runs(self):
        return self.process is not None and self.process.poll() is None

    def answers_well(self, path="/health"):
        """Really asked; a worker has only to run."""
        if not self.runs:
            return False
        if self.process_type != "web":
            return True
        try:
            return self.ask("GET", path, {}, b"", 5)[0] == 200
        except OSError:
            return False

    def becomes_well(self, within, give_up):
        deadline = time.monotonic() + within
        while time.monotonic() < deadline and not give_up():
            if self.answers_well():
                return True
            time.sleep(0.1)
        return False

    def ask(self, method, path, headers, body, timeout):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                return answer.status, {name: value for name, value in answer.getheaders() if name.lower() not in HOP}, answer.read()
            except http.client.HTTPException as error:
                raise OSError(str(error)) from error


class Balancer:
    """Asks the instances that are in service in turn; 503 without one, 502 if the chosen one does not answer."""

    def __init__(self, instances):
        """`instances()`: all of them."""
        self._instances, self._turn, self._lock = instances, 0, threading.Lock()
        self.answers = []
        self._http = serve(self._handle)
        self.port = self._http.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def _handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        status, headers, content = self._ask(handler, body)
        self.answers.append((time.monotonic(), status))
        reply(handler, status, headers, content)

    def _ask(self, handler, body):
        with self._lock:
            able = [instance for instance in self._instances() if instance.in_service]
            if not able:
                return 503, {"Content-Type": "text/html"}, b"<html><head><title>503 Service Temporarily Unavailable</title></head></html>"
            self._turn += 1
            chosen = able[self._turn % len(able)]
            chosen.visitors += 1
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOP}
        try:
            return chosen.ask(handler.command, handler.path, headers, body, 60)
        except OSError:
            return 502, {"Content-Type": "text/html"}, b"<html><head><title>502 Bad Gateway</title></head></html>"
        finally:
            with self._lock:
                chosen.visitors -= 1

    def take_out(self, instance, within=20):
        """Nobody new gets there; waits for those who are."""
        with self._lock:
            instance.in_service = False
        deadline = time.monotonic() + within
        while instance.visitors and time.monotonic() < deadline:
            time.sleep(0.02)

    def close(self):
        self._http.shutdown()
        self._http.server_close()
