"""Rehearsals: pending migrations run first in a clone of the proven restore point, and production learns of it only if all went well."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402

ORDERS = """create table orders (id bigint primary key, total bigint, note text);
insert into orders select i, i * 100, 'note ' || i from generate_series(1, 20000) i;"""
PROVEN = {"kept standby": "prove: restore, standby: keep, disk_limit: 10GB", "the proof's own copy": "prove: restore, disk_limit: 10GB"}


class Rehearsed(ChainTest):
    def setUp(self):
        super().setUp()
        self.rehearsing()
        self.good, _ = self.release("0001_orders", ORDERS)

    def rehearsing(self, limits="", capture=PROVEN["kept standby"], **pieces):
        self.pipeline(migrate=f"rehearse: {{ {limits} }}" if limits else "rehearse: true", capture=capture, **pieces)

    def record_of(self, action):
        """The data of the newest ended action of the newest run."""
        run = self.run_lastgood("history", "--json").records[-1]["run"]
        events = sorted((self.store / "shop/production/runs" / run).glob("*.json"))
        found = [event for event in map(lambda path: json.loads(path.read_text()), events)
                 if event["type"] == "action-ended" and event["data"]["id"] == action]
        return found[-1]["data"]

    def migrations_of(self, record):
        return {migration["name"]: migration for migration in record["predicted"]["migrations"]}

    def assert_no_clone(self):
        self.assertEqual([name for name in self.cluster.databases() if "rehearsal" in name], [])
        self.assert_nothing_left()

    def test_it_tells_of_each_migration_what_it_locks_rewrites_and_changes(self):
        self.app.migration("0002_note", "alter table orders alter column total type numeric;")
        self.app.migration("0003_fill", "update orders set note = 'new' where id <= 500; delete from orders where id > 19990;")
        self.app.migration("0004_add", "alter table orders add column extra text;")
        _, finished = self.release("0005_table", "create table more (id int); insert into more values (1), (2);")
        rehearsed = self.migrations_of(self.record_of("rehearse"))
        self.assertEqual(rehearsed["0002_note"]["change"]["rewritten"], ["public.orders"])
        self.assertIn({"table": "public.orders", "inserted": 0, "updated": 500, "deleted": 10}, rehearsed["0003_fill"]["change"]["rows"])
        self.assertEqual(rehearsed["0003_fill"]["change"]["rewritten"], [])
        # A lock that is held for a moment only is seen all the same.
        self.assertIn("AccessExclusiveLock", [lock["mode"] for lock in rehearsed["0004_add"]["locks"] if lock["table"] == "public.orders"])
        self.assertEqual(rehearsed["0005_table"]["change"]["created"], ["public.more"])
        self.assertGreater(rehearsed["0002_note"]["change"]["wal"], 500_000)
        self.assertIn("rehearsed 0002_note: ", finished.err)
        self.assertIn("rewrites public.orders", finished.err)
        happened = self.record_of("migrate")["happened"]
        self.assertEqual(set(happened["took_ms"]), set(rehearsed))
        self.assert_no_clone()

    def test_a_migration_that_fails_on_production_s_data_never_runs_there(self):
        for name, capture in PROVEN.items():
            with self.subTest(name):
                self.rehearsing(capture=capture)
                self.app.migration("0002_unique", "create table fine (id int);")
                self.app.migration("0003_unique", "insert into orders values (1, 1, '');")
                self.app.commit()
                before = self.world()
                finished = self.assert_failure(4, 'the rehearsal failed at "0003_unique"', self.run_lastgood("run"))
                self.assertIn("duplicate key", finished.err)
                self.assertIn("changed: nothing", finished.err)
                self.assertEqual(self.world()["rows"], before["rows"])
                self.assertEqual(self.sql("select to_regclass('fine')"), "")
                self.assert_no_clone()
                self.assertIn("closed: failed-clean", self.run_lastgood("status").out)

    def test_a_check_that_says_no_in_the_clone_ends_the_run(self):
        self.rehearsing(checks=['sql: { query: "select count(*) from orders where total < 0", expect: 0 }'])
        self.app.migration("0002_negate", "update orders set total = -total;")
        self.app.commit()
        before = self.world()["rows"]
        finished = self.assert_failure(4, "in the rehearsal 1 of the checks said no", self.run_lastgood("run"))
        self.assertIn("20000 found, 0 expected", finished.err)
        self.assertEqual(self.world()["rows"], before)
        self.assert_no_clone()

    def test_a_limit_that_is_exceeded_is_a_refusal(self):
        for limits, said in (("max_lock: { access_exclusive: 300ms }", "AccessExclusiveLock on public.orders for"),
                             ("max_duration: 300ms", "max_duration allows 300 ms"), ("max_wal: 1kB", "max_wal allows 1 kB")):
            with self.subTest(limits):
                self.rehearsing(limits)
                self.app.migration("0002_slow", "alter table orders add column slow text; select pg_sleep(0.4);")
                self.app.commit()
                finished = self.assert_failure(3, "the rehearsal exceeds 1 limit", self.run_lastgood("run"))
                self.assertIn(said, finished.err)
                self.assertIn("changed: nothing", finished.err)
                self.assert_no_clone()
        self.rehearsing("max_lock: { access_exclusive: 30s }, max_duration: 30s, max_wal: 1GB")
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("run"))

    def test_a_plan_says_that_it_will_be_rehearsed(self):
        self.app.migration("0002_add", "alter table orders add column extra text;")
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assertIn("will rehearse 1 migration in a clone of rp-", self.assert_exit(0, self.run_lastgood("migrate", "--dry-run")).err)
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.assert_exit(0, self.run_lastgood("verify"))


if __name__ == "__main__":
    unittest.main()
