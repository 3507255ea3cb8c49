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


class RehearsalTest(ChainTest):
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


class Rehearsed(RehearsalTest):
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
                             ("max_wal: 1kB", "max_wal allows 1 kB")):
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

    def test_what_all_databases_share_is_not_changed_by_a_rehearsal_beside_the_original(self):
        shared = "alter database shop set work_mem = '5MB';"
        self.app.migration("0002_role", "alter table orders add column extra text; " + shared)
        self.app.commit()
        self.assert_failure(3, '"0002_role" changes what all databases of the server share: alter database', self.run_lastgood("run"))
        # Hidden from whoever reads the text, but not from whoever looks afterwards.
        self.app.migration("0002_role", "do $$ begin " + shared + " end $$; -- lastgood: one statement\n")
        self.app.commit()
        finished = self.assert_failure(5, "settings of database shop", self.run_lastgood("run"))
        self.assertNotIn("changed: nothing", finished.err)
        self.assert_no_clone()

    def test_a_rehearsal_that_takes_too_long_is_ended(self):
        for limits in ("max_duration: 1s", ""):
            with self.subTest(limits):
                self.rehearsing(limits)
                if not limits:
                    self.pipeline(migrate="rehearse: true, timeout: 1s")
                self.app.migration("0002_slow", f"select pg_sleep(120); -- {limits}")
                self.app.commit()
                finished = self.assert_failure(3, "it took longer than it may", self.run_lastgood("run"))
                self.assertLess(finished.took, 60)
                self.assert_no_clone()

    def test_a_plan_says_that_it_will_be_rehearsed(self):
        self.app.migration("0002_add", "alter table orders add column extra text;")
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assertIn("will rehearse 1 migration in a clone of rp-", self.assert_exit(0, self.run_lastgood("migrate", "--dry-run")).err)
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.assert_exit(0, self.run_lastgood("verify"))


