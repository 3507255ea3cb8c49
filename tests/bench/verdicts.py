"""What a verdict costs: the drift check of many tables, the contents of large ones, and many checks at once."""
import contextlib
import re
import subprocess
import threading

from data_sets import DataSet, SmallTables
from measured_process import seconds_of
from world import timed

JOBS = 2
DIGEST = re.compile(r"(select count\(\*\), coalesce\(sum\(hashtextextended\(.*? from only .*)$", re.MULTILINE)


def drift(tables, rounds):
    """`lastgood check` whole, which asks much besides, of a catalogue that nobody touched since the good release, and of one where
    somebody changed something and took it back; pg_dump -s twice is a fingerprint and another to compare it with."""
    measured = {"untouched": [], "touched": [], "pg_dump -s twice": []}
    with SmallTables(tables) as data:
        data.pipeline(capture="prove: none, standby: drop", git="branch: main, on_rollback: none")
        data.app.commit("The first")
        data.assert_exit(0, data.run_lastgood("run"))
        dump = [data.cluster.bindir / "pg_dump", "-s", "-f", data.root / "schema", data.url()]
        seconds_of(dump)

        def check():
            return data.assert_exit(0, data.run_lastgood("check")).took

        for turn in range(rounds):
            data.sql("alter table small_1 set (fillfactor = 50); alter table small_1 reset (fillfactor)")
            touched = check()
            data.assert_exit(0, data.run_lastgood("adopt", "HEAD"))
            untouched = check()
            for name, seconds in (("touched", touched), ("untouched", untouched), ("pg_dump -s twice", seconds_of(dump) + seconds_of(dump))):
                measured[name].append(seconds)
            print(f"drift of {tables} tables: round {turn + 1} of {rounds}: " + ", ".join(f"{name} {values[-1]:.2f} s" for name, values in measured.items()), flush=True)
    return measured


class Contents(DataSet):
    """A release whose verdict is asked again and again."""

    settings = DataSet.settings + "\nlog_line_prefix='%a|'\nlog_min_duration_statement=0"

    def begin(self):
        tables = self.sql("select string_agg(relname, ', ') from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")
        self.pipeline(capture=f"prove: none, standby: drop, jobs: {JOBS}", git="branch: main, on_rollback: none", on_failure="stop", checks=[
            "rows_not_lost: {}", f"unchanged: {{ tables: [{tables}] }}", "sql: { query: \"select 1\", expect: 2 }"])
        self.app.commit("The first")
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assert_exit(0, self.run_lastgood("migrate"))
        before = len(self.server_log())
        self.verify()
        self.digests = list(dict.fromkeys(DIGEST.findall(self.server_log()[before:])))
        if len(self.digests) < 2:
            raise RuntimeError("the digests were not found in the server's log")

    def verify(self):
        """One check fails on purpose, so that the run stays open for the next round."""
        finished = self.assert_exit(7, self.run_lastgood("verify"))
        for check in ("rows_not_lost", "unchanged"):
            if not re.search(rf"{check}\b.*: passed", finished.err):
                raise RuntimeError(f"{check} did not pass\n{finished.err}")
        return finished.took

    def on_the_server(self):
        """The same statements by psql, on as many connections."""
        waiting, lock = list(self.digests), threading.Lock()

        def work():
            while True:
                with lock:
                    if not waiting:
                        return
                    statement = waiting.pop(0)
                subprocess.run([self.cluster.bindir / "psql", "-X", "-q", "-d", self.url()], check=True, text=True, stdout=subprocess.DEVNULL,
                               input=f"begin; set local jit = off; {statement}; commit;")

        workers = [threading.Thread(target=work) for _ in range(JOBS)]
        return timed(lambda: [*(worker.start() for worker in workers), *(worker.join() for worker in workers)])


def contents(megabytes, rounds):
    measured = {"verify": [], "server": []}
    with Contents(megabytes) as data:
        data.begin()
        for turn in range(rounds):
            for name, contender in list({"verify": data.verify, "server": data.on_the_server}.items())[::1 if turn % 2 == 0 else -1]:
                measured[name].append(contender())
            print(f"contents of {data.size()}: round {turn + 1} of {rounds}: verify {measured['verify'][-1]:.2f} s, "
                  f"server {measured['server'][-1]:.2f} s", flush=True)
        return {**measured, "size": data.size()}


def many_checks(number, rounds):
    """Each takes 100 ms."""
    check = 'sql: { query: "select 1 from pg_sleep(0.1)", expect: 1 }'
    seconds = []
    with contextlib.closing(_Served(number, check)) as served:
        for _ in range(rounds):
            seconds.append(served.verify())
    print(f"{number} checks of 100 ms: " + ", ".join(f"{took:.2f} s" for took in seconds), flush=True)
    return seconds


class _Served:
    """A small database with a release to judge; the last check fails so that it can be judged again."""

    def __init__(self, number, check):
        self.data = SmallTables(5)
        self.data.__enter__()
        self.data.pipeline(capture="prove: none, standby: drop", git="branch: main, on_rollback: none", on_failure="stop",
                           checks=[check] * (number - 1) + [check.replace("expect: 1", "expect: 2")])
        self.data.app.commit("The first")
        for step in ("backup-capture", "migrate"):
            self.data.assert_exit(0, self.data.run_lastgood(step))

    def verify(self):
        return self.data.assert_exit(7, self.data.run_lastgood("verify")).took

    def close(self):
        self.data.__exit__()
