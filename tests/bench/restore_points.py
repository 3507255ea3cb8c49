"""Restore points beside the limit and the peers, round by round in one run; the table goes into the repository's README.md.

    tests/bench/restore_points.py [--size-mb MEGABYTES] [--rounds ROUNDS] [--tables SMALL_TABLES] [--quick]

--quick: a little of everything, once, to see that it works; nothing is judged or written. Fails if a bar is not met.
"""
import argparse
import shutil
import signal
import sys

import data_sets
import peers
from capture import JOBS, capture, capture_and_proof, capture_encrypted
from limit import copy_raw
from lines import lines_of
from table import markdown, verdicts, write_to_readme

OURS = {"capture": capture, "proof": capture_and_proof}
RESTORES = {"pg_restore -j": peers.pg_restore_parallel, "pg_restore": peers.pg_restore}
ON_SKEWED = {**OURS, "limit": copy_raw, "pg_dump -Fd": peers.pg_dump_directory, **RESTORES}
ON_MIXED = {**ON_SKEWED, "encrypted": capture_encrypted, "pg_dump -Fc": peers.pg_dump_custom, "pgcopydb": peers.pgcopydb, "pgbackrest": peers.pgbackrest}
ON_SMALL_TABLES = {"capture": capture, "pg_dump -Fd": peers.pg_dump_directory}


def not_installed(contender):
    return contender in ("pgcopydb", "pgbackrest") and not shutil.which(contender)


def measure(data_set, contenders, rounds):
    """Each round measures every contender, beginning with another one; the first capture and dump warm up."""
    with data_set as data:
        data.layout = capture(data).layout
        data.kept_dump = data.root / "kept.dump"
        peers.dump(data, data.kept_dump, "-Fd", f"-j{JOBS}")
        present = [name for name in contenders if not not_installed(name)]
        measured = {name: [] if name in present else None for name in contenders}
        for number in range(rounds):
            first = number % len(present)
            for name in present[first:] + present[:first]:
                measured[name].append(contenders[name](data))
            print(f"{type(data).__name__} {data.size()}: round {number + 1} of {rounds}: " + ", ".join(
                f"{name} {measured[name][-1].seconds:.1f} s" for name in present), flush=True)
        return {**measured, "size": data.size(), "widest row": data.widest_row(), "server": data.sql("show server_version")}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size-mb", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tables", type=int, default=10000)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.size_mb, options.rounds, options.tables = 50, 1, 500
    return options


def main(options):
    size, rounds = options.size_mb, options.rounds
    measured = {"mixed": measure(data_sets.Mixed(size), ON_MIXED, rounds),
                "a tenth of mixed": measure(data_sets.Mixed(size / 10), OURS, rounds),
                "skewed": measure(data_sets.Skewed(size), ON_SKEWED, rounds),
                "small tables": measure(data_sets.SmallTables(options.tables), ON_SMALL_TABLES, rounds)}
    lines = list(lines_of(measured))
    data = ", ".join(f"{name} {sets['size']}" for name, sets in measured.items())
    text = markdown(lines, measured["mixed"]["server"], f"its socket, databases: {data} ({options.tables} tables)", rounds, judged=not options.quick)
    print(text)
    if options.quick:
        return 0
    print(verdicts(lines))
    write_to_readme("restore-points", text)
    return 0 if all(line.met() is not False for line in lines) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    signal.signal(signal.SIGHUP, lambda number, _: sys.exit(128 + number))
    sys.exit(main(arguments()))
