"""A job as GitLab's runners start one, and as they cancel it.

    job = ShellJob(["lastgood-migrate"], cwd, environment)
    ...
    job.cancel()

The shell that runs the script is a copy of the runner's: it traps TERM, and evaluates the script behind an empty pipe, in a
subshell. ShellJob is cancelled by SIGTERM to the process group. ContainerJob as in a container: SIGTERM to each process in
descending order of their numbers, children first, with looks a second apart of which six are taken at each, ten seconds in all; then
SIGTERM to the first process, ten seconds, SIGKILL. TerminalJob is a person's, whose terminal is closed.
"""
import contextlib
import os
import pathlib
import pty
import select
import shlex
import signal
import subprocess
import threading
import time

ALL, EACH, AFTER = 10, 6, 10  # seconds for all processes, looks at each, seconds between SIGTERM to the first and SIGKILL


def processes():
    """{process: its parent} of all that live."""
    found = {}
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (place / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            if state != "Z":
                found[int(place.name)] = int(parent)
    return found


def below(root):
    """The process and its descendants."""
    parents = processes()
    found = {root}
    while True:
        more = {each for each, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


class ShellJob:
    def __init__(self, command, cwd, environment):
        script = f"echo '$ a step'\nexec {shlex.join(map(str, command))}\n"
        runner = ("trap exit 1 TERM\n\nif set -o | grep pipefail > /dev/null; then set -o pipefail; fi; set -o errexit\n"
                  f"set +o noclobber\n: | eval {shlex.quote(script)}\nexit 0\n")
        # Output into a pipe, not a terminal; both streams in one, as they stand in a job's log.
        self.process = subprocess.Popen(["bash"], cwd=cwd, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, process_group=0)
        self.process.stdin.write(runner.encode())
        self.process.stdin.close()
        self.log = b""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.log += line
        self.silent_at = time.monotonic()

    @property
    def program(self):
        """The process of the step: what the subshell became. The driver's own children have higher numbers."""
        for each in sorted(below(self.process.pid) - {self.process.pid}):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{each}/exe").rsplit("/", 1)[1].startswith("lastgood"):
                    return each
        return None

    def ended(self):
        return self.process.poll() is not None

    def signalled(self):
        """What a cancel sends, from first to last."""
        os.killpg(self.process.pid, signal.SIGTERM)

    def cancel(self, within=30):
        """Cancels and waits for the end of the shell. Returns how many seconds after the signal to the program the last one that
        writes into the log had ended."""
        self.told = time.monotonic()
        self.signalled()
        self.process.wait(within)
        self.reader.join(within)
        assert not self.reader.is_alive(), "somebody still writes into the log"
        self.process.stdout.close()
        return self.silent_at - self.told

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


class ContainerJob(ShellJob):
    def signalled(self):
        program, began = self.program, time.monotonic()
        for each in sorted(below(self.process.pid) - {self.process.pid}, reverse=True):
            if not os.path.exists(f"/proc/{each}"):
                continue
            if each == program:
                self.told = time.monotonic()
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGTERM)
            looks = EACH
            while os.path.exists(f"/proc/{each}") and looks > 0 and time.monotonic() < began + ALL:
                time.sleep(1)
                looks -= 1
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(AFTER)
            return
        os.killpg(self.process.pid, signal.SIGKILL)


class TerminalJob:
    """The program alone in a terminal; cancel() closes it: the kernel sends SIGHUP, and writing fails from then on."""

    def __init__(self, command, cwd, environment):
        pid, self.terminal = pty.fork()
        if pid == 0:
            try:
                os.chdir(cwd)
                os.execve(command[0], list(map(str, command)), environment)
            finally:
                os._exit(127)
        self.program = pid
        self.status = None
        self.log = b""
        self.closing = threading.Event()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        """Never waits in a read: that would hold the terminal open."""
        with contextlib.suppress(OSError):  # nobody is left at the other end
            while not self.closing.is_set():
                if select.select([self.terminal], [], [], 0.05)[0]:
                    self.log += os.read(self.terminal, 4096)

    def ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.program, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def cancel(self, within=30):
        self.close()
        began = time.monotonic()
        while not self.ended():
            assert time.monotonic() < began + within, "it does not end"
            time.sleep(0.02)
        return time.monotonic() - began

    def close(self):
        if not self.closing.is_set():
            self.closing.set()
            self.reader.join()
            os.close(self.terminal)

    def kill(self):
        self.close()
        if not self.ended():
            os.kill(self.program, signal.SIGKILL)
            os.waitpid(self.program, 0)
