"""What is measured of ourselves: lastgood-backup-capture from its start to its end, and parts of it by its record."""
import dataclasses
import datetime
import itertools
import json
import shutil

from measured_process import seconds_of, watched
from world import BIN

JOBS = 2
COMPARING = "comparing what came back"
numbers = itertools.count(1)


@dataclasses.dataclass
class Captured:
    seconds: float
    action: float            # the action `capture` alone
    restore: float           # from the beginning of the proof until it begins to compare; 0 without a proof
    bytes: int               # of the restore point
    memory: int
    layout: list             # what each piece copies, in the order in which the pieces were planned


def capture(data_set):
    return take(data_set, "none")


def capture_and_proof(data_set):
    return take(data_set, "restore")


def take(data_set, prove):
    """A restore point, thrown away again."""
    data_set.pipeline(capture=f"engine: snapshot, jobs: {JOBS}, prove: {prove}, disk_limit: 1000GB")
    data_set.app.commit()
    data_set.settle()
    run = f"bench-{next(numbers)}"
    environment = {"cwd": data_set.app.tree, "env": data_set.environment}
    program = watched([BIN / "lastgood-backup-capture", "--run-id", run], **environment)
    scope = data_set.store / "shop" / "production"
    at = times_of_actions(scope / "runs" / run)
    restore_points = scope / "restore-points"
    index = json.loads(next(restore_points.glob("*/data/index.json")).read_text())
    captured = Captured(
        seconds=program.seconds,
        action=at["action-ended", "capture"] - at["action-begun", "capture"],
        restore=program.when(COMPARING) - at["action-begun", "prove"] if prove == "restore" else 0.0,
        bytes=sum(path.stat().st_size for path in restore_points.rglob("*") if path.is_file()),
        memory=program.memory,
        layout=[section["copied"] for file in index["files"] for section in file["sections"]])
    # Nothing was changed: this closes the run.
    seconds_of([BIN / "lastgood-rollback", "--run-id", run], **environment)
    shutil.rmtree(restore_points)
    return captured


def times_of_actions(run):
    """The time of day of each action's events."""
    events = [json.loads(path.read_text()) for path in sorted(run.glob("*.json"))]
    return {(event["type"], event["data"]["id"]): datetime.datetime.fromisoformat(event["at"].replace("Z", "+00:00")).timestamp()
            for event in events if event["type"].startswith("action-")}
