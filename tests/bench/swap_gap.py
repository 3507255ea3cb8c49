"""How long a client that reconnects in a loop is without a successful query while a rollback is under way.

    tests/bench/swap_gap.py [MEGABYTES [ROUNDS]]

Once by `lastgood rollback` with a kept standby, once by `pg_restore --clean` of a dump into place.
"""
import subprocess
import sys
import threading
import time

import psycopg2

from world import Bench, print_table, say_median, timed

EVERY = 0.005
BAD = "alter table events add column broken_{} int"


class Client(threading.Thread):
    """A new connection and a query of the application's table every 5 ms; remembers the longest time between two successes."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.over, self.last, self.longest, self.answers, self.refused = url, threading.Event(), time.monotonic(), 0.0, 0, 0

    def run(self):
        while not self.over.wait(EVERY):
            try:
                connection = psycopg2.connect(self.url, connect_timeout=2, options="-c lock_timeout=1s")
                try:
                    with connection.cursor() as cursor:
                        cursor.execute("select payload from events where id = 1")
                        cursor.fetchone()[0]
                finally:
                    connection.close()
            except (psycopg2.Error, TypeError):  # a table without its rows is no answer
                self.refused += 1
                continue
            now = time.monotonic()
            self.longest, self.last, self.answers = max(self.longest, now - self.last), now, self.answers + 1


def watched(bench, action):
    """(longest gap in ms, how often it was refused, seconds) while the action runs."""
    client = Client(bench.cluster.url(bench.database, "shop_app"))
    client.start()
    while client.answers < 20:
        time.sleep(EVERY)
    client.longest = 0.0
    took, answers = timed(action), client.answers
    while client.answers < answers + 20:
        time.sleep(EVERY)
    client.over.set()
    client.join()
    return client.longest * 1000, client.refused, took


def by_swap(bench, number):
    bench.app.migration(f"{number:04}_broken", BAD.format(number))
    bench.app.commit()
    for step in ("backup-capture", "migrate"):
        bench.assert_exit(0, bench.run_lastgood(step, "--run-id", f"round-{number}"))
    gap = watched(bench, lambda: bench.assert_exit(0, bench.run_lastgood("rollback", "--run-id", f"round-{number}")))
    failed = bench.sql("select datname from pg_database where datname like 'shop\\_\\_lg\\_failed%'").split()
    for name in failed:
        bench.cluster.sql(f'drop database "{name}" with (force)')
    return gap


def by_restore(bench):
    url, dump = bench.cluster.url(bench.database, bench.owner), bench.root / "dump"
    if not dump.exists():
        subprocess.run([bench.cluster.bindir / "pg_dump", "-Fd", "-j2", "-Z1", "-f", dump, url], check=True)
    return watched(bench, lambda: subprocess.run([bench.cluster.bindir / "pg_restore", "--clean", "--if-exists", "-j2", "-d", url, dump], check=True))


def main(megabytes=200, rounds=5):
    with Bench(megabytes) as bench:
        bench.sql("grant select on events to shop_app")
        bench.pipeline(git="branch: main, on_rollback: none")
        bench.release("0000_good", "select 1")
        print(f"database {bench.size()}; a client connects and asks every {EVERY * 1000:.0f} ms", flush=True)
        swaps = [by_swap(bench, number + 1) for number in range(rounds)]
        restores = [by_restore(bench) for _ in range(rounds)]
        print_table(["round", "swap: gap ms", "refused", "rollback s", "pg_restore: gap ms", "refused", "restore s"],
                    [[i + 1, *swap, *restore] for i, (swap, restore) in enumerate(zip(swaps, restores))])
        say_median("gap of a swap, ms", [gap for gap, _, _ in swaps])
        say_median("gap of pg_restore --clean, ms", [gap for gap, _, _ in restores])
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
