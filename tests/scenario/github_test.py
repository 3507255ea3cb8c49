"""The example workflows on a runner that does as GitHub's does: releases good and bad, reruns, approvals, and the rollback by hand."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from github_world import LOSE, GithubTest  # noqa: E402

NOTE = "alter table orders add note text"


class OneJob(GithubTest):
    on_failure = "rollback"

    def test_a_good_release(self):
        run = self.released("one-job.yml")
        self.show("one job, good", run)
        self.assertEqual(self.status()["run"], "github-1001")
        self.assertEqual(self.status()["outcome"], "good")
        self.assertEqual([step.outcome for step in run.jobs["release"].steps], ["success", "success", "skipped"])
        self.assert_nothing_left()

    def test_a_bad_release_comes_back_by_itself(self):
        self.released("one-job.yml")
        self.next_migration(LOSE)
        run = self.workflow("one-job.yml").run()
        self.show("one job, bad", run)
        self.assertEqual(run.result, "failure")
        self.assertIn("Process completed with exit code 7.", run.jobs["release"].step("Release").text)
        self.assertEqual(run.jobs["release"].step("Return").outcome, "skipped")
        self.assert_returned(run)

    def test_a_bad_release_stays_where_the_pipeline_says_stop(self):
        self.pipeline(checks=self.checks, on_failure="stop")
        self.released("one-job.yml")
        self.next_migration(LOSE)
        run = self.workflow("one-job.yml").run()
        self.assertEqual(run.result, "failure")
        self.assertEqual(run.jobs["release"].step("Return").outcome, "skipped")
        self.assertNotEqual(self.digest("orders"), self.before)

    def test_no_secret_is_in_a_log(self):
        run = self.released("one-job.yml")
        self.assertNotIn(self.environment["DATABASE_URL"], str(run))


class SeparateJobs(GithubTest):
    def test_a_good_release_waits_for_its_approval_with_the_plan_at_hand(self):
        self.released("separate-jobs.yml")
        self.next_migration(NOTE)
        columns = "select count(*) from information_schema.columns where table_name = 'orders' and column_name = 'note'"
        seen = []

        def approve(environment):
            if environment == "production":
                seen.append(self.sql(columns))
            return True
        run = self.workflow("separate-jobs.yml").run(approve=approve)
        self.show("separate jobs, good", run)
        self.assertEqual(self.results(run), {"capture": "success", "plan": "success", "migrate": "success", "verify": "success", "rollback": "skipped"}, str(run))
        self.assertEqual(seen, ["0"], "nothing is migrated before the approval")
        self.assertIn(NOTE, run.jobs["plan"].log)
        self.assertEqual(self.sql(columns), "1")
        self.assertEqual(run.waited_for, ["production-unattended", "production-unattended", "production", "production-unattended"])
        self.assertEqual(self.status()["outcome"], "good")

    def test_a_bad_release_comes_back_by_the_rollback_job(self):
        self.released("separate-jobs.yml")
        self.next_migration(LOSE)
        run = self.workflow("separate-jobs.yml").run()
        self.show("separate jobs, bad", run)
        self.assertEqual(self.results(run), {"capture": "success", "plan": "success", "migrate": "success", "verify": "failure", "rollback": "success"}, str(run))
        self.assert_returned(run)

    def test_a_refused_approval_leaves_production_alone(self):
        self.released("separate-jobs.yml")
        self.next_migration(NOTE)
        run = self.workflow("separate-jobs.yml").run(approve=lambda environment: environment != "production")
        self.show("separate jobs, refused", run)
        self.assertEqual(self.results(run), {"capture": "success", "plan": "success", "migrate": "failure", "verify": "skipped", "rollback": "success"}, str(run))
        self.assertIn("nothing to do: ", run.jobs["rollback"].log)
        self.assertEqual(self.digest("orders"), self.before)
        # The environment is free again when somebody ends the run.
        ended = self.run_lastgood("rollback", "--run-id", "github-1002")
        self.show_text("separate jobs, refused, ended by hand", str(ended))
        self.assert_exit(0, ended)
        self.assertIn("changed nothing: there is nothing to return", ended.err)
        self.assertEqual(self.digest("orders"), self.before)
        self.assertNotEqual(self.status()["outcome"], "none")

    def test_after_a_capture_that_failed_the_rollback_does_nothing_and_says_so(self):
        self.released("separate-jobs.yml")
        self.next_migration(NOTE)
        # The copy cannot be made: an index of it fails elsewhere than at home.
        self.sql("create function picky(int) returns int immutable language plpgsql as $$ begin if current_database() <> 'shop' then raise 'only at home'; "
                 "end if; return $1; end $$; create index picky on orders (picky(id))", user=self.owner)
        before = self.live()
        run = self.workflow("separate-jobs.yml").run()
        self.show("separate jobs, capture fails", run)
        self.assertEqual(self.results(run), {"capture": "failure", "plan": "skipped", "migrate": "skipped", "verify": "skipped", "rollback": "success"}, str(run))
        self.assertIn("nothing to do: run github-1002 is closed (failed-clean)", run.jobs["rollback"].log)
        self.assertEqual(self.live(), before)
        self.assert_nothing_left()

    def test_a_rerun_of_the_one_job_that_failed_finds_its_run(self):
        # It cannot be told (exit 9): nothing is taken back, a person mends the probe and runs the job again.
        probe = self.root / "probe"
        self.pipeline(checks=["no_pending_migrations: {}", f"command: {{ run: [{probe}] }}"], on_failure="stop")
        self.app.commit("A check by a probe")
        runner = self.workflow("separate-jobs.yml")
        run = runner.run()
        self.assertEqual((run.jobs["verify"].result, run.attempt), ("failure", 1), str(run))
        self.assertIn("nothing to do: ", run.jobs["rollback"].log)
        probe.write_text("#!/bin/sh\n")
        probe.chmod(0o755)
        again = runner.rerun_failed(run)
        self.show("separate jobs, rerun of verify", again)
        self.assertEqual(self.results(again), {"capture": "success", "plan": "success", "migrate": "success", "verify": "success", "rollback": "skipped"}, str(again))
        self.assertIs(again.jobs["migrate"], run.jobs["migrate"])
        self.assertEqual((self.status()["run"], self.status()["outcome"]), ("github-1001", "good"))


class ByHand(GithubTest):
    def dispatch(self, what, run="github-1002", confirm="production", **more):
        options = {"show": "show what it would do and cost", "roll": "roll back the open run", "return": "return to before an older run", "undo": "undo a rollback"}
        return self.workflow("rollback.yml").run("workflow_dispatch", {"what": options[what], "run": run, "confirm": confirm, **more})

    def open_run(self):
        """A bad release that nobody returned yet."""
        self.released("separate-jobs.yml")
        self.next_migration(LOSE)
        runner = self.workflow("separate-jobs.yml")
        runner.definition["jobs"].pop("rollback")
        run = runner.run()
        self.assertEqual(run.jobs["verify"].result, "failure", str(run))
        return run

    def test_what_was_typed_wrongly_changes_nothing(self):
        self.open_run()
        before = self.world()
        for more, words in (({"confirm": "prod"}, "The confirmation is not production"), ({"run": "x; id"}, "That is no id of a run"),
                            ({"run": "$(id)"}, "That is no id of a run"), ({"run": "--undo"}, "That is no id of a run")):
            with self.subTest(more=more):
                run = self.dispatch("roll", **more)
                self.assertEqual(run.result, "failure")
                self.assertIn(words, run.jobs["rollback"].annotations[0]["message"])
                self.assertEqual([step.outcome for step in run.jobs["rollback"].steps], ["failure", "skipped", "skipped"])
        self.assertEqual(self.world(), before)

    def test_showing_changes_nothing_and_the_way_back_and_its_undo_go_by_the_same_form(self):
        self.open_run()
        before = self.world()
        shown = self.dispatch("show", confirm="")
        self.show("by hand, shown", shown)
        self.assertEqual(shown.result, "success", str(shown))
        self.assertEqual(self.world(), before)
        run = self.dispatch("roll")
        self.show("by hand, rolled back", run)
        self.assertEqual(run.result, "success", str(run))
        self.assert_returned(run)
        undone = self.dispatch("undo")
        self.assertEqual(undone.result, "success", str(undone))
        self.assertEqual(self.sql("select count(*) from orders"), "50")

    def test_a_return_to_before_an_older_run(self):
        self.released("separate-jobs.yml")
        self.next_migration(NOTE)
        self.assertEqual(self.workflow("separate-jobs.yml").run().result, "success")
        run = self.dispatch("return")
        self.assertEqual(run.result, "success", str(run))
        self.assertEqual(self.digest("orders"), self.before)


if __name__ == "__main__":
    unittest.main()
