"""A step's process as the runner starts it, signals it, and cleans up after it."""
import contextlib
import os
import pathlib
import signal
import subprocess
import threading
import time

SHELLS = {"bash": ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"], None: ["bash", "-e"], "sh": ["sh", "-e"]}
TO_SIGTERM, TO_KILL, FOR_STREAMS = 7.5, 2.5, 5.0


class StepProcess:
    """Output by pipes, each line to the log; nothing on standard input. cancel() may come from another thread."""

    def __init__(self, shell, script, directory, environment, log):
        self.process = subprocess.Popen([*SHELLS[shell], script], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.log, self.ended, self.ended_at = log, threading.Event(), None
        self.signals = []
        self.readers = [threading.Thread(target=self.read, args=(stream,), daemon=True) for stream in (self.process.stdout, self.process.stderr)]
        for reader in self.readers:
            reader.start()

    def read(self, stream):
        with contextlib.suppress(ValueError):  # closed while a child that was left behind held it open
            for line in stream:
                self.log.line(line.decode("utf-8", "replace").rstrip("\r\n"))

    def wait(self):
        """The exit status. A child that keeps a stream open is waited for, but not for long."""
        status = self.process.wait()
        self.ended_at = time.monotonic()
        self.ended.set()
        deadline = time.monotonic() + FOR_STREAMS
        for reader in self.readers:
            reader.join(max(0.0, deadline - time.monotonic()))
        if not any(reader.is_alive() for reader in self.readers):
            self.process.stdout.close()
            self.process.stderr.close()
        return status if status >= 0 else 128 - status

    def cancel(self):
        """SIGINT, SIGTERM, SIGKILL: to the one process that was started, never to its group or its children."""
        for number, patience in ((signal.SIGINT, TO_SIGTERM), (signal.SIGTERM, TO_KILL), (signal.SIGKILL, None)):
            if self.ended.is_set():
                return
            self.signals.append(number)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)
            if patience and self.ended.wait(patience):
                return


def tracked(tracking_id):
    """The processes whose environment carries the job's RUNNER_TRACKING_ID."""
    mark, found = f"RUNNER_TRACKING_ID={tracking_id}".encode(), []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def kill_tracked(tracking_id):
    """The end of a job: what is left of it is killed. Returns the names of what was."""
    names = []
    for pid in tracked(tracking_id):
        with contextlib.suppress(OSError):
            names.append(pathlib.Path(f"/proc/{pid}/comm").read_text().strip())
            os.kill(pid, signal.SIGKILL)
    return names
