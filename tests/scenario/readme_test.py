"""README.md, read from the top as somebody new to it: its pipeline as it stands, and every command that it names."""
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ROOT, ChainTest, Cluster  # noqa: E402

README = (ROOT / "README.md").read_text()
ORDERS = ("create table orders (id bigint generated always as identity primary key, total bigint);"
          "insert into orders (total) select i from generate_series(1, 1000) i;")
# What other tests run.
ELSEWHERE = {"pipelines/demo/run": "tests/run demo", "tests/run": "whoever runs this", "tests/bench/restore_points.py": "tests/run bench",
             "tests/bench/migrations.py": "tests/run bench", "cmake --install build/release --prefix DIR": "tests/run install",
             "cmake --preset release && cmake --build --preset release": "tests/run package"}


def commands_of_readme():
    """Commands in backquotes, and lines of the blocks that are no YAML and no message."""
    text = README.replace("\\|", "|")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    found = {words for words in re.findall(r"`([^`]+)`", prose) if re.match(r"(lastgood [a-z]|cmake |pipelines/demo/run|tests/run\b|tests/bench/\w)", words)}
    for kind, block in blocks:
        for line in block.splitlines():
            if not kind and (command := re.match(r"(?:job \w+ +)?((lastgood [a-z][a-z-]+( --[a-z-]+)?)|pipelines/demo/run|tests/run)(?=  |$)", line)):
                found.add(command[1])
            if kind == "yaml" and "#" in line:
                found |= {words.strip() for words in line.split("#", 1)[1].replace(" prints it", "").split(";") if re.match(r" *(age-keygen|openssl) ", words)}
    return found


class Readme(ChainTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prover = Cluster()
        cls.prover.sql(f"create role {cls.owner} login createdb")

    @classmethod
    def tearDownClass(cls):
        cls.prover.close()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.ran = set()
        self.environment["PROVE_URL"] = self.prover.url(user=self.owner)
        self.environment["PATH"] = f"{BIN}:{self.environment['PATH']}"

    def does(self, command, status=0, **words):
        """Types a command as the README has it, its capital words and brackets filled in."""
        self.ran.add(command)
        typed = command
        for word, value in words.items():
            typed = typed.replace(f"[{word}]", value).replace(word, value)
        done = subprocess.run(["bash", "-c", typed], cwd=self.app.tree, env=self.environment, text=True, capture_output=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, f"{typed}\n{done.stdout}\n{done.stderr}")
        return done

    def use_the_pipeline_of_the_readme(self):
        pipeline = re.search(r"^```yaml\n(format: 1\n.*?)^```$", README, re.MULTILINE | re.DOTALL)[1]
        self.app.write("lastgood.yaml", pipeline.replace("file:/var/lib/lastgood", f"file:{self.store}"))

    def release(self, name, sql, status=0):
        self.app.migration(name, sql)
        commit = self.app.commit(name)
        self.does("lastgood run", status)
        return commit

    def the_newest_point(self):
        return [record["id"] for record in self.run_lastgood("backups", "list", "--json").records][-1]

    def test_every_command_does_what_it_is_said_to_do(self):
        self.use_the_pipeline_of_the_readme()
        self.app.write("migrations/.keep", "")
        live = self.app.commit("what is live")
        self.does("lastgood adopt REVISION", REVISION=live)
        self.app.migration("0001_orders", ORDERS)
        self.app.commit("a first release")
        (self.app.tree / "lastgood.yaml").unlink()
        self.does("lastgood init")
        self.assertIn("framework: sql", (self.app.tree / "lastgood.yaml").read_text())
        self.use_the_pipeline_of_the_readme()
        self.does("lastgood check")
        self.does("lastgood run")
        self.assertEqual(json.loads(self.run_lastgood("status", "--json").out)["outcome"], "good")
        self.does("lastgood status")
        self.assertIn("good", self.does("lastgood history").stdout)
        self.assertIn("## ", self.does("lastgood report [RUN]", RUN="").stdout)
        self.does("lastgood schema")
        self.does("lastgood manual [PROGRAM]", PROGRAM="verify")
        self.does("lastgood manual rollback | man -l -")
        self.does("lastgood completion SHELL", SHELL="fish")
        point = self.the_newest_point()
        self.does("lastgood backups list")
        self.does("lastgood backups verify [ID]", ID=point)
        self.does("lastgood backups prove ID", ID=point)
        self.does("lastgood backups download ID --to DIR", ID=point, DIR=str(self.root / "out"))
        self.does("lastgood backups prune --confirm ENVIRONMENT", ENVIRONMENT="production")
        self.does("lastgood backups prune", 2)

        bad_sql = "update orders set total = null where id = 7"
        bad = self.release("0002_bad", bad_sql, 7)
        self.assertEqual(self.sql("select count(*) from orders where total is null"), "0")
        self.does("lastgood run --again COMMIT", 7, COMMIT=bad)
        self.does("lastgood rollback --undo")
        self.assertEqual(self.sql("select count(*) from orders where total is null"), "1")

        # What is live has the second migration again; the third mends it.
        self.app.git("pull", "-q", "origin", "main")
        self.app.migration("0002_bad", bad_sql)
        self.app.migration("0003_good", "update orders set total = id where total is null")
        self.app.commit("steps one by one")
        self.does("lastgood backup-capture")
        self.does("lastgood migrate")
        self.does("lastgood rollback --dry-run")
        self.does("lastgood verify")
        self.does("lastgood rollback --if-failed")
        self.app.commit("left open")
        self.does("lastgood backup-capture")
        run = json.loads(self.run_lastgood("status", "--json").out)["run"]
        self.does("lastgood run --take-over RUN", RUN=run)
        self.app.commit("to be returned")
        self.does("lastgood backup-capture")
        self.does("lastgood rollback")
        self.does("age-keygen -o identity.txt")
        self.does("openssl genpkey -algorithm ed25519 -out signing.pem")
        self.assertIn("MCowBQYDK2VwAyEA", self.does("openssl pkey -in signing.pem -pubout").stdout)

        self.assertEqual(commands_of_readme() - self.ran - set(ELSEWHERE), set(), "commands that nothing here runs")
        self.assertEqual((self.ran | set(ELSEWHERE)) - commands_of_readme(), set(), "commands that it does not name")

    def test_every_file_that_it_points_to_is_there(self):
        for target in re.findall(r"\]\(([^)#]+)", README):
            self.assertTrue((ROOT / target).exists(), target)

    def test_what_both_first_commands_want_is_installed_by_them(self):
        for script in ("pipelines/demo/run", "tests/run"):
            self.assertTrue(os.access(ROOT / script, os.X_OK), script)
            self.assertIn("tests/setup", (ROOT / script).read_text())


if __name__ == "__main__":
    unittest.main()
