"""A hotfix: a script for the live database, tried first, run in one transaction, and returned with its data if it was wrong."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402

ORDERS = """create table orders (id bigint primary key, total bigint);
insert into orders select i, case when i <= 3 then null else i * 100 end from generate_series(1, 1000) i;"""
MEND = "update orders set total = 0 where total is null;\n"
MENDED = 'sql: { query: "select count(*) from orders where total is null", expect: 0 }'


# A framework's shell in small: it connects as the application does, commits each statement, and runs what it is given.
SHELL = """
import os, sys, psycopg2
connection = psycopg2.connect(os.environ["DATABASE_URL"])
connection.autocommit = True

def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)

exec(sys.stdin.read())
"""


class Hotfix(ChainTest):
    def setUp(self):
        super().setUp()
        self.good, _ = self.release("0001_orders", ORDERS)
        self.before = self.world()

    def hotfix(self, script, rows=3, checks=None, on_failure="rollback"):
        """A script that nobody committed, and the pipeline that runs it."""
        (self.app.tree / "mend.sql").write_text(script)
        self.pipeline(checks=checks or [MENDED], on_failure=on_failure, migrate=f"hotfix: {{ script: mend.sql, expect_rows: {rows} }}")
        return self.run_lastgood("run")

    def assert_untouched(self):
        self.assertEqual(self.world()["rows"], self.before["rows"])
        self.assertEqual(self.app.remote_head(), self.before["branch"])
        self.assert_nothing_left()

    def test_it_is_tried_then_run_and_is_a_good_release_of_the_code_that_is_live(self):
        # Newer commits are not what is live.
        self.app.migration("0002_later", "create table later (id int)")
        self.app.commit()
        finished = self.assert_exit(0, self.hotfix(MEND))
        self.assertIn("tried mend.sql (sha256 ", finished.err)
        self.assertIn("UPDATE 3   update orders set total = ? where total is null", finished.err)
        self.assertLess(finished.err.index("tried mend.sql"), finished.err.index("capture shop"))
        self.assertEqual(self.sql("select count(*) from orders where total = 0"), "3")
        self.assertEqual(self.sql("select to_regclass('later')"), "")
        run = self.run_lastgood("status", "--json").record("run")
        self.assertEqual((run["outcome"], run["revision"]), ("good", self.good))

    def test_one_row_too_many_is_refused_and_nothing_is_changed(self):
        finished = self.assert_failure(3, "it touches 3 rows, 2 expected", self.hotfix(MEND, rows=2))
        self.assertIn("UPDATE 3", finished.err)
        self.assertNotIn("capture shop", finished.err)
        self.assert_untouched()
        self.assert_failure(3, "its statements touch [3, 1] rows, [3, 0] expected",
                            self.hotfix(MEND + "delete from orders where id = 7;", rows="[3, 0]"))
        self.assert_untouched()

    def test_rows_that_came_in_between_are_not_touched_either(self):
        (self.app.tree / "mend.sql").write_text(MEND)
        self.pipeline(checks=[MENDED], migrate="hotfix: { script: mend.sql, expect_rows: 3 }", on_failure="stop")
        self.assert_exit(0, self.run_lastgood("migrate", "--try"))
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.sql("insert into orders values (2000, null)")
        finished = self.assert_failure(3, "was not committed: it touches 4 rows, 3 expected", self.run_lastgood("migrate"))
        self.assertIn("changed: nothing", finished.err)
        self.assertEqual(self.sql("select count(*) from orders where total is null"), "4")

    def test_what_fails_or_ends_its_transaction_is_never_run_for_real(self):
        for script, status, said in (("update orders set total = 1 / 0;", 4, "division by zero"),
                                     ("update orders set total = 1; commit;", 3, "mend.sql:1: COMMIT would break"),
                                     ("vacuum orders;", 3, "cannot run inside a transaction"),
                                     ("  \n", 3, 'the hotfix "mend.sql" is not there, or empty')):
            with self.subTest(script):
                self.assert_failure(status, said, self.hotfix(script))
                self.assert_untouched()

    def test_what_changes_rows_that_nobody_can_count_is_refused(self):
        for script in ("truncate orders;", "drop table orders cascade;", "prepare q as delete from orders where id < 5; execute q;",
                       "with gone as (delete from orders where id < 5 returning *) select count(*) from gone;",
                       "with gone as (delete from orders where id < 5 returning *) update orders set total = 1 where id = 9;",
                       "savepoint s; delete from orders; rollback to s;"):
            with self.subTest(script):
                self.assert_failure(3, "cannot be counted", self.hotfix(script, rows=0))
                self.assert_untouched()
        shell = ["/usr/bin/python3", "-c", SHELL]
        self.pipeline(checks=[MENDED], migrate=f"hotfix: {{ script: mend.sql, expect_rows: 0, shell: {json.dumps(shell)} }}")
        for statement in ("truncate orders", "with gone as (delete from orders returning *) select count(*) from gone"):
            with self.subTest(statement):
                (self.app.tree / "mend.sql").write_text(f"run({statement!r})\n")
                self.assert_failure(3, "how many rows this changes nobody can say", self.run_lastgood("run"))
                self.assert_untouched()

    def test_a_script_that_was_edited_after_it_was_tried_does_not_run(self):
        (self.app.tree / "mend.sql").write_text(MEND)
        self.pipeline(checks=[MENDED], migrate="hotfix: { script: mend.sql, expect_rows: 3 }", on_failure="stop")
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assert_exit(0, self.run_lastgood("migrate", "--try"))
        (self.app.tree / "mend.sql").write_text("delete from orders where id > 997;")
        self.assert_failure(3, "is not the script that was tried", self.run_lastgood("migrate"))
        self.assertEqual(self.world()["rows"], self.before["rows"])

    def test_a_bad_one_is_restored_although_the_pipeline_says_down(self):
        (self.app.tree / "mend.sql").write_text("update orders set total = -1 where id <= 3;")
        self.pipeline(checks=['sql: { query: "select count(*) from orders where total < 0", expect: 0 }'], rollback="strategy: down",
                      migrate="hotfix: { script: mend.sql, expect_rows: 3 }")
        self.assertIn("rollback with 0", self.assert_exit(7, self.run_lastgood("run")).err)
        self.assert_untouched()

    def test_a_bad_one_comes_back_by_itself_and_the_next_release_is_not_held_against_it(self):
        finished = self.assert_exit(7, self.hotfix("update orders set total = -1 where id <= 3;",
                                                   checks=['sql: { query: "select count(*) from orders where total < 0", expect: 0 }']))
        self.assertIn("rollback with 0", finished.err)
        self.assert_untouched()
        self.assert_exit(0, self.hotfix(MEND))
        self.pipeline()
        self.app.commit()
        self.release("0002_next", "create table next (id int)")

    def test_what_others_wrote_meanwhile_is_told_from_what_it_wrote(self):
        (self.app.tree / "mend.sql").write_text("savepoint s; " + MEND + "release s;")
        self.pipeline(checks=["command: { run: [test, -e, passes] }"], migrate="hotfix: { script: mend.sql, expect_rows: 3 }", on_failure="stop")
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.assert_exit(7, self.run_lastgood("verify"))
        # Rows of a savepoint can be its own, and nobody knows; nothing is certain to be others'.
        self.assertIn("0 rows written by others, 3 more possibly", self.assert_exit(0, self.run_lastgood("rollback", "--dry-run")).err)
        self.sql("update orders set total = 5 where id = 500")
        self.assert_failure(9, "would throw away 1 row", self.run_lastgood("rollback"))

    def test_a_run_that_was_killed_after_the_commit_does_not_run_it_again(self):
        (self.app.tree / "mend.sql").write_text("update orders set total = coalesce(total, 0) + 1;")
        self.pipeline(checks=["no_pending_migrations: {}"], migrate="hotfix: { script: mend.sql, expect_rows: 1000 }", on_failure="stop")
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        # step-begun, the baseline's two, action-begun, the window's, the transaction's: then it is committed.
        killed = self.run_lastgood("migrate", environment={"LASTGOOD_TEST_CRASH": "before:7"})
        self.assertEqual(killed.status, -9, str(killed))
        after = self.digest("orders")
        self.assertNotEqual(after, self.before["rows"]["orders"])
        finished = self.assert_exit(0, self.run_lastgood("migrate"))
        self.assertIn("the hotfix is committed", finished.err)
        self.assertEqual(self.digest("orders"), after)
        self.assert_exit(0, self.run_lastgood("verify"))

    def test_a_shell_of_a_framework_is_tried_counted_and_committed_as_one_transaction(self):
        shell = ["/usr/bin/python3", "-c", SHELL]
        self.pipeline(checks=[MENDED], on_failure="stop",
                      migrate=f"hotfix: {{ script: mend.py, shell: {json.dumps(shell)}, expect_rows: [3, 1] }}")
        script = self.app.tree / "mend.py"
        script.write_text("run('update orders set total = 0 where total is null')\nrun('delete from orders where id = 1000')\n")
        finished = self.assert_exit(0, self.run_lastgood("run"))
        self.assertIn("UPDATE 3   update orders set total = ? where total is null", finished.err)
        self.assertEqual(self.sql("select count(*), count(*) filter (where total = 0) from orders"), "999|3")
        after = self.digest("orders")
        # Both statements were committed by the shell itself, as far as it knows; the second one takes a row too many.
        script.write_text("run('update orders set total = 1 where id < 4')\nrun('delete from orders where id < 3')\n")
        self.assert_failure(3, "its statements touch [3, 2] rows, [3, 1] expected", self.run_lastgood("run"))
        script.write_text("run('update orders set total = 1 where id < 4')\nraise SystemExit(3)\n")
        self.assert_failure(4, "exit status 3", self.run_lastgood("run"))
        self.assertEqual(self.digest("orders"), after)
        self.assert_nothing_left()

    def test_a_shell_cannot_print_the_password_of_the_gate(self):
        shell = ["/usr/bin/python3", "-c", SHELL]
        (self.app.tree / "mend.py").write_text(
            'print("URL", os.environ["DATABASE_URL"])\nprint("WORD", os.environ["PGPASSWORD"][:64], file=sys.stderr)\n'
            'run("update orders set total = 0 where total is null")\n')
        self.pipeline(checks=[MENDED], on_failure="stop",
                      migrate=f"hotfix: {{ script: mend.py, shell: {json.dumps(shell)}, expect_rows: 3 }}")
        said = self.assert_exit(0, self.run_lastgood("migrate", "--try")).err
        self.assertRegex(said, r"URL postgres(ql)?://[^ ]*:\*\*\*@")
        self.assertIn("WORD ***\n", said)

    def test_a_shell_that_goes_another_way_to_the_database_gets_nowhere(self):
        shell = ["/usr/bin/python3", "-c", SHELL.replace('os.environ["DATABASE_URL"]', repr(self.environment["DATABASE_URL"]))]
        self.pipeline(checks=[MENDED], on_failure="stop",
                      migrate=f"hotfix: {{ script: mend.py, shell: {json.dumps(shell)}, expect_rows: 3 }}")
        (self.app.tree / "mend.py").write_text("run('update orders set total = 0 where total is null')\n")
        self.assert_failure(4, "exit status 1", self.run_lastgood("migrate", "--try"))
        self.assert_untouched()

    def test_who_what_and_the_verdict_are_in_the_record(self):
        self.assert_exit(0, self.hotfix(MEND))
        runs = sorted((self.store / "shop/production/runs").iterdir(), key=lambda path: path.stat().st_mtime)
        events = [json.loads(path.read_text()) for path in sorted(runs[-1].glob("*.json"))]
        begun = next(event["data"] for event in events if event["type"] == "run-begun")
        action = next(event["data"] for event in events if event["type"] == "action-begun" and event["data"]["id"] == "migrate")
        self.assertTrue(begun["hotfix"] and begun["actor"])
        self.assertRegex(action["sha256"], "^[0-9a-f]{64}$")
        self.assertEqual(action["expect_rows"], [3])
        self.assertNotIn("where total is null;", json.dumps(events))  # no text of the script with its literals

    def test_try_is_for_a_hotfix_only(self):
        self.pipeline()
        self.assert_failure(2, "--try is for a hotfix", self.run_lastgood("migrate", "--try"))


if __name__ == "__main__":
    unittest.main()
