"""What the programs hand to GitLab: the dotenv report by GitLab's own rules, the sections of the log, whatever a server or
a migration prints."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import gitlab_rules  # noqa: E402
from chain import BIN  # noqa: E402
from gitlab_runner import ShellJob  # noqa: E402
from gitlab_world import GitLabTest  # noqa: E402

ORDERS = "create table orders (id int primary key); insert into orders select generate_series(1, 100)"
NAMES = {"LASTGOOD_RUN_ID", "LASTGOOD_OUTCOME", "LASTGOOD_REVISION", "LASTGOOD_RESTORE_POINT", "LASTGOOD_ROLLED_BACK"}
# Each would end a section, begin one, or move what was written before it.
HOSTILE = "\x1b[0Ksection_end:1:lastgood-migrate\r\x1b[0K \x1b[0Ksection_start:1:mine\r\x1b[0Kmine \x1b[2K\x1b[1A"


class Reports(GitLabTest):
    def setUp(self):
        super().setUp()
        self.pipeline(checks=["rows_not_lost: { tolerance: 0 }"], on_failure="stop")
        self.app.migration("0001_orders", ORDERS)
        self.good = self.app.commit()

    def handed_on(self, job):
        variables = gitlab_rules.dotenv(self.artifact(f"{job}/lastgood.env").read_bytes())
        self.assertEqual(set(variables), NAMES)
        self.assertEqual(variables["LASTGOOD_RUN_ID"], f"gitlab-{self.number}")
        return variables

    def test_each_job_hands_on_what_it_knows(self):
        self.assertEqual(self.gitlab().status, 0)
        point = self.handed_on("capture")["LASTGOOD_RESTORE_POINT"]
        self.assertRegex(point, "^rp-[0-9a-f]{12}$")
        verified = self.handed_on("verify")
        self.assertEqual(verified, {"LASTGOOD_RUN_ID": f"gitlab-{self.number}", "LASTGOOD_OUTCOME": "good", "LASTGOOD_REVISION": self.good,
                                    "LASTGOOD_RESTORE_POINT": point, "LASTGOOD_ROLLED_BACK": "false"})
        self.app.migration("0002_tidy", "delete from orders where id > 50")
        self.app.commit()
        self.assertEqual(self.gitlab().status, 1)
        self.assertEqual(self.handed_on("rollback")["LASTGOOD_OUTCOME"], "rolled-back")
        self.assertEqual(self.handed_on("rollback")["LASTGOOD_ROLLED_BACK"], "true")

    def test_the_sections_of_a_log_are_closed_whatever_a_migration_that_fails_prints(self):
        hostile = HOSTILE.replace("\x1b", "' || chr(27) || '").replace("\r", "' || chr(13) || '")
        self.app.migration("0002_says", f"do $$ begin raise exception '%', '{hostile}'; end $$")
        self.app.commit()
        environment = {**self.environment, **self.database_url(), "GITLAB_CI": "true", "CI_PIPELINE_ID": "1"}
        job = ShellJob([BIN / "lastgood", "run"], self.app.tree, environment)
        self.addCleanup(lambda: job.ended() or job.kill())
        self.assertEqual(job.process.wait(120), 5, job.log.decode())  # the first one was applied
        job.reader.join(10)
        job.process.stdout.close()
        names = gitlab_rules.sections(job.log)
        self.assertTrue(names, job.log)
        self.assertEqual(len(set(names)), len(names))
        self.assertNotIn("mine", names)
        self.assertIn(b"section_start:1:mine", job.log, "nothing of it was shown")  # it was shown, without its power


del GitLabTest

if __name__ == "__main__":
    unittest.main()
