"""Migrations that fail, and runs that meet: each ends with its exit code, a next command, and nothing lost."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest, wait_until  # noqa: E402

ORDERS = "create table orders (id int primary key, code int); insert into orders select i, 1 from generate_series(1, 100) i"


class Failing(ChainTest):
    def setUp(self):
        super().setUp()
        self.good, _ = self.release("0001_orders", ORDERS)
        self.before = self.world()

    def rows_and_branch(self):
        return {key: self.world()[key] for key in ("rows", "branch", "oid")}

    def assert_clean_failure(self, status, fragment, sql, name="0002_bad"):
        """Nothing was changed: the database is the same one, the run is closed, the next release goes through."""
        self.app.migration(name, sql)
        self.app.commit()
        before = self.rows_and_branch()
        finished = self.assert_failure(status, fragment, self.run_lastgood("run"))
        self.assertEqual(self.rows_and_branch(), before)
        self.assertNotEqual(self.run_lastgood("status", "--json").record("run")["outcome"], "rolled-back")
        self.assert_nothing_left()
        self.assertIn("closed: failed-clean", self.run_lastgood("status").out)
        return finished

    def mended(self):
        """A corrected revision goes through although nobody named or took over the run that failed."""
        self.app.git("rm", "-q", "-r", "--force", "migrations")
        self.app.git("checkout", "-q", self.good, "--", "migrations")
        self.release("0003_mended", "create table whole (id int)")

    def test_a_statement_that_fails_changes_nothing_and_frees_the_environment(self):
        self.assert_clean_failure(4, "0002_bad", "create table half (id int); select 1 / 0")
        self.assertEqual(self.sql("select to_regclass('half')"), "")
        self.mended()

    def test_commit_inside_a_file_is_refused(self):
        self.assert_clean_failure(3, "COMMIT would break", "create table half (id int); commit; select 1 / 0")
        self.mended()

    def test_an_edited_applied_migration_is_refused(self):
        finished = self.assert_clean_failure(3, "was edited after it ran", ORDERS + "; -- edited", name="0001_orders")
        self.assertIn("0001_orders", finished.err)
        self.mended()

    def test_a_revision_older_than_the_database_is_refused(self):
        (self.app.tree / "migrations/0001_orders.sql").unlink()
        self.assert_clean_failure(3, "0001_orders", "select 1", name="0009_other")

    def test_a_failure_after_a_change_comes_back_by_itself(self):
        self.app.migration("0002_adds", "alter table orders add column note text")
        self.app.migration("0003_fails", "select 1 / 0")
        self.app.commit()
        rows = self.digest("orders")
        finished = self.assert_failure(5, "1 of 2 migrations applied", self.run_lastgood("run"))
        self.assertIn("rollback with 0", finished.err)
        self.assertEqual(self.digest("orders"), rows)
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(self.good))
        self.assert_nothing_left()

    def test_a_failure_after_a_change_stops_where_the_pipeline_says_stop(self):
        self.pipeline(on_failure="stop")
        self.app.migration("0002_adds", "alter table orders add column note text")
        self.app.migration("0003_fails", "select 1 / 0")
        self.app.commit()
        self.assert_failure(5, "lastgood rollback", self.run_lastgood("run"))
        self.assertEqual(self.sql("select count(*) from orders where note is null"), "100")
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual(self.digest("orders"), self.before["rows"]["orders"])

    def test_a_lock_timeout_names_who_is_in_the_way(self):
        blocker = self.cluster.start_sql("begin; select * from orders limit 1; select pg_sleep(300)", self.database, application="reports")
        self.addCleanup(blocker.wait)
        self.addCleanup(self.cluster.sql, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'reports'")
        wait_until(lambda: self.sql("select 1 from pg_locks where relation = 'orders'::regclass"))
        self.pipeline(migrate="lock_timeout: 200ms, retry_for: 1s")
        finished = self.assert_clean_failure(4, "lock timeout", "alter table orders add column note text")
        self.assertRegex(finished.err, r"begun \d+ times")
        self.assertIn("reports", finished.err)
        self.assertIn("orders", finished.err)

    def test_a_concurrent_index_that_fails_is_reported_as_a_change(self):
        self.app.migration("0002_index", "-- lastgood: no-transaction\ncreate unique index concurrently orders_code on orders (code);")
        self.app.commit()
        self.pipeline(on_failure="stop")
        self.app.commit()
        self.assert_failure(5, "0002_index", self.run_lastgood("run"))
        self.assertEqual(self.sql("select count(*) from pg_index where not indisvalid"), "1")
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual(self.sql("select count(*) from pg_index where not indisvalid"), "0")
        self.assertEqual(self.digest("orders"), self.before["rows"]["orders"])

    def test_a_rerun_removes_the_invalid_index_where_the_pipeline_says_so_and_goes_on(self):
        self.pipeline(on_failure="stop")
        self.app.migration("0002_index", "-- lastgood: no-transaction\ncreate table note (id int);\n"
                                         "create unique index concurrently orders_code on orders (code);\ninsert into note values (1);")
        self.app.commit()
        self.assert_failure(5, "statement 2 of 3", self.run_lastgood("run", "--run-id", "one"))
        self.sql("update orders set code = id")
        self.assert_failure(5, "stopped half way at statement 2 of 3", self.run_lastgood("migrate"))
        self.pipeline(on_failure="stop", migrate="remove_invalid_indexes: true")
        finished = self.assert_exit(0, self.run_lastgood("run", "--run-id", "one"))
        self.assertIn("drop the invalid index public.orders_code on public.orders", finished.err)
        self.assertEqual(self.sql("select indisvalid from pg_index where indexrelid = 'orders_code'::regclass"), "t")
        self.assertEqual(self.sql("select count(*) from note"), "1")

    def test_a_rerun_goes_on_at_the_first_statement_too(self):
        self.pipeline(on_failure="stop")
        self.app.migration("0002_index", "-- lastgood: no-transaction\ncreate unique index concurrently orders_code on orders (code);")
        self.app.commit()
        self.assert_failure(5, "0002_index", self.run_lastgood("run", "--run-id", "one"))
        self.sql("update orders set code = id")
        self.pipeline(on_failure="stop", migrate="remove_invalid_indexes: true")
        self.assert_exit(0, self.run_lastgood("run", "--run-id", "one"))
        self.assertEqual(self.sql("select indisvalid from pg_index where indexrelid = 'orders_code'::regclass"), "t")

    def test_an_index_that_somebody_else_is_building_is_none_of_ours(self):
        self.sql("create table other (id int); insert into other values (1)", user=self.owner)
        self.app.migration("0002_more", "create table more (id int);")
        self.app.commit()
        self.pipeline(on_failure="rollback", migrate="remove_invalid_indexes: true, drift: allow")
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        holder = self.cluster.start_sql("begin; update other set id = 2; select pg_sleep(600)", self.database)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        wait_until(lambda: self.cluster.sql("select count(*) from pg_stat_activity where query like '%pg_sleep(600)%' and wait_event = 'PgSleep'") == "1")
        builder = self.cluster.start_sql("create index concurrently dba_idx on other (id)", self.database)
        self.addCleanup(builder.wait)
        self.addCleanup(builder.kill)
        wait_until(lambda: self.sql("select count(*) from pg_index where indexrelid = to_regclass('dba_idx') and not indisvalid") == "1")
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.assert_exit(0, self.run_lastgood("verify"))
        self.assertEqual(self.sql("select to_regclass('dba_idx'), to_regclass('more')"), "dba_idx|more")


class Meeting(ChainTest):
    def setUp(self):
        super().setUp()
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()

    def test_a_second_run_is_refused_by_the_first_one_s_name(self):
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "first"))
        before = self.world()
        for arguments in (["run", "--run-id", "second"], ["backup-capture", "--run-id", "second"], ["migrate", "--run-id", "second"],
                          ["rollback", "--run-id", "second"]):
            with self.subTest(arguments=arguments):
                self.assert_failure(8, "first", self.run_lastgood(*arguments))
        self.assertEqual(self.world(), before)
        self.assertEqual(self.run_lastgood("rollback", "--if-failed", "--run-id", "second").status, 0)
        self.assert_exit(0, self.run_lastgood("run", "--run-id", "second", "--take-over", "first"))

    def test_of_two_runs_started_at_the_same_instant_one_wins(self):
        both = [self.start_lastgood("run", "--run-id", name) for name in ("one", "two")]
        ended = [(process.communicate(timeout=120)[1], process.returncode) for process in both]
        self.assertEqual(sorted(status for _, status in ended), [0, 8], ended)
        self.assertRegex([err for err, status in ended if status == 8][0], r"next: \S")
        self.assertEqual(self.sql("select count(*) from orders"), "100")
        self.assertEqual(len(self.run_lastgood("history", "--json").records), 1)
        self.assert_nothing_left()

    def test_two_programs_of_the_same_run_do_not_work_at_once(self):
        both = [self.start_lastgood("backup-capture", "--run-id", "one") for _ in range(2)]
        ended = [(process.communicate(timeout=120)[1], process.returncode) for process in both]
        self.assertIn([status for _, status in sorted(ended, key=lambda each: each[1])], ([0, 0], [0, 8]), ended)
        self.assertEqual(len(self.run_lastgood("backups", "list", "--json").records), 1)
        self.assert_exit(0, self.run_lastgood("run", "--run-id", "one"))


if __name__ == "__main__":
    unittest.main()
