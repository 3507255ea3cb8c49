"""What going back costs, said before the button: age, rows of others, seconds, and the other ways out."""
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402

SHOP = ("create table orders (id bigint generated always as identity primary key, total bigint); insert into orders (total) select i from generate_series(1, 500) i;"
        "create table notes (id int primary key, text text); insert into notes values (1, 'a'), (2, 'b'); grant all on all tables in schema public to shop_app")
STRICT = ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"]


class Cost(ChainTest):
    def use(self, **pieces):
        self.pipeline(**{"checks": STRICT, "on_failure": "stop", **pieces})

    def write_as_another(self):
        """Seven rows of orders and one of notes."""
        self.sql("insert into orders (total) select i from generate_series(1, 4) i; update orders set total = 0 where id <= 3", user="shop_app")
        self.sql("update notes set text = 'c' where id = 2", user="shop_app")

    def dry_run(self, status, *arguments):
        return self.assert_exit(status, self.run_lastgood("rollback", "--dry-run", "--json", *arguments))

    def losses(self, cost):
        return {loss["table"]: (loss["certain"], loss["possible"]) for loss in cost["losses"]["tables"]}

    def first_release_then(self, migration, **pieces):
        self.use(**pieces)
        self.release("0001_shop", SHOP)
        self.app.migration("0002_next", migration)
        self.app.commit()

    def test_a_run_that_waits_for_its_approval_says_what_going_back_would_cost(self):
        self.first_release_then("delete from orders where id % 10 = 0")
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        began = time.time()
        self.write_as_another()
        status = self.assert_exit(0, self.run_lastgood("status", "--json")).record("run")
        self.assertEqual(self.losses(status["cost"]), {"public.orders": (7, 0), "public.notes": (1, 0)})
        self.assertEqual(status["cost"]["way"], "standby")
        self.assertIn("not measured here yet", status["cost"]["outage"]["from"])
        self.assert_age(status["cost"], began)
        said = self.run_lastgood("status").out
        self.assertRegex(said, r"cost: restore point rp-\w+ is .* old; rows that others wrote since: 8 certain")
        self.assertIn("cost: going back would keep everybody out for about 100 ms", said)
        # Once it has migrated it is the rollback's to say.
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.assertNotIn("cost", self.run_lastgood("status", "--json").record("run"))

    def assert_age(self, cost, began):
        taken = self.taken_at()
        expected = time.time() - taken
        self.assertLess(abs(cost["age_ms"] / 1000 - expected), 5 + time.time() - began)

    def taken_at(self):
        newest = max(self.store.glob("shop/production/restore-points/*/manifest.json"), key=lambda path: path.stat().st_mtime)
        return float(self.cluster.sql(f"select extract(epoch from '{json.loads(newest.read_text())['taken_at']}'::timestamptz)"))

    def test_a_refused_dry_run_says_it_all_the_same_and_changes_nothing(self):
        self.first_release_then("delete from orders where id % 10 = 0")
        self.assert_exit(7, self.run_lastgood("run"))
        began = time.time()
        self.write_as_another()
        before = self.world()
        finished = self.dry_run(9)
        cost = finished.record("cost")
        self.assertEqual({table: certain for table, (certain, _) in self.losses(cost).items()}, {"public.orders": 7, "public.notes": 1})
        self.assert_age(cost, began)
        self.assertIn("public.orders: 7 rows written by others", finished.err)
        self.assertIn("these rows are not carried over, they stay in the failed database", finished.err)
        self.assertIn("going down (--strategy down): what it would cost is not known: nothing was rehearsed", finished.err)
        self.assertIn("mending it forward: loses nothing of what others wrote", finished.err)
        self.assertEqual(self.world(), before)
        # The same as values of the plan, where it is not refused.
        accepted = self.dry_run(0, "--accept-loss")
        self.assertEqual(self.losses(accepted.record("plan")["facts"]["cost"]), self.losses(cost))

    def test_seconds_are_those_that_were_measured(self):
        capture = "prove: restore, standby: drop, disk_limit: 10GB"
        self.first_release_then("delete from orders where id % 10 = 0", capture=capture)
        self.assert_exit(7, self.run_lastgood("run", "--run-id", "one"))
        cost = self.dry_run(0).record("plan")["facts"]["cost"]
        self.assertEqual(cost["way"], "restore")
        self.assertEqual(cost["preparation"]["ms"], self.proof()["took_ms"])
        self.assertEqual(cost["preparation"]["from"], "as when it was proven")
        self.assert_exit(0, self.run_lastgood("rollback"))
        fenced = next(event["data"]["fenced_ms"] for event in self.events("one") if event["data"].get("fenced_ms") is not None)
        self.app.git("pull", "-q", "--rebase", "origin", "main")
        self.app.migration("0002_next", "delete from orders where id % 5 = 0")
        self.app.commit()
        self.assert_exit(7, self.run_lastgood("run", "--run-id", "two"))
        cost = self.dry_run(0).record("plan")["facts"]["cost"]
        self.assertEqual(cost["outage"], {"ms": fenced, "from": "the median of 1 swap here"})

    def test_an_older_run_that_cannot_be_read_stops_no_return(self):
        self.first_release_then("delete from orders where id % 10 = 0")
        self.assert_exit(7, self.run_lastgood("run", "--run-id", "bad"))
        older = next(path for path in self.store.glob("shop/production/runs/*/000003.json") if path.parent.name != "bad")
        older.write_text(older.read_text()[:20])
        self.dry_run(0)
        self.assert_exit(0, self.run_lastgood("rollback"))

    def proof(self):
        newest = max(self.store.glob("shop/production/restore-points/*/proof.json"), key=lambda path: path.stat().st_mtime)
        return json.loads(newest.read_text())

    def events(self, run):
        return [json.loads(path.read_text()) for path in sorted(self.store.glob(f"shop/production/runs/{run}/*.json"))]


if __name__ == "__main__":
    unittest.main()
