"""Runbook A, driven by the real Heroku CLI: a Django shop is released, and a bad release comes back with code and data."""
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from heroku_world import HerokuWorld  # noqa: E402
from shop_site import ORDERS_AT_FIRST  # noqa: E402


class Releases(HerokuWorld):
    def test_a_good_release_is_served_and_a_bad_one_comes_back_with_code_and_data(self):
        self.released(1)
        self.released(2)
        status, body = self.get("/health")
        self.assertEqual(status, 200, body)
        self.assertIn("release 2", body)
        good = self.server.current["version"]
        commit, run = self.released(3, 7)
        status, body = self.get("/health")
        self.assertEqual(status, 200, body)
        self.assertIn("release 2", body)
        self.assert_open()
        self.assertEqual(self.sql("select count(*) from shop_order where total > 30000"), "100", "what the bad release deleted is back")
        self.assertEqual(self.server.current["description"], f"Rollback to v{good}")
        self.assertGreater(int(self.sql("select last_value from shop_order_id_seq")), 1000, "ids that were issued are not issued again")
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(f"{commit}~1"))

        undone = self.assert_exit(0, self.run_lastgood("rollback", "--undo", "--accept-loss"))
        self.assertIn("restore b00", undone.err)
        self.assertEqual(self.sql("select count(*) from information_schema.columns where column_name = 'settled'"), "1")
        self.assert_open()

        of_run = re.search(r"run (\S+) of shop/production", run.err)[1]
        again = self.run_lastgood("rollback", "--to", of_run, "--confirm", "production", "--accept-loss")
        self.assertIn(again.status, (0, 5), str(again))
        self.assertEqual(self.sql("select count(*) from information_schema.columns where column_name = 'settled'"), "0", str(again))
        self.assertIn("release 2", self.get("/health")[1])
        self.assert_open()


if __name__ == "__main__":
    unittest.main()
