"""The GitLab component as it is written: what GitLab makes of it when a job fails or is cancelled, and what may stand in its inputs."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import gitlab_rules  # noqa: E402
from chain import ROOT  # noqa: E402
from gitlab_world import COMPONENT, component, configuration  # noqa: E402

TEXT = (COMPONENT / "templates/lastgood.yml").read_text()
STEPS = {"capture": "prepare", "migrate": "start", "verify": "verify", "rollback": "start", "rollback:manual": "start"}
HOSTILE = ["'; id; '", "$(id)", "`id`", '"; id', "a\nid", "a b;id", "a|id", "a&id", "\\", "a>b"]


def filled(value, inputs):
    """`value` with the inputs put in, as GitLab does before it reads the jobs."""
    if isinstance(value, dict):
        return {filled(key, inputs): filled(each, inputs) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, inputs) for each in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\$\[\[ inputs\.([a-z0-9-]+) \]\]", value)
    return inputs[whole[1]] if whole else re.sub(r"\$\[\[ inputs\.([a-z0-9-]+) \]\]", lambda name: str(inputs[name[1]]), value)


def merged(base, job):
    """extends: maps are merged, everything else is replaced."""
    if isinstance(base, dict) and isinstance(job, dict):
        return {key: merged(base[key], job[key]) if key in base and key in job else job.get(key, base.get(key)) for key in {**base, **job}}
    return job


class Component(unittest.TestCase):
    def setUp(self):
        self.spec, written = component()
        self.inputs = self.spec["inputs"]
        self.values = {"image": "an-image", "environment": "production", **{name: each["default"] for name, each in self.inputs.items() if "default" in each}}
        self.written = filled(written, self.values)
        self.jobs = {name.removeprefix("lastgood:"): merged(self.written[job["extends"]], job)
                     for name, job in self.written.items() if not name.startswith(".")}

    # --- what GitLab does with the jobs

    def became(self, **results):
        names = {f"lastgood:{name}": job for name, job in self.jobs.items()}
        became = gitlab_rules.schedule(names, {f"lastgood:{name}": result for name, result in results.items()})
        return {name.removeprefix("lastgood:"): result for name, result in became.items()}

    def test_a_good_release_starts_no_rollback(self):
        self.assertEqual(self.became(), {"capture": "success", "migrate": "success", "verify": "success", "rollback": "skipped",
                                         "rollback:manual": "manual"})

    def test_whichever_job_fails_the_rollback_starts(self):
        for job in ("capture", "migrate", "verify"):
            with self.subTest(job):
                became = self.became(**{job: "failed"})
                self.assertEqual(became["rollback"], "success")
                self.assertEqual(became["rollback:manual"], "manual")

    def test_after_a_cancel_only_the_manual_rollback_can_be_started(self):
        for job in ("capture", "migrate", "verify"):
            with self.subTest(job):
                became = self.became(**{job: "canceled"})
                self.assertEqual(became["rollback"], "skipped")
                self.assertEqual(became["rollback:manual"], "manual")

    def test_no_job_depends_on_artifacts_which_expire(self):
        for name, job in self.jobs.items():
            if "needs" in job:
                self.assertTrue(all(need["artifacts"] is False for need in job["needs"]), name)
            elif name != "capture":
                self.assertEqual(job["dependencies"], [], name)

    # --- what each job says

    def test_there_are_five_jobs_and_nothing_global(self):
        self.assertEqual(set(self.jobs), set(STEPS))
        for name, job in self.written.items():
            self.assertTrue(name.startswith(".") or "script" in job, name)

    def test_only_exit_code_8_is_retried(self):
        for name, job in self.jobs.items():
            self.assertEqual(job["retry"], {"max": 2, "exit_codes": [8]}, name)

    def test_a_failure_stops_the_pipeline(self):
        for name, job in self.jobs.items():
            self.assertIs(job["allow_failure"], False, name)
            self.assertEqual([rule.get("allow_failure", False) for rule in job["rules"]], [name == "rollback:manual"], name)

    def test_no_job_is_interrupted_by_a_newer_pipeline_and_all_but_the_way_back_by_hand_share_one_resource(self):
        for name, job in self.jobs.items():
            self.assertIs(job["interruptible"], False, name)
            self.assertEqual(job["resource_group"], "lastgood/production" + ("/rollback" if name == "rollback:manual" else ""), name)

    def test_only_what_changes_production_is_a_deployment(self):
        self.assertEqual({name: job["environment"] for name, job in self.jobs.items()},
                         {name: {"name": "production", "action": action} for name, action in STEPS.items()})

    def test_a_person_who_rolls_back_is_asked(self):
        self.assertIn("production", self.jobs["rollback:manual"]["manual_confirmation"])
        self.assertEqual(self.jobs["rollback:manual"]["needs"], [])

    def test_artifacts_are_kept_whatever_happens(self):
        for name, job in self.jobs.items():
            folder = "lastgood-out/" + name.replace(":", "-")
            artifacts = job["artifacts"]
            self.assertEqual((artifacts["when"], artifacts["access"], artifacts["paths"]), ("always", "developer", ["lastgood-out/"]), name)
            self.assertEqual(artifacts["reports"]["dotenv"], f"{folder}/lastgood.env")
            for variable, file in (("DOTENV", "lastgood.env"), ("SUMMARY", "summary.md"), ("RUNBOOK", "runbook.md")):
                self.assertEqual(job["variables"]["LASTGOOD_" + variable], f"$CI_PROJECT_DIR/{folder}/{file}")
        self.assertEqual(self.jobs["verify"]["artifacts"]["reports"]["junit"], "lastgood-out/verify/checks.xml")

    def test_the_program_takes_the_place_of_the_shell(self):
        for name, job in self.jobs.items():
            self.assertRegex(job["script"][-1].strip().split("\n")[-1], r'^exec "\$CI_PROJECT_DIR/\.lastgood/bin/lastgood-', name)
            self.assertEqual(job["variables"]["GIT_DEPTH"], "0", name)

    # --- inputs

    def test_every_input_is_used_and_explained(self):
        used = set(re.findall(r"\$\[\[ inputs\.([a-z0-9-]+) \]\]", TEXT))
        self.assertEqual(used, set(self.inputs))
        self.assertEqual(len(re.findall(r"\$\[\[", TEXT)), len(re.findall(r"\$\[\[ inputs\.[a-z0-9-]+ \]\]", TEXT)))
        readme = (COMPONENT / "README.md").read_text()
        for name, each in self.inputs.items():
            self.assertTrue(each["description"].endswith("."), name)
            self.assertIn(f"| `{name}` |", readme)

    def test_no_input_is_a_secret(self):
        for name in self.inputs:
            self.assertNotRegex(name, "token|password|secret|key|url$(?<!release-url)")

    def test_what_reaches_a_script_cannot_bring_a_command(self):
        scripts = "\n".join(line for job in component()[1].values() for line in (*job.get("script", []), *job.get("after_script", [])))
        reaching = set(re.findall(r"\$\[\[ inputs\.([a-z0-9-]+) \]\]", scripts))
        self.assertIn("sha256", reaching)
        for name in reaching:
            each = self.inputs[name]
            if "options" in each:
                continue
            self.assertRegex(self.values[name], each["regex"], name)
            for value in HOSTILE:
                self.assertIsNone(re.fullmatch(each["regex"].removeprefix("^").removesuffix("$"), value), f"{name}: {value}")

    def test_defaults_are_among_the_options(self):
        for name, each in self.inputs.items():
            if "options" in each:
                self.assertIn(each["default"], each["options"], name)

    def test_the_version_is_that_of_this_source_and_the_checksum_that_of_its_release(self):
        version = re.search(r"project\(lastgood VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertEqual(self.values["version"], version)
        table = ROOT / "pipelines/github/checksums.txt"
        released = dict(reversed(line.split()) for line in table.read_text().splitlines() if line[:1].isalnum()) if table.exists() else {}
        self.assertEqual(self.values["sha256"], released.get(f"lastgood-{version}-linux-x86_64.tar.gz", ""))

    def test_pin_writes_both(self):
        with tempfile.TemporaryDirectory(prefix="lg-test-") as folder:
            copy = pathlib.Path(shutil.copytree(COMPONENT, folder + "/gitlab"))
            subprocess.run([copy / "pin", "7.8.9-rc1", "ab" * 32], check=True)
            inputs = configuration((copy / "templates/lastgood.yml").read_text())[0]["inputs"]
            self.assertEqual((inputs["version"]["default"], inputs["sha256"]["default"]), ("7.8.9-rc1", "ab" * 32))
            self.assertEqual({**inputs, "version": 0, "sha256": 0}, {**self.inputs, "version": 0, "sha256": 0})
            for bad in (["v1", ""], ["1.0", "abc"]):
                self.assertEqual(subprocess.run([copy / "pin", *bad], capture_output=True).returncode, 2)

    # --- the scripts

    def test_the_scripts_are_those_of_any_shell(self):
        self.assertIsNotNone(shutil.which("shellcheck"), "shellcheck is not installed")
        for name, job in self.jobs.items():
            for place in ("script", "after_script"):
                with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
                    # GIT_DEPTH and its like come from GitLab; a word of options is meant to be split.
                    file.write("#!/bin/sh\nset -e\n" + "\n".join(job[place]))
                    file.flush()
                    done = subprocess.run(["shellcheck", "--shell=sh", "--format=json", "--exclude=SC2086", file.name], text=True, capture_output=True)
                    self.assertEqual(json.loads(done.stdout), [], f"{name}: {place}")


class Rules(unittest.TestCase):
    """The rules that other tests trust can say no."""

    def test_a_job_with_needs_is_skipped_where_one_of_them_was(self):
        rule = [{"if": "x"}]
        jobs = {"a": {"stage": "build", "rules": rule}, "b": {"stage": "build", "rules": rule, "needs": [{"job": "a"}]},
                "c": {"stage": "test", "rules": [{"when": "on_failure"}], "needs": [{"job": "a"}, {"job": "b"}]}}
        self.assertEqual(gitlab_rules.schedule(jobs, {"a": "failed"}), {"a": "failed", "b": "skipped", "c": "skipped"})
        del jobs["c"]["needs"]
        self.assertEqual(gitlab_rules.schedule(jobs, {"a": "failed"})["c"], "success")

    def test_a_dotenv_report_that_gitlab_refuses_or_misreads(self):
        self.assertEqual(gitlab_rules.dotenv(b"A=1\nB=\n"), {"A": "1", "B": ""})
        self.assertEqual(gitlab_rules.dotenv(b"A=1\nA=2\n"), {"A": "2"})
        for bad in (b"A=1\n\nB=2\n", b"# a\n", b"A='1'\n", b'A="1"\n', b"A-B=1\n", b"A=1 2\n", b"A=$B\n", b"A=" + b"x" * 5200,
                    b"".join(b"A%d=1\n" % i for i in range(21)), b"A=\xff\n"):
            with self.subTest(bad[:20]), self.assertRaises(ValueError):
                gitlab_rules.dotenv(bad)

    def test_sections_that_gitlab_does_not_close(self):
        start, end = b"\x1b[0Ksection_start:1:%s\r\x1b[0K%s\n", b"\x1b[0Ksection_end:2:%s\r\x1b[0K\n"
        self.assertEqual(gitlab_rules.sections(start % (b"a", b"A") + start % (b"b", b"B") + end % b"b" + end % b"a"), ["a", "b"])
        for bad in (start % (b"a", b"A"), end % b"a", start % (b"a", b"A") + start % (b"b", b"B") + end % b"a" + end % b"b"):
            with self.subTest(bad), self.assertRaises(ValueError):
                gitlab_rules.sections(bad)


if __name__ == "__main__":
    unittest.main()
