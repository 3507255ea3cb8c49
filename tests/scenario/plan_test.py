"""The plan before the button: what is pending with its SQL, what a linter says of it, and what stands in the way now."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ROOT, ChainTest, wait_until  # noqa: E402

TOOLS = ROOT / "tests/support/tools/node_modules/@squawk-cli/linux-x64/bin"


class Plan(ChainTest):
    def setUp(self):
        super().setUp()
        self.release("0001_orders", "create table orders (id bigint primary key, total bigint);")
        self.app.migration("0002_note", "alter table orders add column note text not null default random()::text;")
        self.app.migration("0002_note.down", "alter table orders drop column note;")
        self.app.migration("0003_fill", "update orders set total = 0;")
        self.app.migration("0004_index", "-- lastgood: no-transaction\ncreate index concurrently by_total on orders (total);")
        self.app.commit("Three kinds")
        self.environment["PATH"] = f"{TOOLS}{os.pathsep}{self.environment['PATH']}"

    def captured(self):
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        return self.world()

    def assert_told(self, text):
        self.assertIn("pending: 0002_note (schema, one transaction, has a way down)", text)
        self.assertIn("| alter table orders add column note text not null default random()::text;", text)
        self.assertIn("pending: 0003_fill (backfill, one transaction)", text)
        self.assertIn("pending: 0004_index (concurrent, no transaction)", text)
        self.assertRegex(text, r"squawk: 0002_note:\d+: adding-field-with-default: ")

    def test_check_and_a_dry_run_show_the_same_migrations_and_change_nothing(self):
        before = self.captured()
        self.assert_told(self.assert_exit(0, self.run_lastgood("migrate", "--dry-run")).err)
        checked = self.assert_exit(0, self.run_lastgood("check"))
        self.assert_told(checked.err + checked.out)
        self.assertEqual(self.world(), before)

    def test_a_program_can_read_the_plan(self):
        self.captured()
        plan = self.assert_exit(0, self.run_lastgood("migrate", "--dry-run", "--json")).record("plan")
        by_name = {pending["name"]: pending for pending in plan["facts"]["pending"]}
        self.assertEqual([by_name[name]["manner"] for name in ("0002_note", "0003_fill", "0004_index")], ["schema", "backfill", "concurrent"])
        self.assertEqual([by_name[name]["one_transaction"] for name in ("0002_note", "0003_fill", "0004_index")], [True, True, False])
        self.assertTrue(by_name["0002_note"]["way_down"])
        self.assertIn("adding-field-with-default", by_name["0002_note"]["findings"][0])

    def test_it_works_without_the_linter(self):
        self.environment["PATH"] = os.pathsep.join(part for part in self.environment["PATH"].split(os.pathsep) if "node_modules" not in part)
        self.captured()
        said = self.assert_exit(0, self.run_lastgood("migrate", "--dry-run")).err
        self.assertIn("| update orders set total = 0;", said)
        self.assertNotIn("squawk", said)

    def test_who_would_hold_a_migration_up_is_named(self):
        self.captured()
        held = self.cluster.start_sql("begin; lock table orders in access share mode; select pg_sleep(600)", self.database, application="pg_dump")
        self.addCleanup(held.wait)
        self.addCleanup(held.kill)
        wait_until(lambda: self.cluster.sql("select count(*) from pg_stat_activity where application_name = 'pg_dump' and query like '%sleep%'") == "1")
        for step in (["migrate", "--dry-run"], ["check"]):
            with self.subTest(step):
                said = self.run_lastgood(*step)
                self.assertRegex(said.err + said.out, r"in the way: pid \d+ .*pg_dump.* has held locks")


if __name__ == "__main__":
    unittest.main()
