"""Writers that go on while we work: what a capture sees, and what a rollback would throw away.

LASTGOOD_LONG=1 tries the capture under writers 20 times instead of 3.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

import psycopg2

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest, wait_until  # noqa: E402

TRIES = 20 if os.environ.get("LASTGOOD_LONG") else 3

SHOP = """create table customers (id int primary key, name text);
create table orders (id bigint generated always as identity primary key, customer int references customers, note text);
insert into customers select i, 'customer ' || i from generate_series(1, 100000) i;
insert into orders (customer, note) select i, 'old' from generate_series(1, 1000) i;
grant select, insert, update on customers, orders to shop_app;"""

BAD = "create table broken (id int); insert into broken values (1); select pg_sleep(0.7);"


class Snapshot:
    """What a pg_snapshot says of a top-level transaction: an implementation of our own, to check the program's by."""

    def __init__(self, text):
        xmin, xmax, xip = text.split(":")
        self.xmin, self.xmax = int(xmin), int(xmax)
        self.open = {int(xid) for xid in xip.split(",") if xid}

    def sees(self, xid):
        return xid < self.xmax and xid not in self.open


class Shopper(threading.Thread):
    """An application: each transaction inserts orders and updates a customer that nobody updates again, every second one
    through savepoints, one of them rolled back. `done` has what was acknowledged: (xid, order ids, customer id)."""

    def __init__(self, url, first_customer):
        super().__init__(daemon=True)
        self.url, self.customer = url, first_customer
        self.done, self.refused, self.over = [], [], threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                connection = psycopg2.connect(self.url, application_name="shop", connect_timeout=5)
            except psycopg2.Error as error:
                self.refused.append(str(error))
                self.over.wait(0.01)
                continue
            try:
                with connection.cursor() as cursor:
                    while not self.over.is_set():
                        self.buy(connection, cursor)
            except psycopg2.Error as error:
                self.refused.append(str(error))
                self.over.wait(0.01)
            finally:
                connection.close()

    def buy(self, connection, cursor):
        self.customer += 1
        insert = "insert into orders (customer, note) values (%s, 'new') returning id"
        cursor.execute("select pg_current_xact_id()::text::bigint")
        xid, orders = cursor.fetchone()[0], []
        if self.customer % 2:
            cursor.execute("savepoint one; " + insert, [self.customer])
            orders.append(cursor.fetchone()[0])
            cursor.execute("release one; savepoint two; " + insert, [self.customer])
            cursor.execute("rollback to two")
        cursor.execute(insert, [self.customer])
        orders.append(cursor.fetchone()[0])
        cursor.execute("savepoint three; update customers set name = 'changed' where id = %s", [self.customer])
        connection.commit()
        self.done.append((xid, orders, self.customer))

    def stop(self):
        self.over.set()
        self.join(30)


class WritersTest(ChainTest):
    def setUp(self):
        super().setUp()
        self.environment["DATABASE_ADMIN_URL"] = self.cluster.url(self.database, "shop_admin")

    def shoppers(self, number=3):
        """Starts them; returns when each has committed."""
        shoppers = [Shopper(self.cluster.url(self.database, "shop_app"), 10000 + 20000 * i) for i in range(number)]
        for shopper in shoppers:
            shopper.start()
            self.addCleanup(shopper.stop)
        self.wait_for_purchases(shoppers)
        return shoppers

    def wait_for_purchases(self, shoppers):
        had = [len(shopper.done) for shopper in shoppers]
        wait_until(lambda: all(len(s.done) > n for s, n in zip(shoppers, had)), 30, "every shopper bought again")

    def bad_release(self):
        """Starts the run of a release that verify will reject."""
        self.app.migration("0002_broken", BAD)
        self.app.commit("Broken")
        return self.run_lastgood("run", "--run-id", "bad")

    def first_release(self, **pipeline):
        checks = ["no_pending_migrations: {}", 'sql: { query: "select count(*) from pg_class where relname = \'broken\'", expect: 0 }']
        self.pipeline(checks=checks, **pipeline)
        return self.release("0001_shop", SHOP)

    def manifest(self, run):
        documents = (json.loads(path.read_text()) for path in self.store.glob("shop/production/restore-points/*/manifest.json"))
        return next(document for document in documents if document["run"] == run)

    def events(self, run):
        return [json.loads(path.read_text()) for path in sorted(self.store.glob(f"shop/production/runs/{run}/*.json"))]


