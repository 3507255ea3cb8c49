"""How the action brings the programs: each way, and what it says where a way is closed. Files come from a server on loopback."""
import json
import pathlib
import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import App, wait_until  # noqa: E402
from github_action import ASSET, PROGRAMS, VERSION, ReleaseServer, action_copy, closed_port, programs, release  # noqa: E402
from github_process import tracked  # noqa: E402
from github_runner import Runner  # noqa: E402

ADDRESS = f"/mirror/v{VERSION}/" + ASSET.format(VERSION)


class Delivery(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lg-deliver-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.app = App(self.root)
        self.app.commit()
        self.asset, self.digest = release(self.root)
        self.server = ReleaseServer({ADDRESS: self.asset})
        self.addCleanup(self.server.close)
        self.path = []

    def action(self, **options):
        """With the right sum, unless told otherwise."""
        self.copy = action_copy(self.root, **{"sums": {ASSET.format(VERSION): self.digest}, **options})

    def start(self, cancel_when=None, uses="OWNER/lastgood@v", **inputs):
        """One job with one step of the action."""
        if not (self.root / "action").exists():
            self.action()
        given = {"step": "run", "mirror-url": self.server.url, **{name.replace("_", "-"): value for name, value in inputs.items()}}
        lines = "".join(f"          {name}: {json.dumps(value)}\n" for name, value in given.items() if value is not None)
        workflow = self.root / "workflow.yml"
        workflow.write_text("on: push\nenv: { LASTGOOD_DOWNLOAD_PATIENCE: 1 }\njobs:\n  a:\n    runs-on: x\n    steps:\n"
                            f"      - id: a\n        uses: {uses}\n        with:\n{lines}")
        runner = Runner(workflow, self.app.remote, self.root / "runner", actions={"OWNER/lastgood": self.copy, "./lastgood": self.copy}, path=self.path)
        self.addCleanup(runner.close)
        self.cache = runner.tool_cache
        job = runner.run(cancel_when=cancel_when).jobs["a"]
        self.assertEqual(job.killed, [], "a process was left behind")
        return job

    def assert_delivered(self, words, job, directory=None):
        self.assertEqual(job.result, "success", job.log)
        self.assertIn(f"lastgood: {VERSION} {words}", job.log)
        self.assertIn(f"started lastgood ({directory}/lastgood) with 1:" if directory else "started lastgood", job.log)

    def assert_refused(self, words, job):
        self.assertEqual(job.result, "failure", job.log)
        self.assertIn(words, job.log)
        self.assertRegex(job.log, r"error: [a-z/].*\n(  detail: .*\n)?  changed: nothing\n  next: \S")
        self.assertIn("lastgood", [each.get("title") for each in job.annotations], "an annotation")
        self.assertNotIn("started", job.log)

    # --- what is there already -------------------------------------------------------------------------------------------------

    def test_a_given_directory_is_used_and_nothing_is_asked_of_the_network(self):
        here = programs(self.root / "here")
        self.assert_delivered("as given", self.start(path=str(here)), here)
        self.assertEqual(self.server.asked, [])

    def test_a_given_directory_of_another_version_or_with_a_program_missing_is_refused(self):
        old = programs(self.root / "old", "0.0.9")
        self.assert_refused("holds lastgood 0.0.9, not 0.1.0", self.start(path=str(old)))
        self.assertIn(f"lastgood: 0.0.9 as given: {old}", self.start(path=str(old), version="v0.0.9").log)
        self.assert_refused("lastgood-verify is missing", self.start(path=str(programs(self.root / "few", only=PROGRAMS[:3]))))

    def test_a_path_that_a_shell_would_have_read_otherwise_is_refused(self):
        for path in ("$HOME/bin", "~/bin", "/tmp\nbin=/x", "/tmp/`id`"):
            with self.subTest(path=path):
                self.assert_refused("the input path holds", self.start(path=path))

    def test_path_is_used_where_the_version_fits_and_named_where_it_does_not(self):
        self.path = [programs(self.root / "fits")]
        self.assert_delivered("from PATH", self.start(), self.path[0])
        self.path = [programs(self.root / "old", "0.0.9")]
        job = self.start()
        self.assertIn("old holds lastgood 0.0.9, not 0.1.0: not used", job.log)
        self.assert_delivered("from the release", job)
        self.assert_refused("lastgood 0.1.0 is not in PATH", self.start(install="path"))

    # --- a release -------------------------------------------------------------------------------------------------------------

    def test_a_release_is_checked_unpacked_and_kept_in_the_tool_cache(self):
        job = self.start()
        self.assertIn(f"SHA-256 {self.digest}, as listed", job.log)
        self.assert_delivered("from the release", job, self.cache / f"lastgood/{VERSION}/x64/bin")
        self.assert_delivered("from the tool cache", self.start(install="release"))
        self.assertEqual(self.server.asked, [ADDRESS])
        self.assertEqual([path.name for path in (self.cache / f"lastgood/{VERSION}").iterdir() if "." in path.name], ["x64.complete"])

    def test_a_cache_that_somebody_cleaned_is_fetched_again(self):
        self.start()
        shutil.rmtree(self.cache / f"lastgood/{VERSION}/x64/bin")
        job = self.start()
        self.assertIn("fetching it again", job.log)
        self.assert_delivered("from the release", job, self.cache / f"lastgood/{VERSION}/x64/bin")
        self.assert_delivered("from the tool cache", self.start(install="release"))

    def test_what_does_not_unpack_leaves_nothing_in_the_cache(self):
        self.server.files[ADDRESS] = b"no archive"
        self.action(sums={ASSET.format(VERSION): hashlib.sha256(b"no archive").hexdigest()})
        self.assert_refused("does not unpack", self.start(install="release"))
        self.assertEqual(list((self.cache / f"lastgood/{VERSION}").iterdir()), [])

    def test_another_sum_in_the_table_does_not_take_what_the_cache_holds(self):
        self.start()
        (self.root / "again").mkdir()
        asset, digest = release(self.root / "again", folder="elsewhere-{0}")
        shutil.rmtree(self.copy)
        self.digest, self.server.files[ADDRESS] = digest, asset
        self.action()
        self.assert_refused("does not unpack into lastgood-0.1.0", self.start())
        self.assertEqual(len(self.server.asked), 2)

    def test_a_wrong_sum_ends_it_and_names_both(self):
        self.action(sums={ASSET.format(VERSION): "0" * 64}, source=True)
        for install in ("auto", "release"):
            job = self.start(install=install)
            self.assert_refused(f"expected {'0' * 64}, received {self.digest}", job)
            self.assertIn("the asset is not the one that this action was released with", job.log)
            self.assertNotIn("building", job.log)
            self.assertFalse((self.cache / "lastgood").exists())

    def test_an_asset_that_is_not_listed_is_not_downloaded(self):
        self.action(sums={})
        self.assert_refused(f"{ASSET.format(VERSION)} is not in the action's checksums.txt", self.start(install="release"))
        self.assertEqual(self.server.asked, [])

    def test_another_version_than_the_actions_own_by_its_listed_sum(self):
        asset, digest = release(self.root, "0.0.9")
        self.server.files[ADDRESS.replace(VERSION, "0.0.9")] = asset
        self.action(sums={ASSET.format(VERSION): self.digest, ASSET.format("0.0.9"): digest})
        self.assertIn("lastgood: 0.0.9 from the release", self.start(version="0.0.9").log)
        self.assert_refused("that is no version", self.start(version="latest"))

    def test_trouble_that_passes_is_waited_for(self):
        self.server.trouble = [503, "hang"]
        self.assert_delivered("from the release", self.start())
        self.assertEqual(len(self.server.asked), 3)

    def test_a_release_that_cannot_be_had(self):
        self.action(source=True)
        self.server.files = {}
        for url, trouble, words in ((self.server.url, [], "the server says no"), (closed_port(), [], "the connection was refused"),
                                    (self.server.url, ["hang"] * 3, "no answer in 1 s")):
            with self.subTest(words=words):
                self.server.trouble = trouble
                began = time.monotonic()
                self.assert_refused(words, self.start(mirror_url=url, install="release"))
                self.assertLess(time.monotonic() - began, 20)
        job = self.start()
        self.assertIn("cannot be had (the server says no): building from source instead", job.log)
        self.assert_delivered("built from source", job)

    def test_where_no_address_is_known_and_where_it_is_none(self):
        self.assert_refused("used from the workspace and no mirror-url is given", self.local(mirror_url=None, install="release"))
        for url in ("ftp://x/y", "https://x y", "file:///etc"):
            with self.subTest(url=url):
                self.assert_refused("that is no address of a mirror", self.start(mirror_url=url))

    def local(self, **inputs):
        return self.start(uses="./lastgood", **inputs)

    # --- from source -------------------------------------------------------------------------------------------------------------

    def test_a_build_is_kept_for_the_same_source_only(self):
        self.action(sums={}, source=True)
        self.assert_delivered("built from source", self.start(install="build"))
        self.assert_delivered("built by an earlier job", self.start(install="build"))
        (self.copy / "common/more.hpp").write_text("// changed\n")
        self.assert_delivered("built from source", self.start())

    def test_a_build_that_fails_shows_the_compilers_words_as_words(self):
        self.action(sums={})
        job = self.start()
        self.assert_refused("the build from source failed", job)
        self.assertIn("## [error]no compiler", job.log)
        self.assertEqual(len([each for each in job.annotations if "no compiler" in each["message"]]), 0)

    def test_only_the_own_version_is_built(self):
        self.action(source=True)
        self.assert_refused("holds the source of 0.1.0, not of 0.0.9", self.start(install="build", version="0.0.9"))

    def test_a_cancelled_download_and_a_cancelled_build_end_at_once(self):
        self.server.trouble = ["hang"] * 3
        self.action(source=True)
        (self.copy / "steps/program.cpp").write_text("#include __FILE__\n" * 2 + "int main() {}\n")  # never done
        for inputs, condition in (({}, lambda: self.server.asked), ({"install": "build"}, lambda: subprocess.run(["pgrep", "-f", "cc1plus.*steps/program"], capture_output=True).stdout)):
            with self.subTest(inputs=inputs):
                began = []
                job = self.start(cancel_when=lambda: condition() and not began.append(time.monotonic()), **inputs)
                self.assertEqual(job.result, "cancelled", job.log)
                self.assertLess(time.monotonic() - began[0], 5)
                wait_until(lambda: not tracked(job.tracking), what="nothing is left")

    # --- what is missing on the machine ------------------------------------------------------------------------------------------

    def test_a_missing_libpq_is_named_with_its_package(self):
        here = programs(self.root / "here")
        source = self.root / "needs.c"
        source.write_text("extern int PQlibVersion(void);\nint main(void) { return PQlibVersion() == 0; }\n")
        # A program that does not look where the machine's libraries are: for it they are missing.
        subprocess.run(["gcc", source, "-o", here / "lastgood", "-Wl,-z,nodefaultlib", "-lpq"], check=True)
        self.assert_refused("this machine lacks libpq.so.5, of the Debian and Ubuntu package libpq5 (sudo apt-get install libpq5)", self.start(path=str(here)))

    def test_ways_that_do_not_exist_or_exclude_each_other(self):
        self.assert_refused('there is no way to install called "curl"', self.start(install="curl"))
        self.assert_refused("exclude each other", self.start(install="build", path="/usr/bin"))


if __name__ == "__main__":
    unittest.main()
