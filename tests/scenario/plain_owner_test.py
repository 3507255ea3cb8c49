"""The chain as a plain owner without superuser: what works, what is refused with which words; and a runner that dies inside a fence."""
import os
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest, wait_until  # noqa: E402

ORDERS = ("create table orders (id bigint generated always as identity primary key, total bigint);"
          "insert into orders (total) select i from generate_series(1, 500) i;")
LOSE = "delete from orders where id % 10 = 0"
STRICT = ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"]


class PlainOwner(ChainTest):
    def setUp(self):
        super().setUp()
        self.pipeline(checks=STRICT)

    def refused(self, status, words, sql=ORDERS):
        """A release that is refused with these words and leaves the world as it was."""
        self.app.migration("0001_orders", sql)
        self.app.commit()
        before = self.world()
        finished = self.assert_failure(status, words, self.run_lastgood("run"))
        self.assertEqual(self.world(), before)
        return finished

    def test_the_whole_chain_needs_no_superuser(self):
        self.assertEqual(self.cluster.sql("select rolsuper from pg_roles where rolname = 'shop_owner'"), "f")
        good, _ = self.release("0001_orders", ORDERS + "create extension hstore; create extension pgcrypto;"
                               "create table notes (id int, tags hstore); insert into notes values (1, 'a=>1');"
                               "grant select on orders to shop_app; alter default privileges grant select on tables to shop_app;")
        self.sql("alter database shop set work_mem to '7MB'; alter database shop connection limit 50;"
                 "comment on database shop is 'the shop'; grant connect on database shop to shop_app; revoke temporary on database shop from public")
        properties = self.properties()
        before = (self.digest("orders"), self.digest("notes"))
        self.cluster_writer()
        self.release("0002_tidy", LOSE, status=7)
        self.assertEqual((self.digest("orders"), self.digest("notes")), before)
        self.assertEqual(self.properties(), properties)
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(good))
        self.assert_nothing_left()
        self.assert_exit(0, self.run_lastgood("rollback", "--undo"))
        self.assertEqual(self.properties(), properties)

    def cluster_writer(self):
        """The application reads all along; its session is ended by the swap, which a plain owner with pg_signal_backend may do."""
        reader = self.cluster.start_sql("select pg_sleep(300)", "shop", "shop_app", "shop")
        self.addCleanup(reader.wait)
        self.addCleanup(reader.kill)

    def properties(self):
        return self.cluster.sql(
            "select pg_get_userbyid(datdba), (select array_agg(a::text order by a::text) from unnest(datacl) a), datconnlimit,"
            " shobj_description(d.oid, 'pg_database'), encoding, datcollate, datallowconn, (select setconfig from pg_db_role_setting"
            " where setdatabase = d.oid and setrole = 0) from pg_database d where datname = 'shop'")

    def test_sequences_go_beyond_every_number_that_was_issued(self):
        self.release("0001_orders", ORDERS)
        self.release("0002_more", "select setval('orders_id_seq', 5000);" + LOSE, status=7)
        self.assertGreater(int(self.sql("insert into orders (total) values (1) returning id")), 5000 + 1000)

    # --- refused ----------------------------------------------------------------------------------------------------

    def test_without_createdb_nothing_can_be_proven(self):
        self.cluster.sql("alter role shop_owner nocreatedb")
        self.addCleanup(self.cluster.sql, "alter role shop_owner createdb")
        finished = self.refused(3, 'role "shop_owner" may not create databases, so nothing can be restored beside the original')
        self.assertIn('next: ALTER ROLE "shop_owner" CREATEDB', finished.err)

    def test_who_does_not_own_the_database_is_refused(self):
        self.cluster.sql("alter database shop owner to postgres; grant all on database shop to shop_owner")
        self.sql("grant all on schema public to shop_owner")
        finished = self.refused(3, 'role "shop_owner" does not own "shop"')
        self.assertIn('next: ALTER DATABASE "shop" OWNER TO "shop_owner"', finished.err)

    def test_a_rollback_by_who_no_longer_owns_the_database_is_refused_before_anything_is_restored(self):
        self.pipeline(checks=STRICT, capture="prove: restore, disk_limit: 10GB", on_failure="stop")
        self.release("0001_orders", ORDERS)
        self.release("0002_tidy", LOSE, status=7)
        self.cluster.sql("alter database shop owner to postgres")
        before = self.world()
        for arguments in (["rollback", "--dry-run"], ["rollback"]):
            finished = self.assert_failure(3, 'role "shop_owner" does not own "shop"', self.run_lastgood(*arguments))
            self.assertIn('next: ALTER DATABASE "shop" OWNER TO "shop_owner"', finished.err)
            self.assertEqual(self.world(), before)
        self.cluster.sql('alter database "shop" owner to "shop_owner"')
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual(self.sql("select count(*) from orders"), "500")

    def test_a_superusers_session_keeps_the_database_where_it_is_and_is_named(self):
        self.release("0001_orders", ORDERS)
        self.app.migration("0002_tidy", LOSE)
        self.app.commit()
        monitor = self.cluster.start_sql("select pg_sleep(300)", "shop", "postgres", "monitoring")
        self.addCleanup(monitor.wait)
        self.addCleanup(monitor.kill)
        pid = wait_until(lambda: self.cluster.sql("select pid from pg_stat_activity where application_name = 'monitoring' and state = 'active'"))
        finished = self.assert_exit(4, self.run_lastgood("run"))
        self.assertIn(f'pid {pid} in "shop" cannot be ended by our role (role "postgres", application "monitoring")', finished.err)
        self.assertIn(f"SELECT pg_terminate_backend({pid});   as a superuser", finished.err)
        self.assertEqual(self.sql("select count(*) from orders"), "450")
        self.assert_nothing_left()
        monitor.kill()
        wait_until(lambda: self.cluster.sql("select count(*) from pg_stat_activity where application_name = 'monitoring'") == "0"
                   or self.cluster.sql(f"select pg_terminate_backend({pid})") is None)
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual(self.sql("select count(*) from orders"), "500")

    def test_a_table_that_hides_rows_from_its_owner_cannot_be_captured(self):
        self.sql("create table secrets (id int); insert into secrets values (1); alter table secrets enable row level security;"
                 "alter table secrets force row level security; alter table secrets owner to shop_owner")
        self.refused(3, "row-level security")
        self.assertIn("hides rows from role", self.run_lastgood("check").err + self.run_lastgood("check").out)

    def test_objects_of_a_foreign_role_cannot_be_given_back_to_it(self):
        self.sql("create role archivist nologin; create table archive (id int); alter table archive owner to archivist; grant select on archive to shop_owner")
        self.addCleanup(self.cluster.sql, "drop role archivist")
        self.addCleanup(self.drop_databases)
        finished = self.refused(4, 'must be member of role "archivist"')
        self.assertIn('grant "archivist" to "shop_owner"', finished.err)

    def test_a_trusted_extension_of_a_superuser_comes_along(self):
        self.sql("create extension hstore")
        self.release("0001_orders", ORDERS)

    def test_an_extension_that_only_a_superuser_may_create_cannot_be_proven(self):
        self.sql("create extension pg_stat_statements")
        finished = self.refused(4, 'permission denied to create extension "pg_stat_statements"')
        self.assertIn("trusted", finished.err)

    def test_a_hook_that_declines_the_push_is_said(self):
        good, _ = self.release("0001_orders", ORDERS)
        self.app.migration("0002_tidy", LOSE)
        bad = self.app.commit()
        self.app.hook("pre-receive", "echo main is protected >&2; exit 1")
        finished = self.assert_exit(5, self.run_lastgood("run"))
        self.assertIn("did not take the push", finished.err)
        self.assertIn("left to you", finished.err)
        self.assertIn(f"git read-tree -u --reset {good}", finished.err)
        self.assertEqual((self.app.remote_head(), self.sql("select count(*) from orders")), (bad, "500"))
        status = self.run_lastgood("status", "--json").record("run")
        self.assertEqual(status["outcome"], "rolled-back")
        self.assertIn(f"git read-tree -u --reset {good}", status["next"])
        for arguments in ([], ["--run-id", status["run"]]):
            again = self.assert_exit(0, self.run_lastgood("rollback", *arguments))
            self.assertIn("there is nothing to roll back", again.err)
            self.assertIn(f"git read-tree -u --reset {good}", again.err)


