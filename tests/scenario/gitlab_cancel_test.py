"""A job that is cancelled as GitLab's runners do it, or whose terminal is closed, at every long moment: the statement ends on the
server, the record says where, nothing is left, and the next job goes on."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ChainTest, wait_until  # noqa: E402
from gitlab_runner import ContainerJob, ShellJob, TerminalJob  # noqa: E402

ORDERS = ("create table orders (id int primary key); insert into orders select generate_series(1, 100);"
          "create table patience (seconds int); insert into patience values (0)")
SLOW_QUERY = "select 1 from pg_sleep((select seconds from patience))"
JOBS = {"shell": (ShellJob, 143), "container": (ContainerJob, 143), "terminal": (TerminalJob, 129)}
RUN = "gitlab-7"


class Cancelled(ChainTest):
    def setUp(self):
        super().setUp()
        self.environment.update(CI_PIPELINE_ID="7", GITLAB_CI="true", GITLAB_USER_LOGIN="somebody")
        self.stuck = self.root / "stuck"
        self.app.migration("0001_orders", ORDERS)
        self.pipeline(on_failure="rollback")

    def job(self, kind, *command):
        job = JOBS[kind][0]([BIN / command[0], *command[1:]], self.app.tree, self.environment)
        self.addCleanup(lambda: job.ended() or job.kill())
        return job

    def cancel(self, kind, step, moment, *, program=None, arguments=()):
        """Starts the step as a job of the pipeline, cancels it at the moment, and looks at what is left."""
        job = self.job(kind, program or f"lastgood-{step}", *arguments)
        wait_until(lambda: moment() or job.ended(), 60, f"the moment of {step}")
        self.assertFalse(job.ended(), job.log.decode())
        took = job.cancel()
        log = job.log.decode()
        self.assertLess(took, 5, log)
        self.assertEqual(self.left_running(), [])
        # A client of a migrator's is not ours to cancel: its backend sees within a second that it is gone.
        wait_until(lambda: self.backends() == "", 5 - took, "the end of every backend of ours")
        self.assert_nothing_left()
        state = self.state()
        self.assertFalse(any(each["running"] for each in state["steps"].values()), state)
        # The driver ends its step by SIGTERM, whatever ended the driver.
        recorded = 143 if program == "lastgood" else JOBS[kind][1]
        self.assertEqual(state["steps"][step]["exit_status"], recorded, f"{state}\n{log}")
        self.assertEqual(state["outcome"], "none", state)
        return log

    def left_running(self):
        """Whatever still runs with this test's home."""
        found = []
        for place in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if f"\0HOME={self.root}\0".encode() in b"\0" + (place / "environ").read_bytes():
                    found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                pass  # it has ended
        return found

    def backends(self):
        return self.cluster.sql("select application_name, query from pg_stat_activity where backend_type = 'client backend' "
                                "and pid <> pg_backend_pid() and application_name <> 'other'")

    def state(self):
        return self.run_lastgood("status", "--json").record("run")

    def statement(self, words):
        return lambda: self.cluster.sql("select 1 from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and "
                                        f"application_name <> 'other' and query like '%{words}%' limit 1")

    def go_on(self, *steps, status=0):
        for step in steps:
            self.assert_exit(status if step == steps[-1] else 0, self.run_lastgood(step))

    # --- capture

    def locked(self, table):
        """Somebody's lock, on which our COPY waits."""
        holder = self.cluster.start_sql(f"begin; lock table {table} in access exclusive mode; select pg_sleep(300)", self.database)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        wait_until(lambda: self.locks_of(table, "granted"))
        return holder

    def locks_of(self, table, condition):
        return self.sql(f"select 1 from pg_locks where relation = '{table}'::regclass and {condition} limit 1")

    def capture_cancelled(self):
        self.app.commit()
        self.sql("create table busy (id int)", user=self.owner)
        for kind in JOBS:
            with self.subTest(kind):
                holder = self.locked("busy")
                self.cancel(kind, "backup-capture", lambda: self.locks_of("busy", "not granted"))
                holder.kill()
                self.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'other'")
                wait_until(lambda: not self.locks_of("busy", "true"))
        self.go_on("backup-capture", "migrate", "verify")
        self.assertEqual(self.state()["outcome"], "good")

    def test_in_a_capture_that_waits_for_a_table(self):
        self.capture_cancelled()

    def test_in_an_archive_of_pg_dump(self):
        self.pipeline(capture="engine: pg_dump, prove: restore, standby: drop, disk_limit: 10GB")
        self.capture_cancelled()

    # --- migrate

    def test_in_a_statement_of_a_migration(self):
        self.release_first()
        self.app.migration("0002_slow", f"create table slow (id int); {SLOW_QUERY}")
        self.app.commit()
        self.go_on("backup-capture")
        for kind in JOBS:
            with self.subTest(kind):
                self.sql("update patience set seconds = 300", user=self.owner)
                self.cancel(kind, "migrate", self.statement("from pg_sleep((select%"))
                self.assertEqual(self.sql("select to_regclass('slow')"), "")
        self.sql("update patience set seconds = 0", user=self.owner)
        self.go_on("migrate", "verify")
        self.assertEqual(self.state()["outcome"], "good")

    def release_first(self):
        """A good release, of another pipeline."""
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("run", "--run-id", "gitlab-6"))

    def test_the_whole_run_in_one_job_does_not_roll_back_because_its_child_was_cancelled(self):
        self.release_first()
        self.app.migration("0002_slow", f"create table slow (id int); {SLOW_QUERY}")
        self.app.commit()
        for kind in JOBS:
            with self.subTest(kind):
                self.sql("update patience set seconds = 300", user=self.owner)
                self.cancel(kind, "migrate", self.statement("from pg_sleep((select%"), program="lastgood", arguments=("run",))
                self.assertNotIn("rollback", self.state()["steps"])
        self.sql("update patience set seconds = 0", user=self.owner)
        self.go_on("run")
        self.assertEqual(self.state()["outcome"], "good")

    # --- children: the migrator, a check, a deploy. In a container they are signalled, and fail, a second before the program.

    def failing(self, name):
        """A command with a child. Told to end, each makes of it a failure of its own, as sqitch, rake and pg_dump do."""
        self.app.write(name, f"#!/bin/sh\ntrap 'echo it was ended >&2; exit 1' TERM\ntest ! -e {self.stuck} || {{ sleep 300 & wait $!; exit 1; }}\n", mode=0o755)
        return name

    def sleeping(self):
        return any(line.startswith("sleep 300") for line in self.left_running())

    def test_in_a_check_that_is_a_command(self):
        self.pipeline(checks=[f"command: {{ run: [./{self.failing('slow.sh')}], timeout: 200s }}"], on_failure="rollback")
        self.app.commit()
        self.go_on("backup-capture", "migrate")
        for kind in JOBS:
            with self.subTest(kind):
                self.stuck.touch()
                self.cancel(kind, "verify", self.sleeping)
        self.stuck.unlink()
        self.go_on("verify")
        self.assertEqual(self.state()["outcome"], "good")

    def test_in_a_deploy(self):
        self.pipeline(top=f"deploy: {{ run: [./{self.failing('slow.sh')}] }}", on_failure="rollback")
        self.release_first()
        self.app.migration("0002_note", "alter table orders add note text")
        self.app.commit()
        self.go_on("backup-capture")
        for kind in JOBS:
            with self.subTest(kind):
                self.stuck.touch()
                self.cancel(kind, "migrate", self.sleeping)
        self.stuck.unlink()
        self.go_on("migrate", "verify")
        self.assertEqual(self.state()["outcome"], "good")

    def test_in_a_migrator_that_fails_when_its_client_is_ended(self):
        """sqitch's way: the client dies first, and the migrator says so and fails."""
        psql = f'{self.cluster.bindir}/psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$DATABASE_URL" -c'
        self.app.write("pending", f"#!/bin/sh\n{psql} \"select 'first' where to_regclass('applied') is null\"\n", mode=0o755)
        self.app.write("migrator", f"#!/bin/sh\n{psql} \"{SLOW_QUERY}; create table applied as select 'first' as name\" >&2 || "
                                   "{ echo 'psql unexpectedly returned an error' >&2; exit 2; }\n", mode=0o755)
        self.sql(ORDERS, user=self.owner)
        self.pipeline(framework='command, program: [./migrator], pending: [./pending], heads: "select name from applied"', on_failure="rollback")
        self.app.commit()
        self.go_on("backup-capture")
        for kind in JOBS:
            with self.subTest(kind):
                self.sql("update patience set seconds = 300", user=self.owner)
                self.cancel(kind, "migrate", self.statement("from pg_sleep((select%"))
                self.assertEqual(self.sql("select to_regclass('applied')"), "")
        self.sql("update patience set seconds = 0", user=self.owner)
        self.go_on("migrate", "verify")
        self.assertEqual(self.state()["outcome"], "good")

    # --- verify and rollback

    def test_in_a_statement_of_a_check(self):
        self.pipeline(checks=[f'sql: {{ query: "{SLOW_QUERY}", expect: 1 }}'])
        self.app.commit()
        self.go_on("backup-capture", "migrate")
        for kind in JOBS:
            with self.subTest(kind):
                self.sql("update patience set seconds = 300", user=self.owner)
                self.cancel(kind, "verify", self.statement("from pg_sleep((select%"))
        self.sql("update patience set seconds = 0", user=self.owner)
        self.go_on("verify")
        self.assertEqual(self.state()["outcome"], "good")

    def test_in_a_rollback(self):
        self.pipeline(top=f"deploy: {{ run: [./{self.failing('slow.sh')}] }}", on_failure="stop",
                      checks=['sql: { query: "select count(*) from orders", expect: 100 }'])
        self.release_first()
        self.app.migration("0002_tidy", "delete from orders where id > 50")
        self.app.commit()
        self.go_on("backup-capture", "migrate")
        self.go_on("verify", status=7)
        for kind in JOBS:
            with self.subTest(kind):
                self.stuck.touch()
                self.cancel(kind, "rollback", self.sleeping, arguments=("--if-failed",))
                self.assertEqual(self.sql("select count(*) from orders"), "50")
        self.stuck.unlink()
        self.assert_exit(0, self.run_lastgood("rollback", "--if-failed"))
        self.assertEqual(self.state()["outcome"], "rolled-back")
        self.assertEqual(self.sql("select count(*) from orders"), "100")
        self.assert_nothing_left()


del ChainTest

if __name__ == "__main__":
    unittest.main()
