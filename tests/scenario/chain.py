"""A world for scenarios: a throwaway PostgreSQL, an application's repository with a remote, a pipeline, and the real programs.

    class Release(ChainTest):
        def test_a_bad_release_comes_back(self):
            self.app.migration("0001_orders", "create table orders (id int)")
            self.app.commit("Orders")
            self.assert_exit(0, self.run_lastgood("run"))

Programs are those of LASTGOOD_BIN (tests/run sets it). Nothing is left behind: servers are stopped, directories removed.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("LASTGOOD_BIN", ROOT / "build/dev/bin"))
GIT_ENVIRONMENT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "test", "GIT_AUTHOR_EMAIL": "test@localhost",
                   "GIT_COMMITTER_NAME": "test", "GIT_COMMITTER_EMAIL": "test@localhost"}


def newest_bindir():
    return max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def wait_until(condition, within=30.0, what="the condition"):
    """Polls; fails loudly when the bound is reached."""
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {within} s")
        time.sleep(0.02)


class Cluster:
    """A PostgreSQL server of its own, on a loopback port, run by a user that PostgreSQL accepts."""

    def __init__(self, settings="", server=None):
        """`server`: where the server's programs are, if they are not the clients' neighbours."""
        self.bindir = newest_bindir()
        self.server = server or self.bindir
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lg-pg-", dir="/tmp"))
        self.data = self.root / "data"
        if os.getuid() == 0:
            shutil.chown(self.root, "postgres", "postgres")
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._server("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        with open(self.data / "postgresql.conf", "a") as conf:
            conf.write(f"listen_addresses='127.0.0.1'\nport={self.port}\nunix_socket_directories='{self.root}'\n"
                       f"fsync=off\nmax_connections=200\n{settings}\n")
        self.start()

    def _server(self, program, *arguments):
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.getuid() == 0 else []
        subprocess.run([*prefix, self.server / program, *map(str, arguments)], check=True, cwd=self.root,
                       stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def start(self):
        self._server("pg_ctl", "-D", self.data, "-l", self.root / "log", "-w", "start")

    def stop(self, mode="fast"):
        self._server("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def close(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self.root, ignore_errors=True)

    def url(self, database="postgres", user="postgres"):
        return f"postgres://{user}@127.0.0.1:{self.port}/{database}"

    def sql(self, statements, database="postgres", user="postgres"):
        """Runs SQL with psql; returns the unaligned, tuples-only output without the last newline."""
        done = subprocess.run([self.bindir / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database, user)],
                              input=statements, text=True, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.rstrip("\n")

    def start_sql(self, statements, database="postgres", user="postgres", application="other"):
        """A session that goes on in the background; end it with .kill()."""
        return subprocess.Popen([self.bindir / "psql", "-X", "-q", "-d", self.url(database, user), "-c", statements],
                                env={**os.environ, "PGAPPNAME": application}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def databases(self):
        return self.sql("select datname from pg_database where not datistemplate and datname <> 'postgres' order by 1").split("\n")


class App:
    """An application: a work tree with migrations/ and lastgood.yaml, and a bare remote."""

    def __init__(self, root):
        self.remote = root / "remote.git"
        self.tree = root / "app"
        self.git("init", "-q", "--bare", "-b", "main", str(self.remote), cwd=root)
        self.git("clone", "-q", str(self.remote), str(self.tree), cwd=root)
        self.git("checkout", "-q", "-B", "main")

    def git(self, *arguments, cwd=None, check=True):
        done = subprocess.run(["git", *arguments], cwd=cwd or self.tree, text=True, capture_output=True,
                              env={**os.environ, **GIT_ENVIRONMENT})
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def write(self, path, text, mode=None):
        target = self.tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        if mode:
            target.chmod(mode)

    def migration(self, name, sql):
        self.write(f"migrations/{name}.sql", sql + "\n")

    def commit(self, message="A release", push=True):
        """Commits everything; returns the commit's id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        if push:
            self.git("push", "-q", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD")

    def remote_head(self, ref="refs/heads/main"):
        return self.git("ls-remote", str(self.remote), ref).split("\t")[0]

    def tree_of(self, commit):
        """The tree of a commit of the remote."""
        return self.git("rev-parse", f"{commit}^{{tree}}", cwd=self.remote)

    def hook(self, name, script):
        path = self.remote / "hooks" / name
        path.write_text("#!/bin/sh\n" + script + "\n")
        path.chmod(0o755)


class Finished:
    """What a program came to."""

    def __init__(self, status, out, err, took):
        self.status, self.out, self.err, self.took = status, out, err, took

    @property
    def records(self):
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    def record(self, kind):
        return [record for record in self.records if record.get("type") == kind][-1]

    def __str__(self):
        return f"exit {self.status} after {self.took:.1f} s\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class ChainTest(unittest.TestCase):
    """One server per test class; a fresh database, repository and store per test."""

    maxDiff = None
    settings = ""          # lines of postgresql.conf
    owner = "shop_owner"   # a plain owner: CREATEDB and pg_signal_backend, no superuser
    sharing = True

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(cls.settings)
        cls.cluster.sql(f"create role {cls.owner} login createdb; grant pg_signal_backend to {cls.owner};"
                        f"create role shop_app login; create role shop_admin login createrole createdb; grant pg_signal_backend to shop_admin")

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lg-test-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.database = "shop"
        self.cluster.sql(f"create database {self.database} owner {self.owner}")
        self.addCleanup(self.drop_databases)
        self.app = App(self.root)
        self.store = self.root / "store"
        self.environment = {**os.environ, **GIT_ENVIRONMENT, "DATABASE_URL": self.cluster.url(self.database, self.owner),
                            "HOME": str(self.root), "TMPDIR": str(self.root)}
        # Whoever runs the tests may be a CI job itself.
        for name in [name for name in self.environment if name.startswith(("GITHUB_", "GITLAB_", "CI_", "RUNNER_", "LASTGOOD_"))]:
            del self.environment[name]
        self.pipeline()

    def drop_databases(self):
        for name in self.cluster.databases():
            if name:
                self.cluster.sql(f'alter database "{name}" allow_connections true')
                self.cluster.sql(f'drop database "{name}" with (force)')
        self.cluster.sql("alter role shop_app login")

    def pipeline(self, checks=None, capture="prove: restore, standby: keep, disk_limit: 10GB", migrate="", rollback="max_lost: 0",
                 top="", git="branch: main, on_rollback: revert", on_failure="rollback", database="", framework="sql, directory: migrations"):
        """Writes lastgood.yaml; each argument is a piece of YAML."""
        checks = checks or ["no_pending_migrations: {}"]
        database = 'url: "${DATABASE_URL}"' + (", " + database if database else "")
        migrate = f"framework: {framework}, on_failure: {on_failure}" + (", " + migrate if migrate else "")
        lines = ["format: 1", "name: shop", "environment: production", f"store: file:{self.store}", f"git: {{ {git} }}",
                 f"database: {{ {database} }}", *([top] if top else []), "steps:", f"  - backup-capture: {{ {capture} }}",
                 f"  - migrate: {{ {migrate} }}", "  - verify:", "      checks:", *[f"        - {check}" for check in checks],
                 f"      on_failure: {on_failure}", f"  - rollback: {{ {rollback} }}", ""]
        self.app.write("lastgood.yaml", "\n".join(lines))

    def start_lastgood(self, *arguments, environment=None, **popen):
        """Starts `lastgood ARGUMENTS` in the work tree, output into files."""
        return subprocess.Popen([str(BIN / "lastgood"), *arguments], cwd=self.app.tree, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**self.environment, **(environment or {})}, **popen)

    def run_lastgood(self, *arguments, environment=None, timeout=300):
        start = time.monotonic()
        process = self.start_lastgood(*arguments, environment=environment)
        out, err = process.communicate(timeout=timeout)
        return Finished(process.returncode, out, err, time.monotonic() - start)

    def sql(self, statements, database=None, user="postgres"):
        return self.cluster.sql(statements, database or self.database, user)

    def assert_exit(self, status, finished):
        self.assertEqual(finished.status, status, str(finished))
        if status not in (0,) and status < 128:
            self.assertIn("next:", finished.err, "a failure without a next command\n" + str(finished))
        return finished

    def assert_failure(self, status, fragment, finished):
        """The exit status, words of the message, and a next command."""
        self.assertEqual(finished.status, status, str(finished))
        self.assertIn(fragment, finished.err, str(finished))
        self.assertRegex(finished.err, r"next: \S", str(finished))
        return finished

    def world(self):
        """What a refused program must leave alone: databases, every row of the live one, the branch."""
        tables = self.sql("select c.oid::regclass from pg_class c where relkind in ('r', 'm') and relnamespace <> all "
                          "(array['pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace]) order by 1")
        return {"databases": self.cluster.databases(), "branch": self.app.remote_head(),
                "oid": self.cluster.sql(f"select oid from pg_database where datname = '{self.database}'"),
                "rows": {table: self.digest(table) for table in tables.split("\n") if table}}

    def release(self, name, sql, status=0):
        """Commits one migration and runs the chain."""
        self.app.migration(name, sql)
        commit = self.app.commit(name)
        return commit, self.assert_exit(status, self.run_lastgood("run"))

    def digest(self, table, database=None):
        return self.sql(f"select count(*) || '/' || coalesce(sum(hashtextextended(t::text, 0)), 0) from {table} t", database)

    def backends_of_ours(self):
        return self.cluster.sql("select application_name from pg_stat_activity where application_name like 'lastgood/%'")

    def assert_nothing_left(self):
        """No backend, fence or child of ours is left."""
        wait_until(lambda: self.backends_of_ours() == "", 20, "every backend of ours is gone")
        self.assertEqual(self.cluster.sql(f"select datallowconn from pg_database where datname = '{self.database}'"), "t")
        self.assertEqual(self.cluster.sql("select rolcanlogin from pg_roles where rolname = 'shop_app'"), "t")


def signal_when(process, condition, number=signal.SIGTERM):
    """Sends a signal as soon as the condition holds."""
    wait_until(condition, 60, "the moment for the signal")
    process.send_signal(number)
