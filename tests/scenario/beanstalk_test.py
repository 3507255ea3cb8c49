"""Runbook B, driven by the real AWS CLI: a Django shop is released, and a bad release comes back with code and data."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from beanstalk_world import BeanstalkWorld  # noqa: E402


class MigratedByTheDeploy(BeanstalkWorld):
    def test_a_good_release_is_served_and_a_bad_one_comes_back_by_pointing_at_the_restored_database(self):
        self.launched()
        commit, run = self.released(2)
        status, body = self.get("/health")
        self.assertEqual(status, 200, body)
        self.assertIn("release 2", body)
        commit, run = self.released(3, 7)
        print(run)
        status, body = self.get("/health")
        self.assertEqual(status, 200, body)
        self.assertIn("release 2", body)
        self.assertIn("shop__lg_", body)
        print(body, self.cluster.databases())
        self.assert_open()


if __name__ == "__main__":
    unittest.main()
