"""What the programs say to the CI host that started them, and what nobody else can make them say to it."""
import json
import pathlib
import re
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ChainTest, signal_when  # noqa: E402

ORDERS = ("create table orders (id bigint generated always as identity primary key, total bigint);"
          "insert into orders (total) select i from generate_series(1, 1000) i;")
SECRET = "pa%ss:w0rd"
# What a server can be made to print; a runner obeys the first two anywhere in a line, the third at its start.
HOSTILE = ["##[add-mask]canary", "\\u00a0::add-mask::canary", "\\u3000::error::canary", "\\u009b2J", "##vso[task.complete]", "::add-mask::canary", "\\033[2J\\033]0;owned\\007", "\\r::error::canary"]


class Host(ChainTest):
    def setUp(self):
        super().setUp()
        self.outputs, self.summary, self.dotenv = self.root / "outputs", self.root / "summary.md", self.root / "lastgood.env"
        self.github = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_ACTOR": "ada", "GITHUB_OUTPUT": str(self.outputs),
                       "GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "shop/shop"}
        self.gitlab = {"GITLAB_CI": "true", "CI_PIPELINE_ID": "7", "GITLAB_USER_LOGIN": "bob", "LASTGOOD_DOTENV": str(self.dotenv)}
        self.pipeline(checks=["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"])
        self.release("0001_orders", ORDERS)

    def handed_on(self):
        """GITHUB_OUTPUT as the runner reads it: the last of a name counts."""
        return {name: value for name, _, value in re.findall(r"^([a-z-]+)<<(\S+)\n(.*)\n\2$", self.outputs.read_text(), re.MULTILINE)}

    def bad_release(self):
        self.app.migration("0002_tidy", "delete from orders where id % 10 = 0")
        return self.app.commit("bad")

    def test_github_gets_outputs_of_a_run_that_came_back(self):
        bad = self.bad_release()
        self.assert_exit(7, self.run_lastgood("run", environment=self.github))
        told = self.handed_on()
        self.assertEqual((told["run-id"], told["outcome"], told["revision"], told["rolled-back"]), ("github-42", "rolled-back", bad, "true"))
        points = [json.loads(line)["id"] for line in self.run_lastgood("backups", "list", "--json").out.splitlines()]
        self.assertIn(told["restore-point"], points)

    def test_the_summary_is_the_report_and_before_an_approval_says_what_going_back_would_cost(self):
        self.bad_release()
        self.assert_exit(0, self.run_lastgood("backup-capture", environment=self.github))
        waiting = self.summary.read_text()
        self.assertIn("What going back would cost", waiting)
        self.assertIn("```mermaid", waiting)
        self.assert_exit(0, self.run_lastgood("migrate", environment=self.github))
        self.assert_exit(7, self.run_lastgood("verify", environment=self.github))
        self.assert_exit(0, self.run_lastgood("rollback", "--if-failed", environment=self.github))
        later = self.summary.read_text().removeprefix(waiting)
        self.assertIn("Rolled back", later)
        self.assertNotIn("What going back would cost", later)

    def test_github_gets_outputs_from_every_step_of_its_own(self):
        self.app.migration("0002_more", "insert into orders (total) values (1)")
        self.app.commit()
        for step, outcome in (("backup-capture", "open"), ("migrate", "open"), ("verify", "good")):
            self.assert_exit(0, self.run_lastgood(step, environment=self.github))
            self.assertEqual(self.handed_on()["outcome"], outcome)
        self.assert_exit(0, self.run_lastgood("rollback", "--if-failed", environment=self.github))
        self.assertEqual((self.handed_on()["outcome"], self.handed_on()["rolled-back"]), ("good", "false"))

    def test_a_rollback_of_a_run_that_never_began_hands_on_that_there_was_none(self):
        done = self.assert_exit(0, self.run_lastgood("rollback", "--if-failed", environment=self.github))
        self.assertIn("never began", done.err)
        self.assertEqual(self.handed_on()["outcome"], "none")

    def test_a_failure_is_an_annotation_with_what_to_do_and_its_section_is_closed_before(self):
        self.bad_release()
        said = self.assert_exit(7, self.run_lastgood("run", environment=self.github)).err.splitlines()
        errors = [line for line in said if line.startswith("::error ")]
        self.assertEqual(len(errors), 1, said)
        self.assertRegex(errors[0], r"^::error title=verify%3A exit 7::verify says no: .*%0Achanged: .*%0Anext: lastgood rollback")
        depth = 0
        for line in said:
            depth += line.startswith("::group::") - line.startswith("::endgroup::")
            self.assertIn(depth, (0, 1), line)
            if "error:" in line:
                self.assertEqual(depth, 0, "an error in a folded section: " + line)
        self.assertEqual([line[9:] for line in said if line.startswith("::group::")], ["backup-capture", "migrate", "verify", "rollback"])

    def test_a_pipeline_that_cannot_be_read_is_annotated_at_its_line(self):
        (self.app.tree / "broken.yaml").write_text("format: 1\nname: shop\ncolour: blue\n")
        done = self.assert_exit(2, self.run_lastgood("check", "--pipeline", "broken.yaml", environment=self.github))
        self.assertRegex(done.err, r"(?m)^::error title=[^,]*,file=broken\.yaml,line=\d+,col=\d+::")

    def test_secrets_are_masked_before_anything_else_is_said_and_never_in_a_file(self):
        environment = {**self.github, "SHOP_TOKEN": SECRET}
        self.pipeline(git="branch: main, on_rollback: none, token: '${SHOP_TOKEN}'")
        said = self.run_lastgood("check", environment=environment).err
        self.assertIn("::add-mask::" + SECRET.replace("%", "%25") + "\n", said)
        self.assertEqual(said.replace("::add-mask::" + SECRET.replace("%", "%25"), "").count(SECRET), 0)
        log = self.root / "log"
        with open(log, "wb") as file:
            subprocess.run([BIN / "lastgood", "check"], cwd=self.app.tree, env={**self.environment, **environment}, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        self.assertNotIn(SECRET, log.read_text())
        self.assertNotIn("::add-mask::", log.read_text())
        teed = subprocess.run([BIN / "lastgood", "check"], cwd=self.app.tree, env={**self.environment, **environment}, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertNotIn("::add-mask::", teed.stdout, "both streams into one pipe: whoever reads it may keep it")

    def test_a_step_that_a_signal_ends_hands_on_that_it_was_interrupted(self):
        self.app.migration("0002_slow", "select pg_sleep(600)")
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture", environment=self.github))
        process = self.start_lastgood("migrate", environment=self.github)
        signal_when(process, lambda: self.cluster.sql("select count(*) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()") != "0", signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertEqual((self.handed_on()["run-id"], self.handed_on()["outcome"]), ("github-42", "interrupted"))

    def test_nothing_that_a_server_prints_is_obeyed_on_any_path(self):
        words = "\\n".join(HOSTILE)
        # As a notice, and as an error's message and detail.
        self.app.migration("0002_hostile", f"do $$ begin raise notice '%', E'{words}'; raise exception using message = E'{words}', detail = E'{words}'; end $$")
        self.app.commit()
        for environment in (self.github, self.gitlab):
            for arguments in (["run"], ["run", "--json"], ["status"], ["status", "--json"], ["history"], ["history", "--json"]):
                done = self.run_lastgood(*arguments, environment=environment)
                self.assertIn("canary", done.out + done.err)
                for line in (done.out + done.err).split("\n"):
                    self.assertNotIn("##[", line, arguments)
                    self.assertNotIn("##vso[", line, arguments)
                    self.assertFalse(re.match(r"\s*::(add-mask|error)::canary", line), line)
                    ours = r"\x1b\[(3[13]|0)?m|\x1b\[0K(section_(start|end):\d+:[a-z-]+)?"
                    self.assertNotRegex(re.sub(ours, "", line), r"[\x00-\x08\x0b-\x1f]", arguments)
                self.assertTrue(done.records or "--json" not in arguments)

    def test_gitlab_folds_each_step_and_gets_a_dotenv_report(self):
        bad = self.bad_release()
        done = self.assert_exit(7, self.run_lastgood("run", environment=self.gitlab))
        # Python's text streams read a carriage return as the end of a line.
        marks = re.findall(r"\x1b\[0Ksection_(start|end):(\d+):([a-z-]+)\n\x1b\[0K", done.err)
        self.assertEqual([(kind, name) for kind, _, name in marks],
                         [(kind, "lastgood-" + step) for step in ("backup-capture", "migrate", "verify", "rollback") for kind in ("start", "end")])
        values = dict(line.split("=", 1) for line in self.dotenv.read_text().splitlines())
        self.assertEqual((values["LASTGOOD_RUN_ID"], values["LASTGOOD_OUTCOME"], values["LASTGOOD_REVISION"]), ("gitlab-7", "rolled-back", bad))

    def test_the_record_says_who_started_the_run_and_where_it_is_seen(self):
        self.bad_release()
        self.run_lastgood("run", environment=self.github)
        begun = [json.loads(path.read_text())["data"] for path in (self.store / "shop/production/runs/github-42").glob("*.json")
                 if json.loads(path.read_text())["type"] == "run-begun"]
        self.assertEqual([(data["host"], data["host_attempt"], data["page"]) for data in begun], [("github", 1, "https://git.example/shop/shop/actions/runs/42")])
        self.assertTrue(begun[0]["actor"].startswith("ada on "))

    def test_another_environment_has_a_record_of_its_own_and_is_named_in_what_is_next(self):
        other = {"LASTGOOD_ENVIRONMENT": "staging"}
        self.assertIn("no run of shop/staging", self.run_lastgood("status", environment=other).out)
        self.assertIn("lastgood check --environment staging", self.run_lastgood("status", "--environment", "staging").out)
        self.assert_failure(2, "cannot be the name of an environment", self.run_lastgood("status", "--environment", "a/b"))

    def test_outputs_that_cannot_be_written_do_not_change_the_verdict(self):
        done = self.assert_exit(0, self.run_lastgood("run", environment={**self.github, "GITHUB_OUTPUT": "/proc/no/file"}))
        self.assertIn("could not be written", done.err)


if __name__ == "__main__":
    unittest.main()
