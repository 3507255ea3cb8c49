"""rollback --if-failed, the last job of a CI pipeline: it acts after exit 5, 6, 7 or in an open action, and otherwise says why it does not."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest, wait_until  # noqa: E402

ORDERS = "create table orders (id int primary key); insert into orders select generate_series(1, 100)"
LOSE = "delete from orders where id > 50"
STRICT = ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"]
TWO_FILES = {"0002_note": "alter table orders add note text", "0003_broken": "alter table nowhere add note text"}


class IfFailed(ChainTest):
    def setUp(self):
        super().setUp()
        self.pipeline(checks=STRICT, on_failure="stop")
        self.app.migration("0001_orders", ORDERS)
        self.good = self.app.commit()

    def rollback(self, *arguments):
        """As each CI job calls it: with the run's id."""
        return self.run_lastgood("rollback", "--if-failed", *arguments)

    def assert_left_alone(self, words, *arguments, world=None):
        before = world or self.world()
        for _ in range(2):  # CI reruns its jobs
            finished = self.assert_exit(0, self.rollback(*arguments))
            self.assertIn("nothing to do: ", finished.err)
            self.assertIn(words, finished.err)
            self.assertEqual(self.world(), before)
        self.assert_nothing_left()

    def steps(self, run, *steps):
        """The jobs of a CI run; the last one's exit status is given with it: ("migrate", 5)."""
        for step in steps:
            name, status = step if isinstance(step, tuple) else (step, 0)
            finished = self.assert_exit(status, self.run_lastgood(name, "--run-id", run))
        return finished

    def released(self):
        self.steps("one", "backup-capture", "migrate", "verify")
        self.before = self.digest("orders")

    def outcome(self):
        return self.run_lastgood("status", "--json").record("run")["outcome"]

    def assert_acts(self, run):
        self.assert_exit(0, self.rollback("--run-id", run))
        self.assertEqual(self.outcome(), "rolled-back")
        self.assertEqual(self.digest("orders"), self.before)
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(self.good))
        self.assert_nothing_left()

    # --- it leaves alone -------------------------------------------------------------------------------------------------

    def test_before_any_run_there_is_nothing_to_do(self):
        before = self.world()
        self.assert_left_alone("this run never began", world=before)
        self.assert_left_alone("this run never began", "--run-id", "one", world=before)
        self.assertFalse(self.store.exists())

    def test_the_run_of_another_is_not_touched(self):
        self.released()
        self.app.migration("0002_tidy", LOSE)
        self.app.commit()
        self.steps("two", "backup-capture", "migrate", ("verify", 7))
        self.assert_left_alone("this run never began", "--run-id", "three")
        self.assertEqual(self.outcome(), "none")
        self.assert_acts("two")

    def test_after_a_capture_that_failed_nothing_was_changed(self):
        self.released()
        self.app.migration("0002_note", TWO_FILES["0002_note"])
        self.app.commit()
        self.fail_capture()
        self.assert_left_alone("run two is closed (failed-clean)", "--run-id", "two")
        self.assert_left_alone("nothing to do")

    def fail_capture(self):
        """Exit 4: the index of the copy cannot be built again."""
        self.sql("create function picky(int) returns int immutable language plpgsql as $$ begin "
                 "if current_database() <> 'shop' then raise 'only at home'; end if; return $1; end $$;"
                 "create index picky on orders (picky(id))", user=self.owner)
        self.steps("two", ("backup-capture", 4))

    def test_after_a_good_verdict_the_run_is_closed(self):
        self.released()
        self.assert_left_alone("run one is closed (good)", "--run-id", "one")
        self.assert_left_alone("nothing to do")

    def test_a_closed_run_is_called_closed_while_another_is_open(self):
        self.released()
        self.app.commit("another")
        self.steps("two", "backup-capture")
        self.assert_left_alone("run one is closed (good)", "--run-id", "one")

    def test_after_a_verdict_that_could_not_be_told_a_person_decides(self):
        self.released()
        self.pipeline(checks=["command: { run: [/no/such/program] }"], on_failure="stop")
        self.app.migration("0002_note", TWO_FILES["0002_note"])
        self.app.commit()
        self.steps("two", "backup-capture", "migrate", ("verify", 9))
        self.assert_left_alone("no step of run two failed after changing something (exit 5, 6 or 7)", "--run-id", "two")
        self.assertEqual(self.outcome(), "none")
        self.assert_exit(0, self.run_lastgood("rollback", "--run-id", "two"))

    def test_after_a_migration_that_changed_nothing(self):
        self.released()
        self.app.migration("0002_broken", TWO_FILES["0003_broken"])
        self.app.commit()
        self.steps("two", "backup-capture", ("migrate", 4))
        self.assert_left_alone("run two is closed (failed-clean)", "--run-id", "two")

    def test_after_a_rollback_there_is_nothing_left_to_return(self):
        self.released()
        self.app.migration("0002_tidy", LOSE)
        self.app.commit()
        self.steps("two", "backup-capture", "migrate", ("verify", 7))
        self.assert_acts("two")
        self.assert_left_alone("run two is closed (rolled-back)", "--run-id", "two")
        self.assert_left_alone("nothing to do")

    # --- it acts ---------------------------------------------------------------------------------------------------------

    def test_after_a_migration_that_stopped_half_way(self):
        self.released()
        for name, sql in TWO_FILES.items():
            self.app.migration(name, sql)
        self.app.commit()
        self.steps("two", "backup-capture", ("migrate", 5))
        self.assert_acts("two")

    def test_after_a_bad_verdict(self):
        self.released()
        self.app.migration("0002_tidy", LOSE)
        self.app.commit()
        self.steps("two", "backup-capture", "migrate", ("verify", 7))
        self.assertIn("will swap shop", self.assert_exit(0, self.rollback("--run-id", "two", "--dry-run")).err)
        self.assertEqual(self.outcome(), "none")
        self.assert_acts("two")

    def test_after_a_bad_verdict_on_code_that_was_deployed_without_a_migration(self):
        self.app.write("deploy.sh", f"#!/bin/sh\necho $LASTGOOD_REVISION >> {self.root}/deployed\n", mode=0o755)
        self.app.write("healthy.sh", "#!/bin/sh\nexit 0\n", mode=0o755)
        self.pipeline(checks=["command: { run: [./healthy.sh] }"], top="deploy: { run: [./deploy.sh] }", on_failure="stop")
        self.good = self.app.commit()
        self.released()
        self.app.write("healthy.sh", "#!/bin/sh\nexit 1\n", mode=0o755)
        bad = self.app.commit()
        self.steps("two", "backup-capture", "migrate", ("verify", 7))
        self.assert_acts("two")
        self.assertEqual((self.root / "deployed").read_text().split(), [self.good, bad, self.good])

    def test_after_a_bad_verdict_on_code_alone(self):
        self.app.write("healthy.sh", "#!/bin/sh\nexit 0\n", mode=0o755)
        self.pipeline(checks=["command: { run: [./healthy.sh] }"], on_failure="stop")
        self.good = self.app.commit()
        self.released()
        self.app.write("healthy.sh", "#!/bin/sh\nexit 1\n", mode=0o755)
        self.app.commit()
        self.steps("two", "backup-capture", "migrate", ("verify", 7))
        self.assert_acts("two")

    def test_after_a_migrate_that_was_killed_in_mid_action(self):
        self.released()
        self.app.migration("0002_tidy", LOSE)
        self.app.migration("0003_slow", "create table slow (id int); select pg_sleep(300)")
        self.app.commit()
        self.steps("two", "backup-capture")
        process = self.start_lastgood("migrate", "--run-id", "two")
        wait_until(lambda: self.cluster.sql("select 1 from pg_stat_activity where query like '%pg_sleep(300)%' and state = 'active' "
                                            "and pid <> pg_backend_pid()"), 60, "the slow migration")
        process.kill()
        process.communicate(timeout=10)
        self.assertEqual(self.sql("select count(*) from orders"), "50")
        self.assert_acts("two")
        self.assertEqual(self.sql("select to_regclass('slow')"), "")

    def test_a_loss_that_is_too_great_stops_it_too(self):
        self.released()
        self.app.migration("0002_tidy", LOSE)
        self.app.commit()
        self.steps("two", "backup-capture", "migrate", ("verify", 7))
        self.sql("insert into orders values (1001), (1002)")
        before = self.world()
        self.assert_failure(9, "2 rows that others wrote", self.rollback("--run-id", "two"))
        self.assertEqual(self.world(), before)
        self.assert_exit(0, self.rollback("--run-id", "two", "--accept-loss"))
        self.assertEqual(self.digest("orders"), self.before)


if __name__ == "__main__":
    unittest.main()
