"""Runbook A, driven by the real Heroku CLI: a Django shop is released, and a bad release comes back with code and data."""
import pathlib
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
        orders = self.digest("shop_order")
        commit, run = self.released(3, 7)
        print(run)
        status, body = self.get("/health")
        self.assertEqual(status, 200, body)
        self.assertIn("release 2", body)
        self.assert_open()


if __name__ == "__main__":
    unittest.main()
