#!/usr/bin/env python3
"""Kills every program of the chain right before and right after every event that it writes, and at random instants, and looks
whether the next program brings the run to its end.

  tests/crash/sweep.py                      every event of the single steps of a bad release
  tests/crash/sweep.py --random 100         all variants, and 100 random instants spread over them
  tests/crash/sweep.py --variant closed     one variant (bad, good, index, driven, closed, rehearsed, down, twice)
  tests/crash/sweep.py --only migrate:before:3 [--variant V]     (or migrate, or migrate:before)
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import random
import re
import sys
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from world import STEPS, Cluster, Difference, World, kill_at, next_command  # noqa: E402

TIDY = ("tidy", "delete from orders where id % 10 = 0; alter table orders alter column total set default 0;")
NOTES = ("notes", "create table notes (id int primary key, text text); insert into notes select i, 'note ' || i from generate_series(1, 50) i;")
COUNTRY = ("country", "alter table orders add column country text not null default 'IT';")
INDEX = ("index", "-- lastgood: no-transaction\ncreate index concurrently orders_by_customer on orders (customer);")
ASIDE = ("aside", "create table aside as select * from orders where id % 10 = 0; delete from orders where id % 10 = 0;",
         "insert into orders overriding system value select * from aside; drop table aside;")
HONEST = (5, 6, 9)


@dataclasses.dataclass(frozen=True)
class Variant:
    name: str
    migrations: tuple
    good: bool = False
    driven: bool = False   # killed under `lastgood run`, the driver too
    closed: bool = False   # writes: closed, which is always driven
    rehearsed: bool = False   # in the proof's own copy, which nobody keeps
    down: bool = False     # comes back by its own way down, which the rehearsal has tried
    twice: bool = False    # the recovery is killed as well


VARIANTS = {variant.name: variant for variant in (
    Variant("bad", (TIDY,)),
    Variant("good", (COUNTRY, NOTES), good=True),
    Variant("index", (COUNTRY, INDEX), good=True),
    Variant("driven", (TIDY,), driven=True),
    Variant("closed", (TIDY,), driven=True, closed=True),
    Variant("rehearsed", (COUNTRY, NOTES), good=True, rehearsed=True),
    Variant("down", (ASIDE,), rehearsed=True, down=True),
    Variant("twice", (TIDY,), twice=True))}


@dataclasses.dataclass(frozen=True)
class Point:
    """Where to kill: an event of a program, or a random moment of the whole passage."""
    variant: Variant
    program: str           # a step, "driver", or "" for a moment
    when: str = ""
    event: int = 0
    moment: float = 0.0    # seconds after the start
    whole_session: bool = False
    by_run: bool = True    # the recovery: `lastgood run`, else the single steps
    seed: int = 0

    def __str__(self):
        if self.program:
            return f"{self.program}:{self.when}:{self.event}"
        return f"{'session' if self.whole_session else 'program'} at {self.moment:.3f} s"

    @property
    def crash(self):
        return f"{'lastgood' if self.program == 'driver' else 'lastgood-' + self.program}:{self.when}:{self.event}"


class Trial:
    """One kill and what came after it."""

    def __init__(self, world, point):
        self.world, self.point, self.run = world, point, world.release()
        self.log = []

    def call(self, *arguments, crash=None):
        finished = self.world.lastgood(*arguments, "--run-id", self.run, crash=crash)
        self.log.append((" ".join(arguments) + (f"   [{crash}]" if crash else ""), finished))
        return finished

    def steps(self, crash=None):
        """What CI does with one job per step: the first failure ends it, and the last job rolls back if need be."""
        for step in STEPS[:-1]:
            finished = self.call(step, crash=crash)
            if finished.status < 0:
                return finished
            if finished.status != 0:
                break
        rolled_back = self.call("rollback", "--if-failed", crash=crash)
        return rolled_back if rolled_back.status != 0 else finished

    def kill(self):
        """True if the moment came."""
        if not self.point.program:
            return self.kill_at_moment()
        passage = self.call("run", crash=self.point.crash) if self.point.variant.driven else self.steps(self.point.crash)
        # A driver that lives on says 6 of a step that was killed under it.
        return passage.status == -9 or self.point.variant.driven and re.search(r"(ended|rollback) with 6", passage.err) is not None

    def kill_at_moment(self):
        elapsed, moment = 0.0, self.point.moment
        programs = [("run",)] if self.point.variant.driven else [*((step,) for step in STEPS[:-1]), ("rollback", "--if-failed")]
        for arguments in programs:
            start = time.monotonic()
            process = self.world.start(*arguments, "--run-id", self.run)
            killed = kill_at(process, max(0.0, moment - elapsed), self.point.whole_session)
            process.communicate(timeout=180)
            elapsed += time.monotonic() - start
            if killed:
                return True
        return False

    def recover(self):
        """Reruns, and types what an honest failure says, until the run has its end."""
        if self.point.variant.twice:
            self.killed_again()
        finished = self.call("run") if self.point.by_run or self.point.variant.closed else self.steps()
        for _ in range(4):
            if self.world.status(self.run)["outcome"] in ("good", "rolled-back"):
                return
            if finished.status not in HONEST and not self.log[-1][0].startswith("typed: lastgood status"):
                raise Difference(f"the rerun ended with {finished.status} and left the run open")
            command = next_command(finished)
            finished = self.world.type(command)
            self.log.append(("typed: " + command, finished))
        raise Difference("what the messages say to type leads nowhere")

    def killed_again(self):
        chance = random.Random(self.point.seed)
        crash = f"{chance.choice(('before', 'after'))}:{chance.randint(1, 7)}"
        self.call("run", crash=crash) if self.point.by_run else self.steps(crash)

    def __str__(self):
        return "\n".join(f"$ lastgood {command}\n{finished}" for command, finished in self.log)


def differences(found, expected):
    lines = [f"{key}: {found[key]} instead of {expected[key]}" for key in expected if key != "steps" and found[key] != expected[key]]
    for step, status in found["steps"].items():
        if status is not None and expected["outcome"] == found["outcome"] and status not in (expected["steps"].get(step), 6, 5, None):
            lines.append(f"step {step}: exit {status} instead of {expected['steps'].get(step)}")
    return lines


class Sweep:
    def __init__(self, options):
        self.options = options
        self.cluster = Cluster("max_connections=100\nautovacuum=off")
        self.cluster.sql("create role shop_owner login createdb; grant pg_signal_backend to shop_owner")
        self.numbers = iter(range(1, 1_000_000))
        self.lock = threading.Lock()
        self.spare = collections.defaultdict(list)
        self.expected = {}
        self.table = collections.Counter()
        self.failures = []

    def world(self, variant, fresh=False):
        with self.lock:
            if self.spare[variant] and not fresh:
                return self.spare[variant].pop()
            number = next(self.numbers)
        return World(self.cluster, number, variant)

    def give_back(self, world, reusable):
        if not reusable or len(self.spare[world.variant]) >= self.options.jobs:
            return world.close()
        world.reset()
        with self.lock:
            self.spare[world.variant].append(world)

    def reference(self, variant):
        """What an undisturbed run comes to, how long it takes, and how many events each program writes."""
        world = self.world(variant)
        run = world.release()
        start = time.monotonic()
        world.expect(world.lastgood("run", "--run-id", run), 0 if variant.good else 7)
        took = time.monotonic() - start
        facts = world.facts(run)
        events = collections.Counter()
        for event in world.events(run):
            events[event["step"] or "driver"] += 1
        self.expected[variant, facts["outcome"]] = facts
        if variant.good:  # its other honest end: it comes back like a bad one
            self.expected[variant, "rolled-back"] = {**facts, "outcome": "rolled-back", "tables": world.base_tables,
                                                     "branch": "of the last good release", "good_ref": "the last good release",
                                                     "databases": self.returned_databases()}
        self.give_back(world, not variant.good)
        return took, events

    @staticmethod
    def returned_databases():
        return ["failed connections=t limit=0", "live connections=t limit=-1"]

    def points(self, variant, events):
        points = []
        for program in (*STEPS, *(["driver"] if variant.driven else [])):
            # Events that belong to no step, of the run and of its fence, are somebody's; a point that nobody reaches is not counted.
            last = "verify" if variant.good else "rollback"
            more = 2 if variant.closed else 1 if program in ("backup-capture", last) else 0
            for event in range(1, events[program] + more + 1):
                for when in ("before", "after"):
                    points.append(Point(variant, program, when, event, by_run=len(points) % 4 < 2, seed=len(points)))
        return points

    def moments(self, variant, took, count, chance):
        return [Point(variant, "", moment=chance.uniform(0.02, took), whole_session=i % 2 == 1, by_run=i % 4 < 2, seed=i) for i in range(count)]

    def attempt(self, point):
        world = self.world(point.variant, fresh=point.program == "backup-capture" and not point.variant.twice)
        trial = Trial(world, point)
        killed, reusable = False, False
        try:
            killed = trial.kill()
            trial.recover()
            found = world.facts(trial.run)
            expected = self.expected.get((point.variant, found["outcome"]))
            if expected is None:
                raise Difference(f"the run ended as {found['outcome']}")
            wrong = differences(found, expected)
            if wrong:
                raise Difference("\n".join(wrong))
            reusable = found["outcome"] == "rolled-back"
            outcome = found["outcome"] + (", by typing next" if any(command.startswith("typed") for command, _ in trial.log) else "")
        except Exception as error:  # noqa: BLE001: whatever happens to one point is its result
            outcome = "DIFFERENT"
            reason = str(error) if isinstance(error, Difference) else traceback.format_exc()
            self.failures.append(f"=== {point.variant.name} {point}, recovery by {'run' if point.by_run else 'steps'}\n{reason}\n{trial}\n"
                                 f"(rerun: sweep.py --variant {point.variant.name} --only '{point}')")
            print(f"DIFFERENT {point.variant.name} {point}: {reason.splitlines()[-1 if 'Traceback' in reason else 0]}", flush=True)
        self.give_back(world, reusable)
        self.table[point.variant.name, point.program or "at a moment", outcome if killed else "not reached, " + outcome] += 1

    def run(self, points):
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            for number, _ in enumerate(pool.map(self.attempt, points), 1):
                if number % 20 == 0:
                    print(f"{number} of {len(points)} points", flush=True)

    def close(self):
        for worlds in self.spare.values():
            for world in worlds:
                world.close()
        self.cluster.close()

    def report(self, took):
        print(f"\n{'variant':8} {'program':15} {'end':45} points")
        for (variant, program, outcome), count in sorted(self.table.items()):
            print(f"{variant:8} {program:15} {outcome:45} {count:6}")
        tried = sum(count for (_, _, outcome), count in self.table.items() if not outcome.startswith("not reached"))
        for failure in self.failures:
            print("\n" + failure)
        print(f"{tried} kill points tried in {took:.0f} s, {len(self.failures)} different")
        return 1 if self.failures else 0


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, default=0, metavar="N", help="N random instants; and all variants")
    parser.add_argument("--variant", choices=sorted(VARIANTS), action="append", default=[])
    parser.add_argument("--only", metavar="STEP:before:N")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--jobs", type=int, default=max(2, os.cpu_count() or 2))
    parser.add_argument("--no-events", action="store_true", help="the random instants only")
    return parser.parse_args()


def is_wanted(point, only):
    return only is None or point == only or point.startswith(only + ":")


def plan(sweep, options):
    chance = random.Random(options.seed)
    names = options.variant or (list(VARIANTS) if options.random else ["bad"])
    points = []
    for number, name in enumerate(names):
        variant = VARIANTS[name]
        took, events = sweep.reference(variant)
        if not options.no_events:
            points += sweep.points(variant, events)
        count = options.random // len(names) + (number < options.random % len(names))
        points += sweep.moments(variant, took, count, chance)
    return [point for point in points if is_wanted(str(point), options.only)]


def main():
    options = parse_arguments()
    print(f"seed {options.seed}", flush=True)
    start = time.monotonic()
    sweep = Sweep(options)
    try:
        sweep.run(plan(sweep, options))
        return sweep.report(time.monotonic() - start)
    finally:
        sweep.close()


if __name__ == "__main__":
    sys.exit(main())