class DyingRunner(ChainTest):
    """writes: closed is undone by the server itself when nobody else can."""

    def setUp(self):
        super().setUp()
        self.environment["ADMIN_URL"] = self.cluster.url("postgres", "shop_admin")
        self.processes = []

    def use(self, deadline="30m", check="sleep 300"):
        self.app.write("hang", f"#!/bin/sh\necho $$ > {self.root}/hanging\n{check}\n", 0o755)
        self.pipeline(checks=[f"command: {{ run: [sh, {self.app.tree}/hang], timeout: 300s }}"], top=f"writes: closed\nfence_deadline: {deadline}",
                      database='admin_url: "${ADMIN_URL}", app_roles: [shop_app]')
        self.app.migration("0001_orders", ORDERS)
        self.app.write("migrations/0002_wait.sql", "select pg_sleep(300);\n")

    def can_log_in(self):
        return self.cluster.sql("select rolcanlogin from pg_roles where rolname = 'shop_app'") == "t"

    def start_and_wait_for_the_fence(self):
        process = self.start_lastgood("run", "--run-id", "dying", start_new_session=True)
        self.addCleanup(process.communicate)
        self.addCleanup(self.kill_all, process)
        wait_until(lambda: self.migrating() or process.poll() is not None, 60, "the migration")
        self.assertIsNone(process.poll())
        self.assertFalse(self.can_log_in())
        return process

    def migrating(self):
        return self.cluster.sql("select count(*) from pg_stat_activity where application_name like 'lastgood/%/migrate' and query like '%pg_sleep(300)%'"
                                " and state = 'active'") != "0"

    def back(self):
        """The first release has no good one before it: the data comes back, the code is left to a person."""
        finished = self.assert_failure(5, "left to you: no good release is known", self.run_lastgood("rollback"))
        self.assertEqual(self.sql("select to_regclass('orders')"), "")
        return finished

    @staticmethod
    def children(pid):
        found = []
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            for child in task.read_text().split():
                found += [int(child), *DyingRunner.children(int(child))]
        return found

    def kill_all(self, process):
        for pid in (process.pid, *self.children(process.pid)) if process.poll() is None else ():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def test_a_killed_runner_leaves_the_roles_locked_out_for_seconds_only(self):
        self.use()
        self.app.commit()
        process = self.start_and_wait_for_the_fence()
        self.kill_all(process)
        killed = time.monotonic()
        process.wait()
        self.assertIn("the closed fence of this run is up", self.run_lastgood("status").out)
        wait_until(self.can_log_in, 25, "the application's role")
        print(f"\nfence open again {time.monotonic() - killed:.1f} s after SIGKILL of the runner", file=sys.stderr)
        self.assertIn("the closed fence of this run is down already", self.run_lastgood("status").out)
        self.back()
        self.assertEqual(self.run_lastgood("status", "--json").record("run")["outcome"], "rolled-back")
        self.assert_nothing_left()

    def test_the_next_program_opens_the_fence_at_once(self):
        self.use()
        self.app.commit()
        process = self.start_and_wait_for_the_fence()
        self.kill_all(process)
        process.wait()
        finished = self.back()
        self.assertIn("the driver that fenced the writers is gone", finished.err)
        self.assertLess(finished.took, 12)
        self.assert_nothing_left()

    def test_a_driver_that_hangs_opens_at_the_deadline(self):
        self.use(deadline="5s")
        self.app.commit()
        process = self.start_and_wait_for_the_fence()
        begun = time.monotonic()
        wait_until(self.can_log_in, 15, "the deadline")
        print(f"\nfence open again {time.monotonic() - begun:.1f} s after the migration began to hang, deadline 5 s", file=sys.stderr)
        self.assertIsNone(process.poll())
        self.assertIn("the closed fence of this run is down already", self.run_lastgood("status").out)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        self.back()
        self.assert_nothing_left()

    def test_a_rollback_killed_inside_the_swaps_fence_opens_within_ten_seconds(self):
        self.pipeline(checks=STRICT, on_failure="stop")
        self.release("0001_orders", ORDERS)
        self.release("0002_tidy", LOSE, status=7)
        # A second that the swap waits in its fence: somebody holds a lock on the database while the rename wants it.
        holder = self.cluster.start_sql("begin; comment on database shop is 'held'; select pg_sleep(60)", "postgres")
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        wait_until(lambda: self.cluster.sql("select count(*) from pg_locks where classid = 'pg_database'::regclass and mode = 'ShareUpdateExclusiveLock'") != "0")
        process = self.start_lastgood("rollback")
        self.addCleanup(process.communicate)
        self.addCleanup(self.kill_all, process)
        closed = "select not datallowconn from pg_database where datname = 'shop'"
        wait_until(lambda: self.cluster.sql(closed) == "t", 60, "the swap's fence")
        process.kill()
        killed = time.monotonic()
        wait_until(lambda: self.cluster.sql(closed) == "f", 10, "the database's reopening")
        print(f"\ndatabase open again {time.monotonic() - killed:.1f} s after SIGKILL inside the swap", file=sys.stderr)
        holder.kill()
        self.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()")
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual(self.sql("select count(*) from orders"), "500")
        self.assert_nothing_left()
