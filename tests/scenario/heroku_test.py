"""Runbook A, driven by the real Heroku CLI: a Django shop is released, and a bad release comes back with code and data."""
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from heroku_server import HEROKU  # noqa: E402
from heroku_world import HerokuWorld  # noqa: E402
from runbook_test import RunbookTest  # noqa: E402
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


class ByHand(RunbookTest, HerokuWorld):
    def type(self, *blocks):
        path = os.pathsep.join([str(HEROKU.parent), str(self.cluster.bindir), os.environ["PATH"]])
        return self.person([*self.first(), *blocks], **{**self.server.environment, "PATH": path})

    def backups(self):
        return len([transfer for transfer in self.server.postgres.transfers if transfer.get("to_name") == "BACKUP"])

    def settled(self):
        return self.sql("select count(*) from information_schema.columns where column_name = 'settled'")

    def test_a_person_returns_the_data_by_the_runbook_and_takes_that_back(self):
        self.heroku_pipeline(on_failure="stop")
        self.released(2)
        self.released(3, 7)
        book = self.runbook()
        self.assertNotIn("ALTER DATABASE", "".join(book.commands("The database takes no connections", "")))
        issued = int(self.sql("select nextval('shop_order_id_seq')"))
        typed = self.type(*book.commands("Return the data to the restore point"))
        self.assertEqual(self.settled(), "0")
        self.assertGreater(int(self.sql("select nextval('shop_order_id_seq')")), issued)
        self.assert_open()

        undo = book.commands("Undo a return", "")
        with self.assertRaises(AssertionError) as stopped:
            self.type(*undo)
        self.assertIn("the backup of what was live before the return", str(stopped.exception))
        self.assertEqual(self.sql("select count(*) from shop_order where total > 30000"), "100", "nothing was emptied")
        kept = re.search(r" to (b\d{3})", typed.stdout + typed.stderr)[1]
        self.type(f"kept={kept}", *undo)
        self.assertEqual(self.settled(), "1")
        self.assert_open()

    def test_after_a_rollback_the_runbook_names_the_backup_of_what_was_live(self):
        self.released(2)
        self.released(3, 7)
        book = self.runbook()
        self.assertIn("**It is returned already: doing it again throws away what was written since.**", book.text)
        self.assertRegex(book.text, r"What was live before the return was kept as b\d{3}\.")
        before = self.backups()
        self.type(*book.commands("Undo a return", ""))
        self.assertEqual(self.settled(), "1")
        self.assertEqual(self.backups(), before + 1, "what was live is kept too")
        self.assert_open()


if __name__ == "__main__":
    unittest.main()
