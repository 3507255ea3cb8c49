"""Runs a program to its end in a session of its own: whatever ends us ends it and its children."""
import contextlib
import dataclasses
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import time

POLL = 0.02
PATIENCE = 10


@contextlib.contextmanager
def started(argv, **popen):
    process = subprocess.Popen([str(argument) for argument in argv], start_new_session=True, **popen)
    try:
        yield process
    except BaseException:
        end(process)
        raise


def end(process):
    """Asks first: a program may have children in sessions of their own, which it ends itself."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)


def seconds_of(argv, **popen):
    with tempfile.TemporaryFile() as said:
        start = time.monotonic()
        with started(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said, **popen) as process:
            status = process.wait()
        took = time.monotonic() - start
        if status != 0:
            said.seek(0)
            raise RuntimeError(f"{argv[0]}: exit {status}\n{said.read().decode(errors='replace')}")
    return took


@dataclasses.dataclass
class Watched:
    seconds: float
    memory: int     # octets: the peak of the process itself, without its children
    said: list      # (time of day, what was said)

    def when(self, words):
        """The time of day at which it said so."""
        return next(at for at, text in self.said if words in text)


def peak_memory(process):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{process.pid}/status") as status:
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read())
            return int(found[1]) * 1024 if found else 0
    return 0


def watched(argv, **popen):
    """Its standard error is a terminal, where progress is said at the moment it is made."""
    terminal, end_of_program = pty.openpty()
    said, memory, start = [], 0, time.monotonic()
    try:
        with started(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=end_of_program, **popen) as process:
            os.close(end_of_program)
            with contextlib.suppress(OSError):  # EIO: the program closed its end
                while True:
                    if select.select([terminal], [], [], POLL)[0]:
                        said.append((time.time(), os.read(terminal, 65536).decode(errors="replace")))
                    memory = max(memory, peak_memory(process))
            status = process.wait()
            took = time.monotonic() - start
    finally:
        os.close(terminal)
    if status != 0:
        raise RuntimeError(f"{argv[0]}: exit {status}\n{''.join(text for _, text in said)}")
    return Watched(took, memory, said)
