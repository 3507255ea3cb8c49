"""A server of a newer major version: as the live one it is refused where the client programs are older, as prove.url it takes the restore."""
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest, Cluster, ROOT  # noqa: E402

ORDERS = """create type state as enum ('open', 'paid');
create table orders (id bigint generated always as identity primary key, total numeric(10, 2) check (total > 0), state state default 'open', doubled numeric generated always as (total * 2) stored);
insert into orders (total) select i / 4.0 from generate_series(1, 5000) i;
create table part (day date, what jsonb) partition by range (day);
create table part_1 partition of part for values from ('2026-01-01') to ('2027-01-01');
insert into part select '2026-01-01'::date + i, jsonb_build_object('n', i) from generate_series(0, 300) i;
create index on part (day);
create materialized view sums as select state, sum(total) from orders group by 1;
create function twice(n int) returns int language sql begin atomic select n * 2; end;
create view paid as select * from orders where state = 'paid';
create extension hstore;
comment on table orders is 'what people want'"""


class NewerServer(ChainTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whom the server runs as may not enter the checkout.
        cls.programs = pathlib.Path(tempfile.mkdtemp(prefix="lg-newer-", dir="/tmp"))
        cls.programs.chmod(0o755)
        shutil.copytree(ROOT / "tests/support/servers/node_modules/pg18/native", cls.programs / "native", symlinks=True)
        cls.newer = Cluster(server=cls.programs / "native/bin")
        cls.newer.sql(f"create role {cls.owner} login createdb; grant pg_signal_backend to {cls.owner}; create role shop_app login")

    @classmethod
    def tearDownClass(cls):
        cls.newer.close()
        shutil.rmtree(cls.programs, ignore_errors=True)
        super().tearDownClass()

    def test_a_server_that_is_newer_than_the_clients_is_refused_by_both_versions(self):
        self.newer.sql(f"create database shop owner {self.owner}")
        self.addCleanup(self.newer.sql, "drop database shop")
        self.app.migration("0001_orders", "create table t (i int)")
        self.app.commit()
        environment = {"DATABASE_URL": self.newer.url("shop", self.owner)}
        clients = self.cluster.bindir.parent.name
        for arguments in (("backup-capture",), ("check",)):
            with self.subTest(arguments):
                done = self.run_lastgood(*arguments, environment=environment)
                self.assertEqual(done.status, 3, str(done))
                self.assertIn(f"the server is PostgreSQL 18, and pg_dump, pg_restore and psql of that version are not here (found: {clients})", done.out + done.err)
                self.assertIn("postgresql-client-18", done.out + done.err)
        self.assertEqual(self.newer.sql("select count(*) from pg_class where relname = 't'", "shop"), "0")

    def test_a_restore_point_is_proven_on_a_newer_server_and_proven_there_again(self):
        for number, engine in enumerate(("snapshot", "pg_dump"), 2):
            with self.subTest(engine=engine):
                self.pipeline(capture=f"engine: {engine}, prove: {{ url: '{self.newer.url('postgres', self.owner)}' }}, standby: drop")
                if engine == "snapshot":
                    self.release("0001_orders", ORDERS)
                commit, ran = self.release(f"000{number}_{engine}", f"create table {engine}_more (i int)")
                self.assertIn("the schema was restored without an error and is not compared: PostgreSQL 18", ran.err)
                listed = self.assert_exit(0, self.run_lastgood("backups", "list", "--json")).records
                self.assertEqual(listed[-1]["proof"], "restore")
                proven = self.assert_exit(0, self.run_lastgood("backups", "prove", listed[-1]["id"]))
                self.assertRegex(proven.out, r"was restored and is equal: \d tables, 530\d rows")
        self.assertEqual(self.newer.databases(), [""])


if __name__ == "__main__":
    import unittest
    unittest.main()
