"""How long a reader waits while an ALTER TABLE is kept waiting by somebody's open transaction: with us and without.

    tests/bench/lock_queue.py [SECONDS [ROUNDS]]      how long that transaction stays open

Four readers ask the table every few milliseconds. Once `lastgood migrate` with the defaults (lock_timeout 500 ms, tried
again after growing pauses), once the same ALTER by psql, which waits as long as it must, and everybody behind it.
"""
import contextlib
import signal
import subprocess
import sys
import threading
import time

import psycopg2

from world import Bench, print_table, say_median, timed

EVERY, READERS = 0.005, 4


class Reader(threading.Thread):
    """Asks in a loop; remembers its longest wait for an answer, in ms."""

    def __init__(self, url, over):
        super().__init__(daemon=True)
        self.url, self.over, self.longest, self.answers = url, over, 0.0, 0

    def run(self):
        with contextlib.closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                while not self.over.wait(EVERY):
                    start = time.monotonic()
                    cursor.execute("select payload from events where id = 1")
                    cursor.fetchone()
                    self.longest, self.answers = max(self.longest, (time.monotonic() - start) * 1000), self.answers + 1


def watched(bench, seconds, action):
    """(the longest wait of any reader in ms, answers, seconds that the action took) while a transaction is open for so long."""
    over = threading.Event()
    readers = [Reader(bench.cluster.url(bench.database, "shop_app"), over) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    while any(reader.answers < 5 for reader in readers):
        time.sleep(EVERY)
    for reader in readers:
        reader.longest = 0.0
    with contextlib.closing(psycopg2.connect(bench.cluster.url(bench.database))) as holder:
        holder.cursor().execute("select count(*) from events where id < 10")
        threading.Timer(seconds, holder.rollback).start()
        took = timed(action)
    over.set()
    for reader in readers:
        reader.join()
    return max(reader.longest for reader in readers), sum(reader.answers for reader in readers), took


def with_us(bench, seconds, number):
    bench.app.migration(f"{number:04}_column", f"alter table events add column ours_{number} int;")
    bench.app.commit()
    bench.assert_exit(0, bench.run_lastgood("backup-capture"))
    result = watched(bench, seconds, lambda: bench.assert_exit(0, bench.run_lastgood("migrate")))
    bench.assert_exit(0, bench.run_lastgood("verify"))
    return result


def without_us(bench, seconds, number):
    alter = [bench.cluster.bindir / "psql", "-X", "-q", "-d", bench.cluster.url(bench.database, bench.owner), "-c", f"alter table events add column theirs_{number} int"]
    return watched(bench, seconds, lambda: subprocess.run(alter, check=True))


def main(seconds=8, rounds=3):
    with Bench(10) as bench:
        bench.sql("grant select on events to shop_app")
        bench.pipeline(git="branch: main, on_rollback: none", capture="prove: none, standby: drop", migrate="drift: allow")
        bench.release("0000_good", "select 1")
        print(f"{READERS} readers, each asks every {EVERY * 1000:.0f} ms; a transaction holds the table for {seconds} s", flush=True)
        ours, theirs = [], []
        for number in range(1, rounds + 1):
            ours.append(with_us(bench, seconds, number))
            theirs.append(without_us(bench, seconds, number))
        print_table(["round", "with us: longest wait ms", "answers", "migrate s", "psql: longest wait ms", "answers", "psql s"],
                    [[number + 1, *one, *other] for number, (one, other) in enumerate(zip(ours, theirs))])
        say_median("longest wait of a reader with us, ms", [wait for wait, _, _ in ours])
        say_median("longest wait of a reader without us, ms", [wait for wait, _, _ in theirs])
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main(*map(int, sys.argv[1:])))
