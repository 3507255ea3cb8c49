"""Pending one-table migrations, and nothing pending afterwards: ours, dbmate's, sqitch's, and one psql with the same files.

Each contender has a database of its own on the same server. `pending` and `nothing` are seconds; None: not installed.
"""
import dataclasses
import pathlib
import shutil

from data_sets import SETTINGS
from measured_process import seconds_of
from world import Bench, ROOT

TOOLS = ROOT / "tests/support/tools/node_modules"


def dbmate():
    """The binary itself: what npm puts beside it starts node first."""
    found = sorted(TOOLS.glob("@dbmate/*/bin/dbmate"))
    return found[0] if found else shutil.which("dbmate")


def sqitch():
    return shutil.which("sqitch")


@dataclasses.dataclass
class Migrated:
    pending: float
    nothing: float = None


class Migrations(Bench):
    """`Migrations(number)` of pending one-table migrations."""

    settings = "\n".join(f"{name}={value}" for name, value in SETTINGS.items())

    def fill(self):
        self.names = [f"{number:04}_table" for number in range(1, self.megabytes + 1)]

    def statement(self, name):
        return f"create table t_{name[:4]} (id bigint primary key, note text not null);"

    def database_of(self, contender):
        self.cluster.sql(f"create database {contender} owner {self.owner}")
        return self.cluster.url(contender, self.owner)

    def settle(self):
        self.cluster.sql("checkpoint")

    def ours(self):
        """migrate alone: the restore point is there."""
        self.pipeline(capture="prove: none, standby: drop", git="branch: main, on_rollback: none")
        self.app.migration("0000_first", "select 1")
        self.app.commit("The first")
        self.assert_exit(0, self.run_lastgood("run"))
        for name in self.names:
            self.app.migration(name, self.statement(name))
        self.app.commit("Many")
        pending = self.migrate_alone()
        self.assert_exit(0, self.run_lastgood("verify"))
        self.app.commit("Nothing")
        return Migrated(pending, self.migrate_alone())

    def migrate_alone(self):
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.settle()
        return self.assert_exit(0, self.run_lastgood("migrate")).took

    def dbmate(self):
        if not dbmate():
            return None
        directory = self.root / "dbmate"
        directory.mkdir()
        for name in self.names:
            (directory / f"2026010100{name}.sql").write_text(f"-- migrate:up\n{self.statement(name)}\n-- migrate:down\ndrop table t_{name[:4]};\n")
        return self.twice([dbmate(), "--no-dump-schema", "--migrations-dir", directory, "migrate"],
                          env={**self.environment, "DATABASE_URL": self.database_of("of_dbmate") + "?sslmode=disable"})

    def sqitch(self):
        if not sqitch():
            return None
        project = self.root / "sqitch"
        (project / "deploy").mkdir(parents=True)
        (project / "sqitch.conf").write_text("[core]\n\tengine = pg\n[engine \"pg\"]\n\tclient = " + str(self.cluster.bindir / "psql") + "\n")
        plan = ["%syntax-version=1.0.0", "%project=shop", ""]
        for name in self.names:
            (project / f"deploy/t{name}.sql").write_text(f"begin;\n{self.statement(name)}\ncommit;\n")
            plan.append(f"t{name} 2026-01-01T00:00:00Z Shop <shop@localhost> # one table")
        (project / "sqitch.plan").write_text("\n".join(plan) + "\n")
        target = self.database_of("of_sqitch").replace("postgres://", "db:pg://")
        return self.twice(["sqitch", "deploy", target], cwd=project, env=self.environment)

    def psql(self):
        script = pathlib.Path(self.root / "psql.sql")
        lines = ["create table ledger (name text primary key, at timestamptz not null default now());"]
        for name in self.names:
            file = self.root / f"psql_{name}.sql"
            file.write_text(self.statement(name) + "\n")
            lines += ["begin;", f"\\i {file}", f"insert into ledger (name) values ('{name}');", "commit;"]
        script.write_text("\n".join(lines) + "\n")
        url = self.database_of("of_psql")
        self.settle()
        return Migrated(seconds_of([self.cluster.bindir / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, url]))

    def twice(self, argv, **popen):
        self.settle()
        pending = seconds_of(argv, **popen)
        return Migrated(pending, seconds_of(argv, **popen))


CONTENDERS = ("ours", "dbmate", "sqitch", "psql")


def measure(number, rounds):
    """Each round in a new world, beginning with another contender."""
    measured = {name: [] for name in CONTENDERS}
    for turn in range(rounds):
        with Migrations(number) as world:
            order = CONTENDERS[turn % len(CONTENDERS):] + CONTENDERS[:turn % len(CONTENDERS)]
            for name in order:
                one = getattr(world, name)()
                measured[name] = measured[name] + [one] if one else None
            server = world.sql("show server_version")
        print(f"{number} migrations: round {turn + 1} of {rounds}: " + ", ".join(
            f"{name} {measured[name][-1].pending:.2f} s" for name in CONTENDERS if measured[name]), flush=True)
    return {**measured, "server": server}
