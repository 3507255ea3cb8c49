"""Releases in GitLab CI: the published component, run by gitlab-ci-local on a real database, good, bad, failed and by hand."""
import json
import pathlib
import shutil
import sys
import unittest
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from gitlab_world import COMPONENT, GitLabTest  # noqa: E402

ORDERS = "create table orders (id int primary key); insert into orders select generate_series(1, 100)"
LOSE = "delete from orders where id > 50"
STRICT = ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"]
CHAIN = {"lastgood:capture": "PASS", "lastgood:migrate": "PASS", "lastgood:verify": "PASS"}


class Releases(GitLabTest):
    def setUp(self):
        super().setUp()
        self.pipeline(checks=STRICT, on_failure="stop")
        self.app.migration("0001_orders", ORDERS)
        self.good = self.app.commit()

    def released(self):
        self.assert_ended(self.gitlab(), CHAIN)
        self.before = self.digest("orders")

    def assert_ended(self, pipeline, jobs):
        self.assertEqual(pipeline.ended(), jobs, str(pipeline))
        self.assertEqual(pipeline.status, int("FAIL" in jobs.values()), str(pipeline))
        return pipeline

    def change(self, name, sql):
        self.app.migration(name, sql)
        return self.app.commit(name)

    def assert_returned(self):
        self.assertEqual(self.run_state()["outcome"], "rolled-back")
        self.assertEqual(self.digest("orders"), self.before)
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(self.good))
        self.assert_nothing_left()

    # --- all of it

    def test_a_good_release(self):
        pipeline = self.assert_ended(self.gitlab(), CHAIN)
        self.assertEqual(self.run_state()["outcome"], "good")
        self.assertIn("lastgood 0.1.0, from", pipeline.log("lastgood:capture"))
        checks = self.judged("")
        self.assertEqual(len(checks), 2)

    def judged(self, failed):
        """The test cases of verify's report, as GitLab reads it; `failed` is in the name of the one that failed."""
        suite = xml.parse(self.artifact("verify/checks.xml")).getroot()
        cases = list(suite.iter("testcase"))
        names = [(case.get("classname"), case.get("name")) for case in cases]
        self.assertEqual(len(set(names)), len(names), "GitLab drops cases of one name")
        self.assertTrue(all(all(name) for name in names), names)
        self.assertEqual([case.get("name") for case in cases if case.find("failure") is not None], [failed] if failed else [])
        return cases

    def test_a_bad_release_comes_back_and_the_pipeline_is_red(self):
        self.released()
        self.change("0002_tidy", LOSE)
        pipeline = self.assert_ended(self.gitlab(), {**CHAIN, "lastgood:verify": "FAIL", "lastgood:rollback": "PASS"})
        self.assertEqual(pipeline.exit_codes(), {"lastgood:verify": 7})
        self.assertIn("verify says no", pipeline.log("lastgood:verify"))
        self.assertIn(f"next: lastgood verify --run-id gitlab-{self.number}   or lastgood rollback", pipeline.log("lastgood:verify"))
        self.judged(next(case.get("name") for case in self.judged_any() if "rows_not_lost" in case.get("name")))
        self.assert_returned()

    def judged_any(self):
        return xml.parse(self.artifact("verify/checks.xml")).getroot().iter("testcase")

    def test_a_migration_that_fails_half_way_comes_back(self):
        self.released()
        self.app.migration("0002_note", "alter table orders add note text")
        self.change("0003_broken", "alter table nowhere add note text")
        pipeline = self.assert_ended(self.whole(), {"lastgood:capture": "PASS", "lastgood:migrate": "FAIL", "lastgood:rollback": "PASS"})
        self.assertEqual(pipeline.exit_codes(), {"lastgood:migrate": 5})
        self.assert_returned()

    def test_after_a_migration_that_changed_nothing_the_rollback_does_nothing_and_says_so(self):
        self.released()
        self.change("0002_broken", "alter table nowhere add note text")
        before = self.world()
        pipeline = self.assert_ended(self.whole(), {"lastgood:capture": "PASS", "lastgood:migrate": "FAIL", "lastgood:rollback": "PASS"})
        self.assertEqual(pipeline.exit_codes(), {"lastgood:migrate": 4})
        self.assertIn("nothing to do: ", pipeline.log("lastgood:rollback"))
        self.assertEqual(self.digest("orders"), self.before)
        self.assertEqual(self.app.remote_head(), before["branch"])

    def test_after_a_capture_that_fails_the_rollback_does_nothing_and_says_so(self):
        self.released()
        self.change("0002_note", "alter table orders add note text")
        self.app.write("lastgood.yaml", (self.app.tree / "lastgood.yaml").read_text().replace("disk_limit: 10GB", "disk_limit: 1MB"))
        self.app.commit()
        before = self.world()
        pipeline = self.assert_ended(self.whole(), {"lastgood:capture": "FAIL", "lastgood:rollback": "PASS"})
        self.assertEqual(pipeline.exit_codes(), {"lastgood:capture": 3})
        self.assertIn("nothing to do: ", pipeline.log("lastgood:rollback"))
        self.assertEqual(self.world(), before)

    def test_where_the_programs_are_missing_nothing_begins_and_the_rollback_fails_too(self):
        self.include(programs=str(self.root / "nowhere"), tags=["shell"])
        self.app.commit()
        pipeline = self.assert_ended(self.whole(), {"lastgood:capture": "FAIL", "lastgood:rollback": "FAIL"})
        self.assertEqual(pipeline.exit_codes(), {"lastgood:capture": 2, "lastgood:rollback": 2})
        self.assertFalse(self.store.exists())

    # --- by hand

    def migrated(self):
        """Capture and migrate of the pipeline `self.number`; nobody judged yet."""
        self.released()
        self.change("0002_tidy", LOSE)
        self.number += 1
        for job in ("lastgood:capture", "lastgood:migrate"):
            self.assert_ended(self.gitlab(job, pipeline=self.number), {job: "PASS"})

    def test_a_person_rolls_back(self):
        self.migrated()
        self.assert_ended(self.gitlab("lastgood:rollback:manual", pipeline=self.number), {"lastgood:rollback:manual": "PASS"})
        self.assert_returned()

    def test_a_person_types_options_of_the_rollback(self):
        self.migrated()
        before = self.world()
        tried = self.gitlab("--variable", "LASTGOOD_ROLLBACK_OPTIONS=--dry-run --log-level info", "lastgood:rollback:manual", pipeline=self.number)
        self.assert_ended(tried, {"lastgood:rollback:manual": "PASS"})
        self.assertEqual(self.world(), before)
        # A word is a word: neither a pattern nor a command.
        refused = self.gitlab("--variable", f"LASTGOOD_ROLLBACK_OPTIONS=* $(touch${{IFS}}{self.root}/ran)", "lastgood:rollback:manual", pipeline=self.number)
        self.assertEqual(refused.exit_codes(), {"lastgood:rollback:manual": 2})
        self.assertFalse((self.root / "ran").exists())
        self.assertEqual(self.world(), before)

    def test_a_job_that_is_run_again_goes_on_with_its_run(self):
        self.migrated()
        again = self.gitlab("lastgood:migrate", pipeline=self.number)
        self.assert_ended(again, {"lastgood:migrate": "PASS"})
        self.assertEqual(self.gitlab("lastgood:verify", pipeline=self.number).exit_codes(), {"lastgood:verify": 7})

    # --- beside another pipeline

    def test_while_a_pipeline_is_open_another_is_told_8_and_does_nothing(self):
        self.migrated()
        before = self.world()
        self.change("0003_note", "alter table orders add note text")
        pipeline = self.whole()
        self.assert_ended(pipeline, {"lastgood:capture": "FAIL", "lastgood:rollback": "PASS"})
        self.assertEqual(pipeline.exit_codes(), {"lastgood:capture": 8})
        self.assertIn("this run never began", pipeline.log("lastgood:rollback"))
        self.assertEqual({**self.world(), "branch": ""}, {**before, "branch": ""})

    # --- inputs

    def test_no_branch_but_the_default_one_is_released(self):
        self.app.git("checkout", "-q", "-b", "feature")
        self.assertEqual(self.listed(), {})
        self.app.git("checkout", "-q", "main")
        self.assertEqual(self.listed(), {"lastgood:capture": "on_success", "lastgood:migrate": "on_success", "lastgood:verify": "on_success",
                                         "lastgood:rollback": "on_failure", "lastgood:rollback:manual": "manual"})

    def listed(self, *arguments):
        """{job: when} of the pipeline that would run."""
        shown = self.gitlab("--list-json", *arguments)
        self.assertEqual(shown.status, 0, str(shown))
        return {job["name"]: job["when"] for job in json.loads(shown.out) if job["when"] != "never"}

    def test_the_inputs_name_jobs_stages_and_who_starts_the_migration(self):
        self.include(programs="bin", tags=["a", "b"], job_prefix="db", stage="test", stage_rollback="deploy", migrate_when="manual",
                     rule='$CI_COMMIT_BRANCH == "feature"')
        self.app.commit()
        self.app.git("checkout", "-q", "-b", "feature")
        self.assertEqual(self.listed(), {"db:capture": "on_success", "db:migrate": "manual", "db:verify": "on_success",
                                         "db:rollback": "on_failure", "db:rollback:manual": "manual"})
        shown = self.gitlab("--preview").out
        self.assertEqual(shown.count("stage: test"), 3)
        self.assertEqual(shown.count("stage: deploy"), 2)

    def test_the_example_is_a_pipeline(self):
        example = (COMPONENT / "example.gitlab-ci.yml").read_text()
        self.assertIn("/my-group/lastgood/lastgood@0.1.0", example)
        self.app.write(".gitlab-ci.yml", example.replace("/my-group/", "/components/"))
        self.app.commit()
        # Their schema wants a tag where there is a list of tags; GitLab does not.
        listed = self.listed("--ignore-schema-paths", "#/definitions/tags/minItems")
        self.assertEqual(listed, {"test": "on_success", "lastgood:capture": "on_success", "lastgood:migrate": "manual", "lastgood:verify": "on_success",
                                  "tell": "on_success", "lastgood:rollback": "on_failure", "lastgood:rollback:manual": "manual"})


