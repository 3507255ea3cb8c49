"""The limit of a capture: the same rows by parallel COPY of one snapshot, cut as the restore point's, through zstd -1, and nothing else."""
import collections
import concurrent.futures
import contextlib
import itertools
import queue
import shutil
import subprocess
import time

import psycopg2

from capture import JOBS
from measured_process import started
from peers import Taken


def copy_raw(data_set):
    target = data_set.root / "limit"
    target.mkdir()
    pieces = pieces_of(data_set)
    data_set.settle()
    start = time.monotonic()
    with contextlib.closing(psycopg2.connect(data_set.url())) as holder:
        holder.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with holder.cursor() as cursor:
            cursor.execute("select pg_export_snapshot()")
            copy_pieces(data_set, cursor.fetchone()[0], pieces, target)
    took = time.monotonic() - start
    shutil.rmtree(target)
    return Taken(took)


def pieces_of(data_set):
    """The COPY of each piece. A table that stands in the restore point n times was cut by ctid into n parts of its pages."""
    whole, parts = collections.Counter(data_set.layout), collections.defaultdict(itertools.count)
    return [piece(data_set, copied, next(parts[copied]), whole[copied]) for copied in data_set.layout]


def piece(data_set, copied, part, parts):
    if parts == 1:
        return f"copy {copied} to stdout"
    table, columns = copied.rstrip(")").split(" (", 1)
    pages = int(data_set.sql(f"select relpages from pg_class where oid = '{table}'::regclass"))
    limits = [f"ctid >= '({pages * part // parts},0)'"] if part > 0 else []
    limits += [f"ctid < '({pages * (part + 1) // parts},0)'"] if part + 1 < parts else []
    return f"copy (select {columns} from only {table} where {' and '.join(limits)}) to stdout"


def copy_pieces(data_set, snapshot, pieces, target):
    waiting = queue.SimpleQueue()
    for number, copy in enumerate(pieces):
        waiting.put(f"{copy} \\g | zstd -1 -q -o {target}/{number}.zst\n\\echo done\n")
    psql = [data_set.cluster.bindir / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", data_set.url()]
    with concurrent.futures.ThreadPoolExecutor(JOBS) as workers, contextlib.ExitStack() as sessions:
        readers = [sessions.enter_context(started(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)) for _ in range(JOBS)]
        for done in [workers.submit(work, reader, snapshot, waiting) for reader in readers]:
            done.result()


def work(reader, snapshot, waiting):
    reader.stdin.write(f"begin isolation level repeatable read read only; set transaction snapshot '{snapshot}';\n")
    with contextlib.suppress(queue.Empty):
        while True:
            reader.stdin.write(waiting.get_nowait())
            reader.stdin.flush()
            if reader.stdout.readline() != "done\n":
                raise RuntimeError("COPY failed")
    reader.stdin.close()
    if reader.wait() != 0:
        raise RuntimeError("psql failed")
