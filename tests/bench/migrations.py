"""Migrating and judging beside the peers, round by round in one run; the table goes into the repository's README.md.

    tests/bench/migrations.py [--rounds ROUNDS] [--quick] [PART ...]     parts: starts, migrations, drift, contents, checks

--quick: a little of everything, once, to see that it works. Only a run of all parts is written. Fails if a bar is not met.
"""
import argparse
import signal
import sys

import program_starts
import thousand_migrations
import verdicts
from lines import Line, MIB, at_most, times_faster
from table import markdown, verdicts as say_verdicts, write_to_readme

PARTS = ("starts", "migrations", "drift", "contents", "checks")
START_MS, START_MIB, CHECKS_S = 10, 20, 1.5


def starts(options):
    measured = program_starts.measure(options.rounds)

    def ms(name):
        return measured[name] and [one.milliseconds for one in measured[name]]

    yield Line("start (`--version`) of the slowest step", "", "10 ms", ms("ours"), [START_MS] * options.rounds, "ms", at_most(1))
    for peer in ("sqitch", "dbmate", "heroku"):
        yield Line("start", "", f"`{peer} --version`", ms("ours"), ms(peer), "ms")
    yield Line("start", "", "`true`: what any start costs here", ms("ours"), ms("nothing"), "ms")
    memory = [one.memory / MIB for one in measured["ours"]]
    yield Line("memory of it", "", "20 MB", memory, [START_MIB] * options.rounds, "MiB", at_most(1))


def migrations(options):
    number = 50 if options.quick else 1000
    measured = thousand_migrations.measure(number, options.rounds)
    options.server = measured["server"]

    def values(name, field="pending"):
        return measured[name] and [getattr(one, field) for one in measured[name]]

    data = f"{number} of one table"
    yield Line("migrate, all pending", data, "dbmate", values("ours"), values("dbmate"), bar=at_most(1))
    yield Line("migrate, all pending", data, "sqitch", values("ours"), values("sqitch"), bar=times_faster(3))
    yield Line("migrate, all pending", data, "one psql, each in its transaction with a ledger row", values("ours"), values("psql"), bar=at_most(1.5))
    yield Line("migrate, nothing pending", data, "dbmate", values("ours", "nothing"), values("dbmate", "nothing"), bar=at_most(1.2))
    yield Line("migrate, nothing pending", data, "sqitch", values("ours", "nothing"), values("sqitch", "nothing"))


def drift(options):
    tables = 200 if options.quick else 10000
    measured = verdicts.drift(tables, options.rounds)
    for name, data in (("untouched", "a catalogue that nobody touched"), ("touched", "a change taken back")):
        yield Line("fingerprint and drift (`lastgood check`, whole)", f"{tables} tables, {data}", "pg_dump -s twice", measured[name],
                   measured["pg_dump -s twice"], bar=times_faster(2))


def contents(options):
    measured = verdicts.contents(30 if options.quick else 1500, options.rounds)
    yield Line("verify: `rows_not_lost` and `unchanged` of every table", measured["size"], f"the server's digests, {verdicts.JOBS} connections",
               measured["verify"], measured["server"], bar=at_most(1.3))


def checks(options):
    yield Line("verify: 50 checks of 100 ms", "", "1.5 s", verdicts.many_checks(50, options.rounds), [CHECKS_S] * options.rounds, bar=at_most(1))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.rounds = 1
    options.server = "?"
    return options


def main(options):
    lines = [line for part in options.parts or PARTS for line in globals()[part](options)]
    text = markdown(lines, options.server, "its loopback", options.rounds, judged=not options.quick)
    print(text)
    if options.quick:
        return 0
    print(say_verdicts(lines))
    if not options.parts:
        write_to_readme("migrations", text)
    return 0 if all(line.met() is not False for line in lines) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    signal.signal(signal.SIGHUP, lambda number, _: sys.exit(128 + number))
    sys.exit(main(arguments()))