class AcrossMachines(GitLabTest):
    """Each job in a clone, a home and a temporary directory of its own, which are gone when the next one begins."""

    def setUp(self):
        super().setUp()
        self.pipeline(checks=STRICT, on_failure="stop")
        self.app.migration("0001_orders", ORDERS)
        self.good = self.app.commit()

    def on_machine(self, job, pipeline):
        machine = self.root / "machine"
        machine.mkdir()
        self.app.git("clone", "-q", "--no-local", str(self.app.remote), str(machine / "clone"), cwd=self.root)
        self.app.git("remote", "add", "gcl-origin", self.app.git("remote", "get-url", "gcl-origin"), cwd=machine / "clone")
        self.app.git("checkout", "-q", "--detach", cwd=machine / "clone")
        self.app.git("checkout", "-q", "-B", "main", cwd=machine / "clone")
        (machine / ".gitlab-ci-local").mkdir()
        (machine / ".gitlab-ci-local/variables.yml").write_text((self.root / ".gitlab-ci-local/variables.yml").read_text())
        done = self.gitlab(job, pipeline=pipeline, tree=machine / "clone", environment={"HOME": str(machine), "TMPDIR": str(machine)})
        for path in machine.rglob("*"):
            self.assertNotIn("lastgood-migrate-", path.name)  # what a program made for itself
        shutil.rmtree(machine)
        return done

    def release_on_machines(self, number, *jobs):
        return [self.on_machine(job, number).exit_codes().get(job, 0) for job in jobs]

    def test_a_good_and_a_bad_release_share_nothing_but_the_store_and_the_checkout(self):
        self.assertEqual(self.release_on_machines(1, "lastgood:capture", "lastgood:migrate", "lastgood:verify"), [0, 0, 0])
        before = self.digest("orders")
        self.app.migration("0002_tidy", LOSE)
        self.app.commit()
        self.assertEqual(self.release_on_machines(2, "lastgood:capture", "lastgood:migrate", "lastgood:verify", "lastgood:rollback:manual"), [0, 0, 7, 0])
        self.assertEqual(self.run_state()["outcome"], "rolled-back")
        self.assertEqual(self.digest("orders"), before)
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(self.good))
        self.assert_nothing_left()


del GitLabTest

if __name__ == "__main__":
    unittest.main()
