"""What the benches share: the world of the scenarios, with a database of a given size in it."""
import pathlib
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scenario"))
from chain import BIN, ROOT, ChainTest, Cluster  # noqa: E402,F401 (the other modules take them from here)

BYTES_PER_EVENT = 137      # row and its share of three indexes
BYTES_PER_SCALE = 15.0e6   # of pgbench


class Bench(ChainTest):
    """A ChainTest that nobody collects: `with Bench(megabytes) as bench`."""

    settings = ("shared_buffers=256MB\nmaintenance_work_mem=128MB\nmax_wal_size=4GB\nlog_line_prefix='%a|'\n"
                "log_min_duration_statement=0")
    events_share = 0.5     # of the size; the rest is pgbench's

    def __init__(self, megabytes):
        super().__init__("runTest")
        self.megabytes = megabytes

    def runTest(self):
        """unittest wants a test of this name."""

    def __enter__(self):
        self.setUpClass()
        try:
            self.setUp()
            self.fill()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        """A signal waits until everything is gone."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        try:
            self.doCleanups()
        finally:
            self.tearDownClass()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def fill(self):
        events = self.megabytes * 1e6 * self.events_share
        accounts = self.megabytes * 1e6 - events
        owner = self.cluster.url(self.database, self.owner)
        subprocess.run([self.cluster.bindir / "pgbench", "-i", "-q", "-s", str(max(1, round(accounts / BYTES_PER_SCALE))), owner],
                       check=True, capture_output=True)
        self.sql(f"""create table events (id bigint primary key, at timestamptz not null, customer int not null, payload text not null);
            insert into events select i, '2026-01-01'::timestamptz + i * interval '1 second', i % 100000, md5(i::text)
                from generate_series(1, {int(events / BYTES_PER_EVENT)}) i;
            create index on events (at); create index on events (customer);""", user=self.owner)
        self.sql("vacuum analyze")
        self.sql("checkpoint")

    def size(self):
        return self.sql("select pg_size_pretty(pg_database_size(current_database()))")

    def server_log(self):
        return (self.cluster.root / "log").read_text(errors="replace")


def timed(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


def print_table(head, rows):
    cells = [head, *[[f"{c:.2f}" if isinstance(c, float) else str(c) for c in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for row in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)), flush=True)


def say_median(name, values):
    print(f"{name}: median {statistics.median(values):.3f}, from {min(values):.3f} to {max(values):.3f}, {len(values)} times", flush=True)