class WaysDown(RehearsalTest):
    """The verdict is no, and others have written meanwhile."""

    def setUp(self):
        super().setUp()
        self.strategy("auto")

    def strategy(self, strategy, migrate="rehearse: true"):
        self.pipeline(rollback=f"strategy: {strategy}", migrate=migrate, on_failure="stop",
                      checks=["command: { run: [test, -e, passes] }"])

    def judged(self, up, down, writes="insert into orders (id, total) values (-1, 5)"):
        """A release that verify rejects; `writes` are others'."""
        self.app.migration("0002_change", up)
        self.app.migration("0002_change.down", down)
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        migrated = self.assert_exit(0, self.run_lastgood("migrate"))
        if writes:
            self.sql(writes, user="shop_owner")
        self.assert_exit(7, self.run_lastgood("verify"))
        return migrated

    ADD = ("alter table orders add column extra text; create table more (id int);",
           "drop table more; alter table orders drop column extra;")

    def test_auto_goes_down_where_restoring_would_lose_what_others_wrote(self):
        migrated = self.judged(*self.ADD)
        self.assertIn("the way down was tried: schema and digests are those of the restore point again", migrated.err)
        planned = self.assert_exit(0, self.run_lastgood("rollback", "--dry-run"))
        self.assertIn("it leaves the rows of every table alone that others wrote to", planned.err)
        finished = self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertIn("take the migrations back by their own ways down: done", finished.err)
        self.assertEqual(self.sql("select count(*) from orders where id = -1"), "1")
        self.assertEqual(self.sql("select count(*) from pg_attribute where attrelid = 'orders'::regclass and attname = 'extra'"), "0")
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(self.good))
        self.assertEqual(self.run_lastgood("status", "--json").record("run")["outcome"], "rolled-back")
        self.assertFalse([name for name in self.cluster.databases() if "failed" in name])
        self.assert_nothing_left()

    EXTRA = ("alter table orders add column extra text;", "alter table orders drop column extra;")
    OTHERS = "insert into orders (id, total) values (-1, 1), (-2, 1);"

    def assert_restores_although_something_is_lost(self, why):
        self.assert_failure(9, "would throw away 2 rows", self.run_lastgood("rollback"))
        self.assertIn(why, self.assert_exit(0, self.run_lastgood("rollback", "--dry-run", "--accept-loss")).err)
        self.assert_exit(0, self.run_lastgood("rollback", "--accept-loss"))
        self.assertTrue([name for name in self.cluster.databases() if "failed" in name])

    def test_auto_does_not_drop_a_table_that_others_wrote_to(self):
        self.judged("create table more (id int);", "drop table more;", writes="insert into more values (1), (2);")
        self.assert_failure(9, "going down could destroy 2 rows", self.run_lastgood("rollback", "--strategy", "down"))
        self.assert_restores_although_something_is_lost("could destroy rows that others wrote in public.more")

    def test_auto_does_not_delete_rows_that_others_wrote(self):
        up, down = self.EXTRA
        self.judged(up, f"delete from orders where id < 0; {down}", writes=self.OTHERS)
        self.assert_failure(9, "going down could destroy 2 rows", self.run_lastgood("rollback", "--strategy", "down"))
        self.assert_restores_although_something_is_lost("could destroy rows that others wrote in public.orders")

    def test_auto_does_not_take_a_way_down_whose_effects_could_not_be_seen(self):
        up, down = self.EXTRA
        self.judged(up, f"-- lastgood: no-transaction\ndelete from orders where id < 0; {down}", writes=self.OTHERS)
        self.assert_restores_although_something_is_lost("what the way down touches could not be seen")

    def test_what_is_half_way_down_is_no_release_to_judge(self):
        self.strategy("down", migrate="")
        self.app.migration("0003_later", "create table later (id int);")
        self.app.migration("0003_later.down", "drop table later;")
        self.judged("alter table orders add column extra text;", "select 1 / 0;")
        self.assert_failure(5, "the way down failed at", self.run_lastgood("rollback"))
        self.assertEqual(self.sql("select to_regclass('later')"), "")
        self.assert_failure(3, "is being taken back", self.run_lastgood("verify"))
        again = self.assert_failure(5, "the way down failed at", self.run_lastgood("rollback"))
        self.assertNotIn("changed: nothing", again.err)
        self.assert_exit(0, self.run_lastgood("rollback", "--strategy", "restore", "--accept-loss"))

    def test_auto_restores_where_nobody_wrote(self):
        self.judged(*self.ADD, writes="")
        finished = self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertIn("restoring: nobody else has written anything since that would be lost", finished.err)
        self.assertTrue([name for name in self.cluster.databases() if "failed" in name])

    def test_a_way_down_that_does_not_bring_everything_back_is_not_taken(self):
        migrated = self.judged("alter table orders drop column note;", "alter table orders add column note text;")
        self.assertRegex(migrated.err, "the way down is none: up and down again, public.orders")
        finished = self.assert_failure(9, "would throw away 1 row", self.run_lastgood("rollback"))
        self.assertIn("nothing by this rollback", finished.err)
        self.assert_exit(0, self.run_lastgood("rollback", "--accept-loss"))
        self.assertEqual(self.sql("select count(*) from orders where note is not null"), "20000")

    def test_down_is_forced_although_nothing_was_rehearsed(self):
        self.strategy("auto", migrate="")
        self.judged(*self.ADD)
        self.assert_failure(9, "would throw away 1 row", self.run_lastgood("rollback"))
        finished = self.assert_exit(0, self.run_lastgood("rollback", "--strategy", "down"))
        self.assertIn("it is not proven: nothing was rehearsed", finished.err)
        self.assertEqual(self.sql("select count(*) from orders where id = -1"), "1")

    def test_a_way_down_that_fails_leaves_the_restore_point(self):
        self.strategy("down", migrate="")
        self.judged("alter table orders add column extra text;", "select 1 / 0;")
        finished = self.assert_failure(4, "the way down failed at", self.run_lastgood("rollback"))
        self.assertIn("lastgood rollback --strategy restore", finished.err)
        self.assert_exit(0, self.run_lastgood("rollback", "--strategy", "restore", "--accept-loss"))
        self.assertEqual(self.sql("select count(*) from pg_attribute where attrelid = 'orders'::regclass and attname = 'extra'"), "0")


if __name__ == "__main__":
    unittest.main()
