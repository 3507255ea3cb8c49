"""How long `--version` takes, and how much memory: ours and the peers'."""
import dataclasses
import os
import shutil
import statistics
import subprocess
import time

from thousand_migrations import TOOLS, dbmate, sqitch
from world import BIN

STEPS = ("lastgood", "lastgood-backup-capture", "lastgood-migrate", "lastgood-verify", "lastgood-rollback")
STARTS = 11    # of a program per round; the quickest would flatter, so their median is taken


@dataclasses.dataclass
class Start:
    milliseconds: float
    memory: int     # octets


def start_of(program):
    with open(os.devnull, "wb") as nowhere:
        begun = time.monotonic()
        process = subprocess.Popen([program, "--version"], stdin=subprocess.DEVNULL, stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
        took = (time.monotonic() - begun) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{program} --version: exit {process.returncode}")
    return Start(took, usage.ru_maxrss * 1024)


def median_start(program):
    starts = [start_of(program) for _ in range(STARTS)]
    return Start(statistics.median(start.milliseconds for start in starts), max(start.memory for start in starts))


def heroku():
    place = TOOLS / ".bin/heroku"
    return place if place.exists() else shutil.which("heroku")


def measure(rounds):
    """Of ours the slowest step counts, and the largest. `nothing`: what starting any program costs here (true)."""
    peers = {"sqitch": sqitch(), "dbmate": dbmate(), "heroku": heroku()}
    measured = {"ours": [], **{name: [] if program else None for name, program in peers.items()}, "nothing": []}
    start_of(BIN / STEPS[0])
    for _ in range(rounds):
        steps = [median_start(BIN / step) for step in STEPS]
        measured["ours"].append(Start(max(step.milliseconds for step in steps), max(step.memory for step in steps)))
        for name, program in peers.items():
            if program:
                measured[name].append(median_start(program))
        measured["nothing"].append(median_start("/bin/true"))
    return measured
