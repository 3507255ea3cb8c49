"""What the five programs say of themselves: every option they take, every exit status, one version."""
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ROOT  # noqa: E402

COMMON = {"--help", "--version", "--pipeline", "--environment", "--run-id", "--dry-run", "--json", "--log-level"}
OWN = {"lastgood": set(),
       "lastgood-backup-capture": {"--again"},
       "lastgood-migrate": {"--try"},
       "lastgood-verify": {"--junit"},
       "lastgood-rollback": {"--to", "--strategy", "--undo", "--accept-loss", "--without-store", "--if-failed", "--confirm"}}
COMMANDS = {("init",): {"--output"}, ("schema",): set(), ("run",): {"--take-over", "--again"}, ("check",): {"--code"}, ("status",): set(), ("history",): {"--html"}, ("report",): {"--html", "--markdown", "--limit"}, ("backups",): set(),
            ("backups", "list"): set(), ("backups", "show"): set(), ("backups", "verify"): set(), ("backups", "prove"): set(), ("backups", "download"): {"--to"},
            ("backups", "prune"): {"--acknowledge", "--confirm"}, ("adopt",): {"--confirm"}, ("manual",): set(), ("completion",): set()}
STATUSES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 129, 130, 143]


def said(program, *arguments, directory="/"):
    """Standard output; the program needs neither a pipeline nor a repository for it."""
    done = subprocess.run([BIN / program, *arguments], text=True, capture_output=True, check=True, cwd=directory, stdin=subprocess.DEVNULL)
    assert not done.stderr, done.stderr
    return done.stdout


def options_of(text):
    """Those of the list of options, each with its explanation."""
    listed = text.split("\nOptions:\n")[1].split("\nEXIT STATUS\n")[0]
    return {name: explanation.strip() for name, explanation in
            re.findall(r"^  (?:-\w,)?(--[a-z-]+)(?: [A-Z]+)?(?:=\S+)?\s+(\S.*)$", listed, re.MULTILINE)}


class Help(unittest.TestCase):
    def test_every_option_of_a_program_is_listed_and_explained(self):
        for program, own in OWN.items():
            with self.subTest(program=program):
                listed = options_of(said(program, "--help"))
                self.assertEqual(set(listed), COMMON | own)
                self.assertTrue(all(listed.values()), listed)
                self.assertEqual(said(program, "-h"), said(program, "--help"))

    def test_every_command_of_the_driver_lists_its_own_options(self):
        for command, own in COMMANDS.items():
            with self.subTest(command=command):
                text = said("lastgood", *command, "--help")
                self.assertLessEqual(own | {"--help"}, set(options_of(text.split("\nSubcommands:")[0] + "\nEXIT STATUS\n")))
                self.assertIn("EXIT STATUS", text)

    def test_the_driver_names_every_command_and_every_step(self):
        text = said("lastgood", "--help")
        for word in [command[0] for command in COMMANDS] + [program.removeprefix("lastgood-") for program in OWN]:
            self.assertIn(word, text)
        text = said("lastgood", "backups", "--help")
        for command in COMMANDS:
            if command[0] == "backups":
                self.assertIn(command[-1], text)

    def test_a_listed_option_is_accepted_and_an_unlisted_one_is_not(self):
        values = {"--pipeline": "/nowhere.yaml", "--environment": "blue", "--run-id": "r", "--log-level": "info", "--again": "HEAD", "--to": "r", "--confirm": "production"}
        for program in OWN:
            command = ["status"] if program == "lastgood" else []
            for option in sorted(set().union(COMMON, *OWN.values()) - {"--help", "--version"}):
                with self.subTest(program=program, option=option):
                    value = [values[option]] if option in values else []
                    done = subprocess.run([BIN / program, *command, option, *value], text=True, capture_output=True, cwd="/", stdin=subprocess.DEVNULL)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    unknown = "not expected" in done.stderr
                    self.assertEqual(unknown, option not in COMMON | OWN[program], done.stderr)

    def test_a_mistyped_option_names_the_nearest(self):
        for program, arguments, meant in (("lastgood", ["status", "--pipelin", "x"], "--pipeline"), ("lastgood", ["backups", "prune", "--confirn=x"], "--confirm"),
                                          ("lastgood-rollback", ["--acept-loss"], "--accept-loss"), ("lastgood", ["init", "--outpt", "x"], "--output")):
            done = subprocess.run([BIN / program, *arguments], text=True, capture_output=True, cwd="/", stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"; {meant} is near", done.stderr)
            self.assertIn(f"next: {' '.join([program, *(a for a in arguments if not a.startswith('-') and a != 'x')])} {meant}", done.stderr)

    def test_the_exit_statuses_are_those_of_the_interface_everywhere(self):
        sections = set()
        for program in OWN:
            section = said(program, "--help").split("EXIT STATUS\n")[1].strip("\n")
            self.assertEqual([int(line.split()[0]) for line in section.split("\n")], STATUSES)
            sections.add(section)
        self.assertEqual(len(sections), 1)

    def test_the_exit_statuses_are_those_of_the_readme(self):
        table = re.findall(r"^\| (\d+|129, 130, 143) \| ([^|]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
        section = said("lastgood", "--help").split("EXIT STATUS\n")[1]
        self.assertEqual([int(number) for numbers, _ in table for number in numbers.split(", ")], STATUSES)
        for numbers, meaning in table:
            if "," not in numbers:
                self.assertRegex(section, rf"(?m)^ +{numbers}  {re.escape(meaning)}$")

    def test_a_step_called_through_the_driver_says_the_same(self):
        for program in OWN:
            if program != "lastgood":
                step = program.removeprefix("lastgood-")
                self.assertEqual(said("lastgood", step, "--help"), said(program, "--help"))
                self.assertEqual(said("lastgood", step, "--version"), said(program, "--version"))

    def test_there_is_one_version(self):
        versions = set()
        for program in OWN:
            name, version = said(program, "--version").split()
            self.assertEqual(name, program)
            versions.add(version)
        self.assertEqual(len(versions), 1)
        self.assertRegex(versions.pop(), r"^\d+\.\d+\.\d+$")


if __name__ == "__main__":
    unittest.main()
