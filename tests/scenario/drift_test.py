"""Drift: somebody changed the schema behind the back of the last good release."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402

ORDERS = "create table orders (id bigint primary key, total bigint)"
SAID = "the live schema is not the one of good release 1"


class Drift(ChainTest):
    def setUp(self):
        super().setUp()
        self.first, _ = self.release("0001_orders", ORDERS)
        self.sql("alter table orders add column note text; create index by_total on orders (total)")

    def release_more(self, status, drift=""):
        self.pipeline(migrate=drift)
        self.app.migration("0002_more", "create table more (id int)")
        self.app.commit()
        return self.assert_exit(status, self.run_lastgood("run"))

    def test_nothing_is_migrated_and_the_difference_is_shown_line_by_line(self):
        refused = self.release_more(3)
        self.assertIn(SAID, refused.err)
        self.assertRegex(refused.err, r"\+ .*note text")
        self.assertRegex(refused.err, r"\+ .*CREATE INDEX by_total")
        self.assertEqual(self.sql("select to_regclass('more')"), "")
        self.assert_nothing_left()
        self.assertIn("failed", self.assert_exit(0, self.run_lastgood("history")).out)

    def test_check_says_it_before_a_run(self):
        checked = self.assert_exit(3, self.run_lastgood("check"))
        self.assertIn("TROUBLE  schema: " + SAID, checked.out)
        self.assertRegex(checked.out, r"\+ .*CREATE INDEX by_total")

    def test_a_schema_that_is_adopted_or_taken_back_is_no_drift(self):
        self.sql("drop index by_total; alter table orders drop column note")
        self.assertIn("0 pending", self.assert_exit(0, self.run_lastgood("check")).out)
        self.sql("create index by_total on orders (total)")
        self.release_more(3)
        self.assert_exit(0, self.run_lastgood("adopt", self.first))
        self.assert_exit(0, self.run_lastgood("run"))
        self.assertEqual(self.sql("select to_regclass('more'), to_regclass('by_total')"), "more|by_total")

    def test_a_schema_that_nobody_touched_is_known_without_a_dump(self):
        self.sql("drop index by_total; alter table orders drop column note")
        self.assert_exit(0, self.run_lastgood("adopt", self.first))
        # A pg_dump that would fail, of the server's version.
        (self.root / "bin").mkdir()
        pg_dump = self.root / "bin/pg_dump"
        pg_dump.write_text(f"#!/bin/sh\n[ \"$1\" = --version ] && exec {self.cluster.bindir}/pg_dump --version\nexit 9\n")
        pg_dump.chmod(0o755)
        for program in ("pg_restore", "psql"):
            (self.root / "bin" / program).symlink_to(self.cluster.bindir / program)
        without = {"LASTGOOD_PG_BINDIR": str(self.root / "bin")}
        self.assert_exit(0, self.run_lastgood("check", environment=without))
        self.sql("insert into orders values (1, 1); analyze; vacuum")
        self.assert_exit(0, self.run_lastgood("check", environment=without))
        self.sql("comment on table orders is 'touched'")
        self.assertIn("cannot be dumped", self.assert_exit(3, self.run_lastgood("check", environment=without)).out)

    def test_it_is_a_remark_where_the_pipeline_allows_it(self):
        allowed = self.release_more(0, drift="drift: allow")
        self.assertIn(SAID, allowed.err)
        self.assertEqual(self.sql("select to_regclass('more')"), "more")


if __name__ == "__main__":
    import unittest
    unittest.main()
