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


class SnapshotsOfRds(BeanstalkWorld):
    def test_a_bad_release_comes_back_on_a_new_server_made_of_the_snapshot_and_the_old_one_is_kept(self):
        self.beanstalk_pipeline(capture="engine: rds, standby: keep")
        self.launched()
        self.released(2)
        _, run = self.released(3, 7)
        print(run)
        status, body = self.get("/health")
        self.assertEqual(status, 200, body)
        self.assertIn("release 2", body)
        self.assertIn('"orders": 400', body)
        self.assertEqual(self.sql("select count(*) from shop_order"), "300", "the old server has what the bad release left")
        self.assertIn("is kept as it is", run.err)


if __name__ == "__main__":
    unittest.main()
