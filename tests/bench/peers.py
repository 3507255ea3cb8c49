"""What we are measured against. Each takes a data set and leaves nothing behind."""
import contextlib
import dataclasses
import os
import shutil

from capture import JOBS
from measured_process import seconds_of

COPY = "peers_copy"


@dataclasses.dataclass
class Taken:
    seconds: float
    bytes: int = 0


def pg_dump_custom(data_set):
    target = data_set.root / "dump.custom"
    taken = Taken(dump(data_set, target, "-Fc"), target.stat().st_size)
    target.unlink()
    return taken


def pg_dump_directory(data_set):
    target = data_set.root / "dump.directory"
    taken = Taken(dump(data_set, target, "-Fd", f"-j{JOBS}"))
    shutil.rmtree(target)
    return taken


def dump(data_set, target, *options):
    data_set.settle()
    return seconds_of([data_set.cluster.bindir / "pg_dump", *options, "-f", target, data_set.url()])


def pg_restore(data_set):
    return restore(data_set)


def pg_restore_parallel(data_set):
    return restore(data_set, f"-j{JOBS}")


def restore(data_set, *options):
    """Of the data set's kept dump; into a new database, which counts, as it does in ours."""
    with fresh_copy(data_set) as created:
        return Taken(created + seconds_of([data_set.cluster.bindir / "pg_restore", "--exit-on-error", *options, "-d", data_set.url(COPY),
                                           data_set.kept_dump]))


def pgcopydb(data_set):
    """In an IPC namespace of its own: it leaves two semaphores."""
    apart = ["unshare", "--ipc", *([] if os.getuid() == 0 else ["--map-root-user"])]
    with fresh_copy(data_set) as created:
        took = seconds_of([*apart, "pgcopydb", "clone", "--source", data_set.url(), "--target", data_set.url(COPY),
                           "--dir", data_set.root / "pgcopydb", "--table-jobs", JOBS, "--index-jobs", JOBS], env=data_set.environment)
    shutil.rmtree(data_set.root / "pgcopydb")
    return Taken(created + took)


@contextlib.contextmanager
def fresh_copy(data_set):
    """An empty database; yields how long that took."""
    data_set.settle()
    cluster = data_set.cluster
    created = seconds_of([cluster.bindir / "psql", "-X", "-q", "-d", cluster.url(user=data_set.owner), "-c", f"create database {COPY}"])
    yield created
    cluster.sql(f"drop database {COPY} with (force)")


def pgbackrest(data_set):
    """A full backup into a new repository, compressed as ours; no WAL is archived."""
    place = data_set.root / "pgbackrest"
    options = ["--no-config", "--stanza=bench", f"--repo1-path={place}/repository", f"--lock-path={place}/lock", "--log-level-file=off",
               f"--pg1-path={data_set.cluster.data}", f"--pg1-socket-path={data_set.cluster.root}", f"--pg1-port={data_set.cluster.port}",
               "--pg1-user=postgres"]
    seconds_of(["pgbackrest", *options, "stanza-create"])
    data_set.settle()
    took = seconds_of(["pgbackrest", *options, "--type=full", "--start-fast", "--no-archive-check", f"--process-max={JOBS}", "--compress-type=zst",
                       "--compress-level=1", "--repo1-retention-full=1", "backup"])
    shutil.rmtree(place)
    return Taken(took)
