"""What a release does with git, and what the workflows may do."""
import hashlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/scenario"))
from chain import App  # noqa: E402

TABLE = "pipelines/github/checksums.txt"
TEMPLATE = "pipelines/gitlab/templates/lastgood.yml"
ASSETS = {"lastgood_1.2.0-1_amd64.deb": b"a package", "lastgood-1.2.0-linux-x86_64.tar.gz": b"a tarball"}


class ReleaseCommit(unittest.TestCase):
    def setUp(self):
        root = pathlib.Path(tempfile.mkdtemp(prefix="lg-test-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, root)
        self.app = App(root)
        self.app.write(".packaging/release", (ROOT / ".packaging/release").read_text(), mode=0o755)
        self.app.write("CMakeLists.txt", "project(lastgood VERSION 1.2.0 LANGUAGES CXX)\n")
        self.app.write("CHANGELOG.md", "# Changelog\n\n## 1.2.0 (2026-12-01)\n\nNew things.\n\n* One.\n\n## 1.1.0 (2026-11-01)\n\nOld things.\n")
        self.app.write("pipelines/gitlab/pin", (ROOT / "pipelines/gitlab/pin").read_text(), mode=0o755)
        self.app.write(TEMPLATE, (ROOT / TEMPLATE).read_text())
        self.app.write(TABLE, "1111  lastgood-1.1.0-linux-x86_64.tar.gz\n")
        self.source = self.app.commit("The source")
        self.assets = root / "assets"
        self.assets.mkdir()
        for name, content in ASSETS.items():
            (self.assets / name).write_bytes(content)

    def release(self, *arguments):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.app.tree), "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@localhost",
                       "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@localhost"}
        return subprocess.run([self.app.tree / ".packaging/release", *map(str, arguments)], text=True, capture_output=True, env=environment)

    def assert_refused(self, words, *arguments):
        before = self.app.git("rev-parse", "HEAD"), self.app.git("tag"), self.app.git("status", "--porcelain")
        done = self.release(*arguments)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(words, done.stderr)
        self.assertRegex(done.stderr, r"next: \S")
        self.assertEqual((self.app.git("rev-parse", "HEAD"), self.app.git("tag"), self.app.git("status", "--porcelain")), before)

    def test_its_commit_adds_the_sums_to_what_was_built_and_nothing_else(self):
        done = self.release("commit", "1.2.0", self.assets)
        self.assertEqual(done.returncode, 0, done.stderr)
        tagged = self.app.git("rev-parse", "v1.2.0^{commit}")
        self.assertEqual(done.stdout.strip(), tagged)
        self.assertEqual(self.app.git("rev-parse", "v1.2.0^{commit}^"), self.source)
        self.assertEqual(self.app.git("diff", "--name-only", self.source, tagged).split("\n"), [TABLE, TEMPLATE])
        sum_of_tarball = hashlib.sha256(ASSETS["lastgood-1.2.0-linux-x86_64.tar.gz"]).hexdigest()
        self.assertIn(f'default: "{sum_of_tarball}"', self.app.git("show", f"v1.2.0:{TEMPLATE}"))
        lines = self.app.git("show", f"v1.2.0:{TABLE}").splitlines()
        self.assertEqual(lines[0], "1111  lastgood-1.1.0-linux-x86_64.tar.gz")
        self.assertEqual(set(lines[1:]), {f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in ASSETS.items()})

    def test_a_job_that_runs_again_makes_the_same_commit_and_the_same_tag(self):
        self.release("commit", "1.2.0", self.assets)
        first = self.app.git("rev-parse", "v1.2.0", "HEAD")
        self.app.git("reset", "-q", "--hard", self.source)
        self.assertEqual(self.release("commit", "1.2.0", self.assets).returncode, 0)
        self.assertEqual(self.app.git("rev-parse", "v1.2.0", "HEAD"), first)

    def test_a_version_is_released_once(self):
        self.release("commit", "1.2.0", self.assets)
        self.app.commit("A later change")
        self.assert_refused("v1.2.0 is the tag of another commit's release", "check", "1.2.0")

    def test_a_version_that_the_source_does_not_say_is_refused(self):
        self.assert_refused("CMakeLists.txt says 1.2.0, not 1.3.0", "check", "1.3.0")

    def test_a_version_without_a_date_in_the_changelog_is_refused(self):
        self.app.write("CHANGELOG.md", "## 1.2.0 (unreleased)\n\nNew things.\n")
        self.assert_refused("unreleased", "check", "1.2.0")
        self.app.write("CHANGELOG.md", "## 1.1.0 (2026-11-01)\n\nOld things.\n")
        self.assert_refused("no section", "check", "1.2.0")

    def test_a_changed_tree_and_a_missing_file_are_refused(self):
        (self.assets / "lastgood-1.2.0-linux-x86_64.tar.gz").unlink()
        self.assert_refused("is not there", "commit", "1.2.0", self.assets)
        self.app.write("CMakeLists.txt", "project(lastgood VERSION 1.2.0)\n")
        self.assert_refused("the work tree is changed", "commit", "1.2.0", self.assets)

    def test_the_notes_are_the_version_s_own(self):
        self.assertEqual(self.release("notes", "1.2.0").stdout.strip(), "New things.\n\n* One.")
        self.assertEqual(self.release("notes", "1.1.0").stdout.strip(), "Old things.")


class Workflows(unittest.TestCase):
    def setUp(self):
        self.files = {path: yaml.safe_load(path.read_text()) for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
        self.assertGreaterEqual({path.name for path in self.files}, {"ci.yml", "release.yml"})

    def jobs(self):
        return [(f"{path.name} {name}", workflow, job) for path, workflow in self.files.items() for name, job in workflow["jobs"].items()]

    def test_other_actions_are_named_by_their_full_commit(self):
        for path in self.files:
            used = re.findall(r"uses: *(.+)", path.read_text())
            self.assertTrue(used, path)
            for action in used:
                self.assertRegex(action, r"^(\./.*|[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")

    def test_a_job_may_do_what_it_must_and_ends(self):
        for name, workflow, job in self.jobs():
            may = job.get("permissions", workflow["permissions"])
            if not name.startswith("release.yml"):
                self.assertEqual(may, {"contents": "read"}, name)
            self.assertIn("timeout-minutes", job, name)
        [writes] = [name for name, _, job in self.jobs() if job.get("permissions", {}).get("contents") == "write"]
        self.assertEqual(writes, "release.yml publish")

    def test_what_others_wrote_reaches_a_script_by_its_environment_only(self):
        for name, _, job in self.jobs():
            for step in job["steps"]:
                self.assertNotIn("${{", step.get("run", ""), name)

    def test_the_scripts_are_sound(self):
        scripts = [path.read_text() for path in sorted((ROOT / ".packaging").iterdir()) if path.read_bytes().startswith(b"#!/usr/bin/env bash")]
        self.assertEqual(len(scripts), 3)
        scripts += ["#!/usr/bin/env bash\n" + step["run"] for _, _, job in self.jobs() for step in job["steps"] if "run" in step]
        for script in scripts:
            done = subprocess.run(["shellcheck", "-"], input=script, text=True, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
