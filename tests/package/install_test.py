"""What `cmake --install` installs, from the build that is tested."""
import gzip
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/scenario"))
from chain import BIN  # noqa: E402

PROGRAMS = ["lastgood", "lastgood-backup-capture", "lastgood-migrate", "lastgood-rollback", "lastgood-verify"]


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = pathlib.Path(tempfile.mkdtemp(prefix="lg-test-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        for command in (["cmake", "--build", BIN.parent, "--target", "lastgood-programs", "lastgood-documents"],
                        ["cmake", "--install", BIN.parent, "--prefix", cls.prefix]):
            done = subprocess.run(command, text=True, capture_output=True)
            assert done.returncode == 0, done.stdout + done.stderr

    def said(self, program, *arguments):
        return subprocess.run([self.prefix / "bin" / program, *arguments], text=True, capture_output=True, check=True, cwd="/", stdin=subprocess.DEVNULL).stdout

    def text_of(self, path):
        return gzip.decompress((self.prefix / "share" / path).read_bytes()).decode()

    def test_all_programs_are_in_one_directory_and_find_each_other(self):
        self.assertEqual(sorted(path.name for path in (self.prefix / "bin").iterdir()), PROGRAMS)
        version = self.said("lastgood", "--version").split()[-1]
        for program in PROGRAMS[1:]:
            self.assertEqual(self.said(program, "--version"), self.said("lastgood", program.removeprefix("lastgood-"), "--version"))
            self.assertIn(version, self.said(program, "--version"))

    def test_the_ready_pipelines_find_their_schema(self):
        pipelines = self.prefix / "share/lastgood/pipelines"
        ready = sorted(pipelines.glob("*.yaml"))
        self.assertEqual([path.name for path in ready], sorted(path.name for path in (ROOT / "pipelines").glob("*.yaml")))
        for path in ready:
            modeline = path.read_text().splitlines()[0]
            self.assertTrue(modeline.startswith("# yaml-language-server: $schema="), path)
            self.assertTrue((pipelines / modeline.split("$schema=")[1]).is_file(), path)

    def test_the_documents_are_those_of_the_source(self):
        self.assertEqual(self.text_of("doc/lastgood/changelog.gz"), (ROOT / "CHANGELOG.md").read_text())
        self.assertIn("Apache-2.0", (self.prefix / "share/doc/lastgood/copyright").read_text())

    def test_every_program_has_its_page_of_the_manual(self):
        for program in PROGRAMS:
            page = self.text_of(f"man/man1/{program}.1.gz")
            self.assertEqual(page, self.said("lastgood", "manual", program))
            self.assertIn(program.upper(), page.upper().replace("\\-", "-"))

    def test_every_shell_finds_its_completion(self):
        for shell, path in {"bash": "bash-completion/completions/lastgood", "zsh": "zsh/vendor-completions/_lastgood",
                            "fish": "fish/vendor_completions.d/lastgood.fish"}.items():
            text = (self.prefix / "share" / path).read_text()
            self.assertEqual(text, self.said("lastgood", "completion", shell))
        # bash and fish look for a file of the command's own name.
        for program in PROGRAMS:
            for path in (f"bash-completion/completions/{program}", f"fish/vendor_completions.d/{program}.fish"):
                self.assertTrue((self.prefix / "share" / path).is_file(), path)
            self.assertIn("lastgood", text)


if __name__ == "__main__":
    unittest.main()
