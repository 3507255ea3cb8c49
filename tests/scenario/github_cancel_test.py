"""A cancelled job, by GitHub's own sequence: SIGINT to the one process that the runner started. Within 5 s the statement is gone from the
server, nothing of ours runs, and the record says interrupted and where; the next program takes it from there by itself."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from github_world import LOSE, SLOW, GithubTest  # noqa: E402


class Cancelled(GithubTest):
    def slow_release(self, name="separate-jobs.yml"):
        """A good release; then one whose migration takes its time, cancelled in the middle of it."""
        self.released(name)
        self.patience(120)
        self.next_migration(SLOW)
        statement = self.statement()
        runner = self.workflow(name)
        return runner, runner.run(cancel_when=statement), statement

    def hold(self, table):
        """Somebody's lock stops whoever reads the table."""
        holder = self.cluster.start_sql(f"begin; lock table {table} in access exclusive mode; select 1 from pg_sleep(300)", self.database)
        self.addCleanup(holder.wait, 10)
        self.addCleanup(self.let_go)

    def let_go(self):
        self.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'other'")

    def steps(self):
        return self.status()["steps"]

    def test_a_migration(self):
        runner, run, statement = self.slow_release()
        self.show("cancelled in a migration", run)
        self.assertEqual(run.result, "cancelled")
        self.assertEqual(self.results(run) | {"rollback": ""}, {"capture": "success", "plan": "success", "migrate": "cancelled", "verify": "skipped", "rollback": ""}, str(run))
        self.assert_cancelled(run, "migrate", statement)
        self.assertEqual(self.sql("select to_regclass('slow')"), "", "its transaction was undone")
        self.assertEqual(self.digest("orders").split("/")[0], "100")
        # The rollback job ran beside the cancel, on a machine of its own.
        self.assertEqual(run.jobs["rollback"].result, "success", str(run))
        self.assert_nothing_left()
        self.assertFalse(any(step["running"] for step in self.steps().values()), self.status())

    def test_a_migration_and_the_job_run_again(self):
        self.released("separate-jobs.yml")
        self.patience(120)
        self.next_migration(SLOW)
        runner, statement = self.workflow("separate-jobs.yml"), self.statement()
        runner.definition["jobs"].pop("rollback")
        run = runner.run(cancel_when=statement)
        self.assert_cancelled(run, "migrate", statement)
        self.patience(0)
        again = runner.rerun_failed(run)
        self.show("cancelled in a migration, and run again", again)
        self.assertEqual(self.results(again), {"capture": "success", "plan": "success", "migrate": "success", "verify": "success"}, str(again))
        self.assertEqual((self.status()["run"], self.status()["outcome"]), ("github-1002", "good"))
        self.assert_nothing_left()

    def test_a_capture(self):
        self.released("separate-jobs.yml")
        self.next_migration(LOSE)
        self.hold("patience")
        statement = self.statement("patience")
        runner = self.workflow("separate-jobs.yml")
        run = runner.run(cancel_when=statement)
        self.show("cancelled in a capture", run)
        self.assertEqual(self.results(run), {"capture": "cancelled", "plan": "skipped", "migrate": "skipped", "verify": "skipped", "rollback": "success"}, str(run))
        self.assert_cancelled(run, "capture", statement)
        self.assertIn("nothing to do: ", run.jobs["rollback"].log)
        self.let_go()
        self.assertEqual(self.digest("orders"), self.before)
        again = runner.rerun_failed(run)
        self.assertEqual(self.results(again), {"capture": "success", "plan": "success", "migrate": "success", "verify": "failure", "rollback": "success"}, str(again))
        self.assert_returned(again)

    def test_a_rollback(self):
        self.released("separate-jobs.yml")
        self.next_migration("delete from orders where id > 50")
        runner = self.workflow("separate-jobs.yml")
        runner.definition["jobs"].pop("rollback")
        self.assertEqual(runner.run().jobs["verify"].result, "failure")
        self.hold("orders")
        statement = self.statement("")
        again = self.workflow("rollback.yml")
        options = {"what": "roll back the open run", "run": "github-1002", "confirm": "production"}
        run = again.run("workflow_dispatch", options, cancel_when=statement)
        self.show("cancelled in a rollback", run)
        self.assertEqual(run.result, "cancelled", str(run))
        self.assert_cancelled(run, "rollback", statement)
        self.let_go()
        self.assert_nothing_left()
        self.assertEqual(self.sql("select count(*) from orders"), "50", "what is live is whole, and still the bad release")
        finished = self.workflow("rollback.yml").run("workflow_dispatch", options)
        self.assertEqual(finished.result, "success", str(finished))
        self.assert_returned(finished)

    def test_the_one_job_and_what_its_last_step_takes_back(self):
        self.pipeline(checks=self.checks, on_failure="rollback")
        self.good = self.app.commit("One job")
        _, run, statement = self.slow_release("one-job.yml")
        self.show("one job, cancelled in a migration", run)
        self.assertEqual([step.outcome for step in run.jobs["release"].steps], ["success", "cancelled", "success"], str(run))
        self.assert_cancelled(run, "release", statement)
        self.assertEqual(self.digest("orders").split("/")[0], "100")
        self.assertEqual(self.sql("select to_regclass('slow')"), "")
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
