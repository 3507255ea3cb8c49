"""backup-capture with `prove: list` against bare pg_dump of the same database at the same compression, in pairs.

    tests/bench/overhead.py [MEGABYTES [PAIRS [ENGINE [COMPRESS]]]]

The bar is a median ratio of at most 1.25. Every statement is timed by the server, so that it can be said what the digests cost.
"""
import re
import shutil
import statistics
import subprocess
import sys

from world import Bench, print_table, say_median, timed

BAR = 1.25
JOBS = 2


def dump(bench, compress):
    target = bench.root / "bare"
    took = timed(lambda: subprocess.run(
        [bench.cluster.bindir / "pg_dump", "-Fd", f"-j{JOBS}", f"-Z{compress}", "-f", target, bench.cluster.url(bench.database, bench.owner)], check=True))
    shutil.rmtree(target)
    return took


def capture(bench, number):
    finished = bench.assert_exit(0, bench.run_lastgood("backup-capture", "--run-id", f"bench-{number}"))
    # Nothing was changed: this closes the run.
    bench.assert_exit(0, bench.run_lastgood("rollback", "--run-id", f"bench-{number}"))
    shutil.rmtree(bench.store / "shop" / "production" / "restore-points")
    return finished.took


def digest_statements(log):
    """(seconds, statement) of each digest in the server's log."""
    found = re.findall(r"\|LOG:  duration: ([\d.]+) ms  [^:]*: (select count\(\*\), coalesce\(sum\(hashtextextended.*)", log)
    return [(float(duration) / 1000, statement) for duration, statement in found]


def digests_alone(bench, statements):
    """The same statements, one after the other on an otherwise idle server."""
    settings = "set timezone = 'UTC'; set extra_float_digits = 1; set jit = off; set search_path = pg_catalog;"
    return [timed(lambda: bench.sql(settings + statement)) for statement in statements]


def main(megabytes=1000, pairs=5, engine="pg_dump", compress=6):
    megabytes, pairs = int(megabytes), int(pairs)
    with Bench(megabytes) as bench:
        bench.pipeline(capture=f"engine: {engine}, prove: list, jobs: {JOBS}" + (f", compress: {compress}" if engine == "pg_dump" else ""))
        bench.app.migration("0001_nothing", "select 1")
        bench.app.commit()
        print(f"engine {engine}; database {bench.size()}, pg_dump -Fd -j{JOBS} -Z{compress}; one pair to warm up, then {pairs} in turn", flush=True)
        dump(bench, compress), capture(bench, "warm")
        rows, log = [], len(bench.server_log())
        for pair in range(pairs):
            if pair % 2:
                ours, bare = capture(bench, pair), dump(bench, compress)
            else:
                bare, ours = dump(bench, compress), capture(bench, pair)
            rows.append([pair + 1, bare, ours, ours / bare])
        print_table(["pair", "pg_dump s", "capture s", "ratio"], rows)
        ratio = statistics.median(row[3] for row in rows)
        say_median("ratio", [row[3] for row in rows])
        during = digest_statements(bench.server_log()[log:])
        statements = sorted({statement for _, statement in during})
        alone = digests_alone(bench, statements)
        print(f"digests: {sum(s for s, _ in during) / pairs:.2f} s of server time in each capture; {sum(alone):.2f} s alone, one after the other")
        print(f"the bar of {BAR} is {'met' if ratio <= BAR else 'NOT met'}: {ratio:.3f}")
        return 0 if ratio <= BAR else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
