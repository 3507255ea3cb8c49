"""The spine: a bad release comes back by itself, code and data."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402

ORDERS = ("create table orders (id bigint generated always as identity primary key, total bigint);"
          "insert into orders (total) select i from generate_series(1, 1000) i;")


class Chain(ChainTest):
    def setUp(self):
        super().setUp()
        self.pipeline(checks=["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"], git="branch: main, on_rollback: revert, good_ref: refs/lastgood/production")

    def test_a_good_release_becomes_the_last_good_one(self):
        commit, _ = self.release("0001_orders", ORDERS)
        self.assertEqual(self.app.remote_head("refs/lastgood/production"), commit)
        status = self.run_lastgood("status", "--json").record("run")
        self.assertEqual((status["outcome"], status["revision"]), ("good", commit))
        self.assert_nothing_left()

    def test_a_bad_release_comes_back_with_code_and_data(self):
        good, _ = self.release("0001_orders", ORDERS)
        before = self.digest("orders")
        bad, finished = self.release("0002_tidy", "delete from orders where id % 10 = 0", status=7)
        self.assertIn("rolled back", self.run_lastgood("history").out.replace("-", " "))
        self.assertEqual(self.digest("orders"), before)
        head = self.app.remote_head()
        self.assertNotIn(head, (good, bad))
        self.assertEqual(self.app.tree_of(head), self.app.tree_of(good))
        self.assert_nothing_left()
        self.assertEqual([name for name in self.cluster.databases() if "failed" in name][0][:15], "shop__lg_failed")

    def test_a_tree_that_was_rolled_back_is_not_run_again_unasked(self):
        self.release("0001_orders", ORDERS)
        bad, _ = self.release("0002_tidy", "delete from orders where id % 10 = 0", status=7)
        refused = self.assert_exit(3, self.run_lastgood("run"))
        self.assertIn("was rolled back", refused.err)
        self.assert_exit(7, self.run_lastgood("run", "--again", bad))

    def test_steps_from_separate_shells_come_to_the_same(self):
        self.release("0001_orders", ORDERS)
        self.app.migration("0002_tidy", "delete from orders where id % 10 = 0")
        self.app.commit()
        before = self.digest("orders")
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "by-hand"))
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.assert_exit(7, self.run_lastgood("verify"))
        self.assert_exit(0, self.run_lastgood("rollback", "--if-failed"))
        self.assertEqual(self.digest("orders"), before)
        again = self.assert_exit(0, self.run_lastgood("rollback", "--if-failed", "--run-id", "by-hand"))
        self.assertIn("nothing to do", again.err)

    def test_running_each_step_twice_changes_nothing_more(self):
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        for step in ("backup-capture", "migrate"):
            self.assert_exit(0, self.run_lastgood(step, "--run-id", "twice"))
            self.assert_exit(0, self.run_lastgood(step, "--run-id", "twice"))
        self.assert_exit(0, self.run_lastgood("verify", "--run-id", "twice"))
        for step in ("backup-capture", "migrate", "verify"):
            self.assertIn("nothing to do", self.assert_exit(0, self.run_lastgood(step, "--run-id", "twice")).err)

    def test_a_dry_run_changes_nothing(self):
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture", "--dry-run"))
        self.assertEqual(self.cluster.databases(), ["shop"])
        self.assertFalse((self.store / "shop").exists())
