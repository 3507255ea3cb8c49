"""What is measured of ourselves: lastgood-backup-capture from its start to its end, and parts of it by its record."""
import dataclasses
import datetime
import itertools
import json
import shutil
import subprocess

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


def capture_encrypted(data_set):
    return take(data_set, "none", Keys(data_set.root))


class Keys:
    """What a pipeline with `encrypt` wants: an age recipient, and a key that signs."""

    def __init__(self, root):
        identity, self.signing_key = root / "identity", root / "signing.pem"
        for path in (identity, self.signing_key):
            path.unlink(missing_ok=True)
        said("age-keygen", "-o", identity)
        said("openssl", "genpkey", "-algorithm", "ed25519", "-out", self.signing_key)
        recipient = said("age-keygen", "-y", identity).strip()
        public_key = said("openssl", "pkey", "-in", self.signing_key, "-pubout").splitlines()[1]
        self.pipeline = f"encrypt: {{ recipients: [{recipient}], public_key: {public_key} }}"


def said(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def take(data_set, prove, keys=None):
    """A restore point, thrown away again."""
    data_set.pipeline(capture=f"engine: snapshot, jobs: {JOBS}, prove: {prove}, disk_limit: 1000GB", top=keys.pipeline if keys else "")
    data_set.app.commit()
    data_set.settle()
    run = f"bench-{next(numbers)}"
    signing = {"LASTGOOD_SIGNING_KEY_FILE": str(keys.signing_key)} if keys else {}
    environment = {"cwd": data_set.app.tree, "env": {**data_set.environment, **signing}}
    program = watched([BIN / "lastgood-backup-capture", "--run-id", run], **environment)
    scope = data_set.store / "shop" / "production"
    at = times_of_actions(scope / "runs" / run)
    restore_points = scope / "restore-points"
    index = {"files": []} if keys else json.loads(next(restore_points.glob("*/data/index.json")).read_text())
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
