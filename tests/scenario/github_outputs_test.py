"""What a job learns of its release: the outputs of the action, from the programs through the runner's own rules."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from github_world import LOSE, GithubTest  # noqa: E402


class Outputs(GithubTest):
    on_failure = "rollback"

    def release(self):
        run = self.workflow("one-job.yml").run()
        return run, run.jobs["release"].step("Release")

    def test_a_good_release_and_a_bad_one(self):
        run, step = self.release()
        point = step.outputs.pop("restore-point")
        self.assertRegex(point, r"^rp-[0-9a-f]{12}$", str(run))
        self.assertEqual(step.outputs, {"run-id": "github-1001", "outcome": "good", "revision": self.good, "rolled-back": "false"}, str(run))
        bad = self.next_migration(LOSE)
        run, step = self.release()
        self.assertNotEqual(step.outputs.pop("restore-point"), point)
        self.assertEqual(step.outputs, {"run-id": "github-1002", "outcome": "rolled-back", "revision": bad, "rolled-back": "true"}, str(run))
        self.assertLessEqual(len([each for each in run.jobs["release"].annotations if each["type"] == "error"]), 10)

    def test_outputs_of_a_job_reach_the_next_one(self):
        self.pipeline(checks=self.checks, on_failure="stop")
        self.good = self.app.commit("In steps")
        run = self.workflow("separate-jobs.yml").run()
        self.assertEqual(run.jobs["capture"].outputs["run-id"], "github-1001", str(run))
        self.assertRegex(run.jobs["capture"].outputs["restore-point"], r"^rp-[0-9a-f]{12}$")

    def test_the_pipeline_and_the_environment_are_told_by_inputs(self):
        runner = self.workflow("one-job.yml")
        inputs = runner.definition["jobs"]["release"]["steps"][1]["with"]
        inputs["environment"] = "staging"
        self.assertEqual(runner.run().result, "success")
        self.assertTrue((self.store / "shop/staging").exists())
        self.assertFalse((self.store / "shop/production").exists())
        inputs["pipeline"] = "elsewhere.yaml"
        self.assertIn("elsewhere.yaml", str(runner.run()))


if __name__ == "__main__":
    unittest.main()
