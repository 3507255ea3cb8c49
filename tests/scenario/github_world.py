"""A world for the example workflows: the chain's server and application, and a runner for each workflow, with nothing of ours in its jobs
but the programs in PATH and the secrets."""
import os
import sys

from chain import BIN, ROOT, ChainTest, wait_until
from github_process import tracked
from github_runner import Runner

ORDERS = "create table orders (id int primary key); insert into orders select generate_series(1, 100)"
LOSE = "delete from orders where id > 50"
STRICT = ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"]
# How long a slow statement takes is a row of the database: 0 lets the next attempt go through.
PATIENCE = "create table patience (seconds int); insert into patience values (0)"
SLOW = "create table slow (id int); select pg_sleep(seconds) from patience"


class GithubTest(ChainTest):
    on_failure = "stop"
    checks = STRICT

    @classmethod
    def setUpClass(cls):
        if not (BIN / "lastgood").exists():
            raise RuntimeError(f"{BIN} has no programs, and the action would build them")
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.pipeline(checks=self.checks, on_failure=self.on_failure)
        self.app.migration("0001_orders", ORDERS + "; " + PATIENCE)
        self.good = self.app.commit()
        self.number = 1000

    def workflow(self, name, **more):
        """A new run of an example workflow, of what the branch holds."""
        self.number += 1
        root = self.root / f"runner-{self.number}"
        runner = Runner(ROOT / "pipelines/github" / name, self.app.remote, root, actions={"OWNER/lastgood": ROOT}, path=[BIN], run_id=str(self.number),
                        secrets={"DATABASE_URL": self.environment["DATABASE_URL"], "PROVE_URL": ""}, **more)
        self.addCleanup(runner.close)
        return runner

    def released(self, name):
        """A good release by this workflow; what is live then."""
        run = self.workflow(name).run()
        self.assertEqual(run.result, "success", str(run))
        self.before = self.digest("orders")
        return run

    def next_migration(self, sql):
        self.app.migration("0002_next", sql)
        return self.app.commit("The next release")

    def statement(self, words="pg_sleep"):
        """A statement of ours with these words is in the server."""
        return lambda: self.cluster.sql("select 1 from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and application_name like 'lastgood/%' "
                                        f"and application_name not like '%/watchdog' and query like '%{words}%' and now() - query_start > '0.3 s' limit 1")

    def patience(self, seconds):
        self.sql(f"update patience set seconds = {seconds}")

    def results(self, run):
        return {name: job.result for name, job in run.jobs.items()}

    def status(self):
        return self.run_lastgood("status", "--json").record("run")

    def live(self):
        """World without our copies: an older standby goes when a newer capture begins."""
        return {key: value for key, value in self.world().items() if key != "databases"}

    def assert_returned(self, run):
        """Code and data are those of the good release."""
        self.assertEqual(self.status()["outcome"], "rolled-back", str(run))
        self.assertEqual(self.digest("orders"), self.before, str(run))
        self.app.git("fetch", "-q", "origin")
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(self.good), str(run))
        self.assert_nothing_left()

    def assert_cancelled(self, run, job, statement):
        """Within 5 s of the first signal, and by that one signal: the statement is gone, nothing runs, the record says interrupted."""
        step = next(step for step in run.jobs[job].steps if step.outcome == "cancelled")
        self.assertEqual(step.process.signals, [2], f"more than SIGINT was needed\n{run}")
        self.assertEqual(step.process.process.returncode, 130, str(run))
        self.assertLess(step.process.ended_at - run.cancelled_at, 5, str(run))
        self.assertIn("interrupted", step.text)
        wait_until(lambda: not statement(), 5, "the statement is gone from the server")
        self.assertEqual(run.jobs[job].killed, [], "a child was left behind")
        self.assertEqual(tracked(run.jobs[job].tracking), [])

    def show(self, title, run):
        """Transcripts for people: LASTGOOD_TRANSCRIPTS=1."""
        self.show_text(title, str(run))

    @staticmethod
    def show_text(title, text):
        if os.environ.get("LASTGOOD_TRANSCRIPTS"):
            print(f"\n######## {title}\n{text}", file=sys.__stderr__)
