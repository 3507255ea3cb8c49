"""One world of the crash sweep: a database, a repository with its remote, a store, and the programs that work on them."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scenario"))
from chain import BIN, GIT_ENVIRONMENT, App, Cluster, Finished, wait_until  # noqa: E402, F401

STEPS = ("backup-capture", "migrate", "verify", "rollback")
CI_VARIABLES = ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "LASTGOOD_RUN_ID", "LASTGOOD_DRIVER", "LASTGOOD_TEST_CRASH", "LASTGOOD_CHILD")
FIRST = """create table orders (id bigint generated always as identity primary key, customer text not null, total bigint);
insert into orders (customer, total) select 'customer ' || i, i * 100 from generate_series(1, 200) i;"""


class Difference(AssertionError):
    """A world is not as it should be."""


def session_of(pid):
    """The session of a process; None if it is gone."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])
    except (OSError, ValueError):
        return None


def running_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def program_of(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return ""


class World:
    """Released once, so that there is a last good pair; then every bad release comes back to the same state."""

    def __init__(self, cluster, number, variant):
        self.cluster, self.variant = cluster, variant
        self.name = f"shop{number}"
        self.role = f"app{number}"
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lg-crash-", dir="/tmp"))
        (self.root / "tmp").mkdir()
        self.cluster.sql(f"create role {self.role} login")
        self.cluster.sql(f"create database {self.name} owner shop_owner")
        self.environment = {**{k: v for k, v in os.environ.items() if k not in CI_VARIABLES}, **GIT_ENVIRONMENT,
                            "DATABASE_URL": cluster.url(self.name, "shop_owner"), "HOME": str(self.root),
                            "ADMIN_URL": cluster.url("postgres", "postgres"),
                            "TMPDIR": str(self.root / "tmp"), "PATH": f"{BIN}:{os.environ['PATH']}",
                            # LeakSanitizer looks from a process of its own; where that is killed its parent waits for ever.
                            "ASAN_OPTIONS": "detect_leaks=0"}
        self.app = App(self.root)
        self.releases = 1
        self._pipeline()
        self.app.write("migrations/0010_orders.sql", FIRST + "\n")
        self.good = self.app.commit("Orders")
        self.expect(self.lastgood("run"), 0)
        self.base_tables = self.tables()

    def _pipeline(self):
        closed = ["writes: closed"] if self.variant.closed else []
        admin = f', admin_url: "${{ADMIN_URL}}", app_roles: [{self.role}]' if self.variant.closed else ""
        standby = "drop" if self.variant.rehearsed else "keep"
        rehearse = ", rehearse: true" if self.variant.rehearsed else ""
        strategy = ", strategy: down" if self.variant.down else ""
        # What no rehearsal sees: the application does not like the release.
        judged = "command: { run: [sh, -c, '! ls migrations/*_aside.sql'] }" if self.variant.down else "rows_not_lost: { tolerance: 0 }"
        self.app.write("lastgood.yaml", "\n".join([
            "format: 1", f"name: {self.name}", "environment: production", f"store: file:{self.root}/store",
            "git: { branch: main, on_rollback: revert, good_ref: refs/lastgood/production }",
            f'database: {{ url: "${{DATABASE_URL}}"{admin} }}', *closed, "steps:",
            f"  - backup-capture: {{ prove: restore, standby: {standby}, disk_limit: 10GB }}",
            f"  - migrate: {{ framework: sql, directory: migrations, on_failure: rollback{rehearse} }}",
            "  - verify:", "      checks:", "        - no_pending_migrations: {}",
            f"        - {judged}", "      on_failure: rollback", f"  - rollback: {{ max_lost: 0{strategy} }}", ""]))

    def close(self):
        for name in self.databases():
            self._drop(name)
        self.cluster.sql(f"drop role {self.role}")
        shutil.rmtree(self.root, ignore_errors=True)

    def _drop(self, name):
        self.cluster.sql(f'alter database "{name}" allow_connections true')
        self.cluster.sql(f'drop database "{name}" with (force)')

    # --- what happens in it

    def release(self):
        """Commits the variant's next release; returns the id of the run that is to release it."""
        self.releases += 1
        self.app.git("fetch", "-q", "origin")
        self.app.git("reset", "-q", "--hard", "origin/main")
        for number, (name, *ways) in enumerate(self.variant.migrations):
            for way, sql in zip(("", ".down"), ways):
                self.app.write(f"migrations/{self.releases:03}{number}_{name}{way}.sql", sql + "\n")
        self.pinned = self.app.commit(f"Release {self.releases}")
        return f"run-{self.releases}"

    def reset(self):
        """After a release came back: what it left for people to look at is thrown away."""
        for name in self.databases():
            if name != self.name:
                self._drop(name)

    def start(self, *arguments, crash=None):
        environment = {**self.environment, **({"LASTGOOD_TEST_CRASH": crash} if crash else {})}
        program = [f"lastgood-{arguments[0]}", *arguments[1:]] if arguments[0] in STEPS else ["lastgood", *arguments]
        return subprocess.Popen(program, cwd=self.app.tree, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=environment, executable=str(BIN / program[0]), start_new_session=True)

    def lastgood(self, *arguments, crash=None):
        start = time.monotonic()
        process = self.start(*arguments, crash=crash)
        out, err = process.communicate(timeout=180)
        return Finished(process.returncode, out, err, time.monotonic() - start)

    @staticmethod
    def expect(finished, *statuses):
        if finished.status not in statuses:
            raise Difference(f"expected exit {statuses}\n{finished}")
        return finished

    def type(self, command):
        """A command as a person types it."""
        start = time.monotonic()
        done = subprocess.run(["sh", "-c", command], cwd=self.app.tree, env=self.environment, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=180)
        return Finished(done.returncode, done.stdout, done.stderr, time.monotonic() - start)

    # --- what it looks like

    def databases(self):
        return self.cluster.sql(f"select datname from pg_database where datname ~ '^{self.name}(__lg_.*)?$' order by 1").split()

    def tables(self):
        """Rows and digest per table. When and in which transactions the ledger's rows were written differs from run to run."""
        names = self.cluster.sql("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
                                 self.name).split()
        columns = {"lastgood_migrations": "(t.name, t.sha256, t.state)"}
        return {name: self.cluster.sql(f"select count(*) || '/' || coalesce(sum(hashtextextended({columns.get(name, 't')}::text, 0)), 0) "
                                       f"from {name} t", self.name) for name in names}

    def kinds(self):
        """The databases by what they are: live, standby, failed; anything else is a stray."""
        kinds = []
        for line in self.cluster.sql("select datname, datallowconn, datconnlimit, coalesce(shobj_description(oid, 'pg_database'), '') "
                                     f"from pg_database where datname ~ '^{self.name}(__lg_.*)?$' order by 1").split("\n"):
            name, allows, limit, comment = line.split("|", 3)
            mark = json.loads(comment).get("kind") if comment.startswith("{") else None
            kind = ("live" if not mark else f"live with the mark {mark}") if name == self.name else mark or "stray"
            kinds.append(f"{kind} connections={allows} limit={limit}")
        return sorted(kinds)

    def status(self, run):
        finished = self.lastgood("status", "--json", "--run-id", run)
        return finished.record("run") if finished.status == 0 else {"outcome": f"no status: {finished}", "steps": {}}

    def events(self, run):
        """The record of a run, in order."""
        files = sorted((self.root / "store" / self.name / "production/runs").glob(f"{run}/*.json"))
        return [json.loads(file.read_text()) for file in files]

    def fences(self):
        return self.cluster.sql(f"select rolcanlogin::text from pg_roles where rolname = '{self.role}' union all "
                                "select array_to_string(setconfig, ',') from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase "
                                f"where d.datname = '{self.name}'")

    def backends(self):
        """Programs of ours in our databases, and those that a name of our scope gives away."""
        return self.cluster.sql(f"select application_name from pg_stat_activity where datname ~ '^{self.name}(__lg_.*)?$'")

    def children(self):
        mark = f"LASTGOOD_CHILD={self.name}/production".encode()
        found = []
        for pid in running_pids():
            try:
                if mark in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    found.append(pid)
            except OSError:
                pass
        return found

    def litter(self):
        """Restore points that were never completed, and drafts."""
        points = self.root.glob("store/*/production/restore-points/*")
        unsealed = [point.name for point in points if not (point / "manifest.json").is_file()]
        return sorted(unsealed + [draft.name for draft in self.root.glob("store/**/.draft-*")])

    def facts(self, run):
        """Everything that is compared, as values that do not differ between two runs that came to the same."""
        status = self.status(run)
        head = self.app.remote_head()
        trees = {self.app.tree_of(self.good): "of the last good release", self.app.tree_of(self.pinned): "of this release"}
        wait_until(lambda: not self.backends() and not self.children(), 30, "the end of every backend and child of ours")
        return {"outcome": status["outcome"], "in_doubt": status.get("in_doubt", ""),
                "running": [name for name, step in status["steps"].items() if step["running"]],
                "steps": {name: step.get("exit_status") for name, step in status["steps"].items()},
                "tables": self.tables(), "branch": trees.get(self.app.tree_of(head), "another tree"),
                "good_ref": {self.good: "the last good release", self.pinned: "this release"}.get(
                    self.app.remote_head("refs/lastgood/production"), "another commit"),
                "databases": self.kinds(), "fences": self.fences(), "litter": self.litter()}


def kill_at(process, moment, whole_session):
    """SIGKILL from outside, `moment` seconds after the start: the program at work, or everything of its session."""
    try:
        process.wait(moment)
        return False
    except subprocess.TimeoutExpired:
        pass
    ours = [pid for pid in running_pids() if session_of(pid) == process.pid]
    steps = [pid for pid in ours if program_of(pid).startswith("lastgood-")]
    for pid in ours if whole_session else (steps[-1:] or [process.pid]):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return True


def next_command(finished):
    """What the last message says to type: the part before the explanation."""
    found = re.findall(r"^ *next: (.*)$", finished.err, re.MULTILINE) or re.findall(r"^ *next: (.*)$", finished.out, re.MULTILINE)
    return found[-1].split("   ")[0].strip() if found else ""
