"""What the three shells complete behind our programs' names, asked of the shells themselves."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN  # noqa: E402

# A line up to the cursor, what must be offered, and what must not.
LINES = [("lastgood ba", {"backups", "backup-capture"}, {"run"}),
         ("lastgood backups p", {"prove", "prune"}, {"list"}),
         ("lastgood backups prune --", {"--confirm", "--acknowledge", "--pipeline"}, {"--strategy"}),
         ("lastgood-rollback --strategy ", {"restore", "down", "auto"}, {"--undo"}),
         ("lastgood rollback --s", {"--strategy"}, {"--pipeline"}),
         ("lastgood status --log-level de", {"debug"}, {"info"}),
         ("lastgood-verify --junit re", {"results.xml"}, {"run"})]

BASH = """source "$1"
read -ra COMP_WORDS <<<"$2"; [[ $2 == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_lastgood 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""
# The widgets of zsh's own completion want a terminal; these say what they were given.
ZSH = """compdef() { : }
_describe() { for entry in ${(P)2}; do [[ $entry == $words[CURRENT]* ]] && print -r -- ${entry%%:*}; done }
compadd() { shift; for entry in $@; do [[ $entry == $words[CURRENT]* ]] && print -r -- $entry; done }
_files() { print -rl -- $words[CURRENT]*(N) }
_message() { : }
source "$1"
words=(${(z)2}); [[ $2 == *" " ]] && words+=('')
CURRENT=$#words
_lastgood
"""


class Completion(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="lg-test-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.directory)
        (self.directory / "results.xml").touch()

    def script(self, shell):
        text = subprocess.run([BIN / "lastgood", "completion", shell], text=True, capture_output=True, check=True, cwd="/", stdin=subprocess.DEVNULL).stdout
        path = self.directory / f"completion.{shell}"
        path.write_text(text)
        return path

    def assert_completes(self, shell, command):
        script = self.script(shell)
        for line, wanted, unwanted in LINES:
            with self.subTest(line=line):
                done = subprocess.run([*command, script, line], text=True, capture_output=True, cwd=self.directory, stdin=subprocess.DEVNULL,
                                      env={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(self.directory), "LC_ALL": "C.UTF-8"})
                offered = {entry.split("\t")[0].split("/")[-1].strip() for entry in done.stdout.splitlines()}
                self.assertLessEqual(wanted, offered, done.stderr)
                self.assertFalse(unwanted & offered, offered)

    def test_bash(self):
        self.assert_completes("bash", ["bash", "--norc", "-c", BASH, "bash"])

    def test_zsh(self):
        self.assert_completes("zsh", ["zsh", "-f", "-c", ZSH, "zsh"])

    def test_fish(self):
        self.assert_completes("fish", ["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]"])

    def test_another_shell_is_refused_by_name(self):
        done = subprocess.run([BIN / "lastgood", "completion", "tcsh"], text=True, capture_output=True, cwd="/", stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 2)
        self.assertIn("next: lastgood completion bash", done.stderr)


if __name__ == "__main__":
    unittest.main()