class Captures(WritersTest):
    """Show 3."""

    def balances(self, database):
        return self.sql("select (select sum(abalance) from pgbench_accounts), (select sum(tbalance) from pgbench_tellers),"
                        "(select sum(bbalance) from pgbench_branches), (select coalesce(sum(delta), 0) from pgbench_history)", database).split("|")

    def start_pgbench(self):
        owner = self.cluster.url(self.database, self.owner)
        subprocess.run([self.cluster.bindir / "pgbench", "-i", "-q", "-s", "1", owner], check=True, capture_output=True)
        bench = subprocess.Popen([self.cluster.bindir / "pgbench", "-n", "-c", "4", "-T", "3600", owner],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(bench.wait)
        self.addCleanup(bench.kill)
        return bench

    def history(self):
        return int(self.sql("select count(*) from pgbench_history"))

    def test_a_capture_under_writers_is_equal_at_its_snapshot(self):
        self.app.migration("0001_shop", SHOP)
        self.app.commit()
        self.sql(SHOP, user=self.owner)
        shoppers, bench = self.shoppers(2), self.start_pgbench()
        wait_until(lambda: self.history() > 0, what="pgbench writes")
        for attempt in range(TRIES):
            before, bought = self.history(), sum(len(s.done) for s in shoppers)
            self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", f"try-{attempt}"))
            manifest = self.manifest(f"try-{attempt}")
            self.assertGreater(self.history(), before, "nobody wrote meanwhile")
            self.assertGreater(sum(len(s.done) for s in shoppers), bought, "nobody bought meanwhile")
            self.assert_copy_is_of_the_snapshot(manifest, shoppers)
            # Nothing was changed, so that this closes the run.
            self.assert_exit(0, self.run_lastgood("rollback", "--run-id", f"try-{attempt}"))
        self.assertIsNone(bench.poll(), "pgbench failed")

    def assert_copy_is_of_the_snapshot(self, manifest, shoppers):
        """Beside the program's own comparison: pgbench's sums agree, and the orders are those that the snapshot sees."""
        copy = self.sql("select datname from pg_database where datname like 'shop\\_\\_lg%' and not datallowconn")
        self.sql(f'alter database "{copy}" allow_connections true')
        self.assertEqual(len(set(self.balances(copy))), 1, self.balances(copy))
        snapshot = Snapshot(manifest["snapshot"])
        there = {int(i) for i in self.sql("select id from orders where note = 'new'", copy).split()}
        for shopper in shoppers:
            for xid, orders, _ in list(shopper.done):
                self.assertEqual(snapshot.sees(xid), there.issuperset(orders), f"{xid} {orders} {manifest['snapshot']}")
                self.assertEqual(snapshot.sees(xid), not there.isdisjoint(orders))
        self.sql(f'alter database "{copy}" allow_connections false')


class OpenWrites(WritersTest):
    """Show 7 with `writes: open`."""

    def losses_said(self, finished):
        found = re.findall(r"(public\.\w+): (at most )?(\d+) rows? written by others(?:, (\d+) more possibly)?", finished.err)
        return {table: (int(certain), int(possible or 0)) for table, _, certain, possible in found}

    def losses_known(self, shoppers, run):
        """Per table: (outside migrate's window, all) after the snapshot, as the shoppers know it."""
        events = self.events(run)
        begin = next(e["data"]["window_begin"] for e in events if "window_begin" in e.get("data", {}))
        end = [e["data"]["value"] for e in events if e.get("data", {}).get("name") == "window_end"][-1]
        captured, begin, end = Snapshot(self.manifest(run)["snapshot"]), Snapshot(begin), Snapshot(end)
        known = {"public.orders": [0, 0], "public.customers": [0, 0]}
        for xid, orders, _ in (bought for shopper in shoppers for bought in shopper.done):
            if captured.sees(xid):
                continue
            outside = begin.sees(xid) or not end.sees(xid)
            for table, rows in (("public.orders", len(orders)), ("public.customers", 1)):
                known[table][0] += rows if outside else 0
                known[table][1] += rows
        return known

    def orders(self):
        return {int(i) for i in self.sql("select id from orders where note = 'new'").split()}

    def stop_all(self, shoppers):
        for shopper in shoppers:
            shopper.stop()

    def test_a_rollback_stops_before_it_throws_away_what_was_bought_and_undo_brings_it_back(self):
        self.first_release()
        shoppers = self.shoppers()
        self.assert_exit(9, self.bad_release())
        self.wait_for_purchases(shoppers)
        self.stop_all(shoppers)
        # The program counted in the middle of the writing; now that it is quiet its numbers can be compared.
        finished = self.assert_exit(9, self.run_lastgood("rollback"))
        said, known = self.losses_said(finished), self.losses_known(shoppers, "bad")
        print(f"said (certain, possible): {said}; the application knows (outside the window, all): {known}")
        self.assertEqual(set(said), set(known), finished.err)
        for table, (outside, everything) in known.items():
            certain, possible = said[table]
            self.assertGreater(everything, outside, "nobody wrote inside the window")
            self.assertLessEqual(outside, certain, table)
            self.assertLessEqual(certain, everything, table)
            self.assertLessEqual(everything, certain + possible, table)
        self.assertIn("--accept-loss", finished.err)
        self.assertIn("next: lastgood rollback --accept-loss", self.run_lastgood("status").out)

        failed = [self.digest(table) for table in ("orders", "customers", "broken")]
        self.assert_exit(0, self.run_lastgood("rollback", "--accept-loss"))
        snapshot = Snapshot(self.manifest("bad")["snapshot"])
        self.assertEqual(self.orders(), {i for s in shoppers for xid, orders, _ in s.done if snapshot.sees(xid) for i in orders})
        self.assertEqual(self.sql("select to_regclass('broken')"), "")

        self.assert_exit(0, self.run_lastgood("rollback", "--undo"))
        self.assertEqual([self.digest(table) for table in ("orders", "customers", "broken")], failed)
        self.assertEqual(self.orders(), {i for s in shoppers for _, orders, _ in s.done for i in orders})
        self.assert_nothing_left()

    def test_a_loss_within_max_lost_does_not_stop_the_way_back(self):
        self.first_release(rollback="max_lost: 1000000")
        shoppers = self.shoppers(1)
        finished = self.assert_exit(7, self.bad_release())
        self.assertIn("not carried over", finished.err)
        self.assertEqual(self.sql("select to_regclass('broken')"), "")
        self.wait_for_purchases(shoppers)
        self.stop_all(shoppers)
        bought = [i for _, orders, _ in shoppers[0].done for i in orders]
        self.assertEqual(len(bought), len(set(bought)), "an order's number was given out twice")
        self.assert_nothing_left()


class FencedWrites(WritersTest):
    """Show 7 with `writes: closed`, and what `read_only` is worth."""

    def test_closed_writes_come_back_by_themselves_and_nothing_is_lost(self):
        self.first_release(top="writes: closed", database='app_roles: [shop_app], admin_url: "${DATABASE_ADMIN_URL}"')
        shoppers = self.shoppers()
        finished = self.assert_exit(7, self.bad_release())
        self.wait_for_purchases(shoppers)
        for shopper in shoppers:
            shopper.stop()
        self.assertTrue(any("not permitted to log in" in error for s in shoppers for error in s.refused), "the fence kept nobody out")
        bought = [i for s in shoppers for _, orders, _ in s.done for i in orders]
        there = {int(i) for i in self.sql("select id from orders where note = 'new'").split()}
        self.assertEqual(set(bought) - there, set(), "acknowledged orders are lost\n" + str(finished))
        self.assertEqual(len(bought), len(set(bought)), "an order's number was given out twice")
        changed = {int(i) for i in self.sql("select id from customers where name = 'changed'").split()}
        self.assertEqual({customer for s in shoppers for _, _, customer in s.done} - changed, set())
        self.assertEqual(self.sql("select to_regclass('broken')"), "")
        self.assertNotIn("not carried over", finished.err)
        self.assert_nothing_left()

    def test_the_driver_s_own_hold_on_the_fence_lasts_until_the_verdict(self):
        # A step once ended the driver's session as a leftover; the watchdog then opened the fence in the middle of the run.
        self.pipeline(top="writes: closed", database='app_roles: [shop_app], admin_url: "${DATABASE_ADMIN_URL}"',
                      checks=["""sql: { query: "select rolcanlogin from pg_roles where rolname = 'shop_app'", expect: "f" }""",
                              """sql: { query: "select count(*) from pg_stat_activity where application_name like 'lastgood/%/fence'", expect: 1 }"""])
        self.app.migration("0001_things", "create table things (id int)")
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("run"))
        self.assert_nothing_left()

    def test_read_only_says_that_it_is_advisory_and_is_lifted(self):
        _, finished = self.first_release(top="writes: read_only")
        self.assertIn("advisory", finished.err)
        self.assert_writable()
        finished = self.assert_exit(7, self.bad_release())
        self.assertIn("advisory", finished.err)
        self.assertEqual(self.sql("select to_regclass('broken')"), "")
        self.assert_writable()
        self.shoppers(1)

    def assert_writable(self):
        self.assertEqual(self.sql("show default_transaction_read_only", user="shop_app"), "off")
        self.assertEqual(self.sql("select count(*) from pg_db_role_setting where setconfig::text like '%read_only%'"), "0")
