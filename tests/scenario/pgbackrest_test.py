"""Whole clusters by the real pgBackRest: captured, proven in a scratch directory, and brought back over the data directory."""
import os
import pathlib
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest, Cluster, wait_until  # noqa: E402
from runbook_test import RunbookTest  # noqa: E402

ORDERS = "create unlogged table sessions as select 1 as id; create table orders (id bigint generated always as identity primary key, total bigint); insert into orders (total) select i from generate_series(1, 1000) i;"
AS = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.getuid() == 0 else []


def short_hash(text):
    """As core/names.hpp: the first 8 digits of FNV-1a."""
    value = 0xCBF29CE484222325
    for octet in text.encode():
        value = (value ^ octet) * 0x100000001B3 % 2**64
    return f"{value:016x}"[:8]


def yaml_list(words):
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"


class ArchivedCluster(Cluster):
    """A server that archives into a pgBackRest repository of its own."""

    def __init__(self):
        super().__init__()
        self.config = self.root / "pgbackrest.conf"
        for name in ("repo", "logs", "lock", "scratch"):
            (self.root / name).mkdir()
            if AS:
                shutil.chown(self.root / name, "postgres", "postgres")
        self.config.write_text(f"[global]\nrepo1-path={self.root}/repo\nrepo1-retention-full=9\nlog-path={self.root}/logs\nlock-path={self.root}/lock\n"
                               f"compress-type=zst\n[main]\npg1-path={self.data}\npg1-port={self.port}\npg1-socket-path={self.root}\npg1-user=postgres\n")
        self.archive = self.root / "pgbackrest-archive.sh"
        self.archive_works()
        # What stands in postgresql.auto.conf comes back with the cluster, and must not reach the proof's server.
        for setting in ("archive_mode = on", f"archive_command = '{self.archive} %p'", f"port = {self.port}",
                        f"unix_socket_directories = '{self.root}'", "shared_preload_libraries = 'pg_stat_statements'"):
            self.sql(f"alter system set {setting}")
        self.stop()
        wal = self.data / "pg_wal"
        wal.rename(self.root / "wal")
        wal.symlink_to(self.root / "wal")
        if AS:
            owner = self.data.stat()
            os.chown(wal, owner.st_uid, owner.st_gid, follow_symlinks=False)
        self.start()
        self.pgbackrest("stanza-create")

    def archive_works(self, works=True):
        command = f"exec pgbackrest --config={self.config} --stanza=main archive-push \"$1\"" if works else "exit 1"
        self.archive.write_text(f"#!/bin/sh\n{command}\n")
        self.archive.chmod(0o755)

    def pgbackrest(self, *arguments):
        return subprocess.run([*AS, "pgbackrest", f"--config={self.config}", "--stanza=main", *arguments], check=True, text=True,
                              capture_output=True, cwd="/").stdout

    def control(self, verb):
        return [*AS, str(self.bindir / "pg_ctl"), "-D", str(self.data), "-l", str(self.root / "server.log"), "-w", *verb]


class PgBackRest(RunbookTest, ChainTest):
    @classmethod
    def setUpClass(cls):
        cls.cluster = ArchivedCluster()
        cls.cluster.sql(f"create role {cls.owner} login; grant pg_signal_backend, pg_read_all_settings to {cls.owner};"
                        "create role shop_app login; create role shop_admin login createrole; grant pg_signal_backend to shop_admin")

    def setUp(self):
        super().setUp()
        self.grant()
        self.describe()

    def grant(self):
        self.sql(f"grant execute on function pg_create_restore_point(text), pg_switch_wal() to {self.owner}")

    def describe(self, stop=None, start=None, prove="restore", more="", as_words=None, **pipeline):
        as_words = as_words or AS
        section = {"stanza": "main", "config": self.cluster.config, "as": yaml_list(as_words) if as_words else None,
                   "stop": yaml_list(stop or self.cluster.control(["-m", "fast", "stop"])), "start": yaml_list(start or self.cluster.control(["start"])),
                   "scratch": self.cluster.root / "scratch"}
        text = ", ".join(f"{key}: {value}" for key, value in section.items() if value)
        self.pipeline(capture=f"engine: pgbackrest, prove: {prove}, pgbackrest: {{ {text}{more} }}", **pipeline)

    def first_release(self):
        commit, _ = self.release("0001_orders", ORDERS)
        return commit

    def assert_nothing_left_in_scratch(self):
        self.assertEqual(list((self.cluster.root / "scratch").iterdir()), [])
        place = f"{self.cluster.root}/scratch/lastgood-{short_hash('shop/production')}"
        self.assertFalse(pathlib.Path(f"/tmp/lastgood-{short_hash(place)}").exists())

    def test_a_bad_release_comes_back_with_the_whole_cluster(self):
        good = self.first_release()
        before = self.digest("orders")
        self.sql("create role came_later")
        self.addCleanup(lambda: self.cluster.sql("drop role if exists came_later"))
        self.describe(checks=["sql: { query: \"select count(*) from orders\", expect: 1000 }"], rollback="max_lost: 0, sequence_margin: 100")
        _, ran = self.release("0002_bad", "delete from orders where id > 500; select nextval('orders_id_seq') from generate_series(1, 50)", status=7)
        self.assertIn("stays in pgBackRest's archive", ran.err)
        self.assertEqual(self.digest("orders"), before)
        self.assertIn("1 unlogged table: no backup holds their rows", ran.err)
        self.assertEqual(self.sql("select count(*) from sessions"), "0")
        self.assertEqual(self.cluster.sql("select pg_is_in_recovery(), left(pg_walfile_name(pg_current_wal_lsn()), 8) > '00000001'"), "f|t")
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(good))
        # Numbers that were issued are not issued again.
        self.assertGreater(int(self.sql("insert into orders (total) values (1) returning id")), 1150)
        self.assert_nothing_left()
        self.assert_nothing_left_in_scratch()
        # The next release finds everything in order: a new backup on the new timeline.
        self.app.git("pull", "-q", "origin", "main")
        self.describe()
        self.release("0003_fine", "alter table orders add column note text")
        listed = self.assert_exit(0, self.run_lastgood("backups", "list"))
        self.assertEqual(listed.out.count("proven"), 3, listed.out)
        point = listed.out.splitlines()[-1].split()[0]
        self.assertIn("as it was written", self.assert_exit(0, self.run_lastgood("backups", "verify", point)).out)
        self.assertIn("was restored and is equal", self.assert_exit(0, self.run_lastgood("backups", "prove", point)).out)

    def test_what_others_wrote_is_not_thrown_away_unless_told_to(self):
        self.bad_release()
        self.sql("insert into orders (total) select 7 from generate_series(1, 3)")
        self.assert_failure(9, "3 rows that others wrote", self.run_lastgood("rollback"))
        self.assert_exit(0, self.run_lastgood("rollback", "--accept-loss"))
        self.assertEqual(self.sql("select count(*) from orders"), "1000")
        self.assertEqual(self.sql("select to_regclass('more')"), "")

    def capture_while_others_write(self, settings=()):
        self.first_release()
        for setting, value in settings:
            self.cluster.sql(f"alter system set {setting} = {value}")
            self.addCleanup(self.cluster.sql, f"select pg_reload_conf()")
            self.addCleanup(self.cluster.sql, f"alter system reset {setting}")
        self.cluster.sql("select pg_reload_conf()")
        stop = threading.Event()

        def write():
            while not stop.is_set():
                self.sql("do $$ begin for i in 1..50 loop insert into orders (total) values (i); update orders set total = total + 1 where id = i; commit; end loop; end $$")
        writers = [threading.Thread(target=write) for _ in range(3)]
        for writer in writers:
            writer.start()
        try:
            return self.run_lastgood("backup-capture", "--run-id", "busy")
        finally:
            stop.set()
            for writer in writers:
                writer.join()

    def test_the_point_is_exact_while_others_write_all_the_time(self):
        self.assert_exit(0, self.capture_while_others_write())

    def test_the_point_is_exact_where_commits_are_in_the_log_long_before_anybody_sees_them(self):
        self.assert_exit(0, self.capture_while_others_write([("fsync", "on"), ("commit_delay", 20000), ("commit_siblings", 0)]))

    def bad_release(self, **describe):
        """Live and rejected; what comes next is a person's."""
        self.first_release()
        self.rejecting()
        self.release("0002_bad", "create table more (id int)", status=7)
        self.rejecting(**describe)

    def rejecting(self, **describe):
        self.describe(checks=["sql: { query: \"select 1\", expect: 2 }"], on_failure="stop", **describe)

    def script(self, name, text):
        path = self.root / name
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)
        return [str(path)]

    def stopping(self):
        return " ".join(self.cluster.control(["-m", "fast", "stop"]))

    def kill_rollback_when(self, name):
        process = self.start_lastgood("rollback")
        wait_until(lambda: (self.root / name).exists(), 60, f"{name} is there")
        process.kill()
        process.communicate()

    def assert_live(self, bad):
        self.assertEqual(self.sql("select to_regclass('more')"), "more" if bad else "")
        self.assertTrue((self.cluster.data / "pg_wal").is_symlink())
        self.assert_nothing_left()

    def test_nothing_is_overwritten_that_is_not_in_the_archive(self):
        # The archive fails between our question and the stop.
        self.bad_release(stop=self.script("stop.sh", f"printf '#!/bin/sh\nexit 1\n' > {self.cluster.archive}\nexec {self.stopping()}"))
        self.addCleanup(self.cluster.archive_works)
        self.assert_failure(5, "nothing is restored over what may be the only copy", self.run_lastgood("rollback"))
        self.assert_live(bad=True)
        self.cluster.archive_works()
        self.rejecting()
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assert_live(bad=False)

    def test_a_server_that_did_not_end_cleanly_is_started_as_it_was(self):
        self.bad_release(stop=self.cluster.control(["-m", "immediate", "stop"]))
        self.assert_failure(5, "the server did not end cleanly", self.run_lastgood("rollback"))
        self.assert_live(bad=True)

    def test_a_store_that_is_lost_while_the_server_stands_still_lets_it_start_as_it_was(self):
        self.bad_release(stop=self.script("stop.sh", f"{self.stopping()}\nmv {self.store} {self.store}.away; touch {self.store}"))
        lost = self.run_lastgood("rollback")
        self.assertIn(lost.status, (5, 6), str(lost))
        self.store.unlink()
        self.store.with_name("store.away").rename(self.store)
        self.assert_live(bad=True)
        self.rejecting()
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assert_live(bad=False)

    def assert_finished_by_the_next(self, killed_when, said):
        self.kill_rollback_when(killed_when)
        self.rejecting()
        self.assertIn(said, self.assert_exit(0, self.run_lastgood("rollback")).err)
        self.assert_live(bad=False)

    def test_a_rollback_that_was_killed_with_the_server_stopped_is_finished_by_the_next(self):
        self.bad_release(start=self.script("start.sh", f"touch {self.root}/starting; exec sleep 600"))
        self.assert_finished_by_the_next("starting", "the server is stopped: a rollback was interrupted")

    def test_a_rollback_that_was_killed_before_all_was_in_the_archive_starts_the_server_as_it_was_and_begins_again(self):
        self.bad_release(stop=self.script("stop.sh", f"{self.stopping()}\ntouch {self.root}/stopped; exec sleep 600"))
        self.assert_finished_by_the_next("stopped", "it is started as it was first")

    def test_a_stop_command_that_outlives_its_rollback_is_ended_by_the_next(self):
        self.bad_release(stop=self.script("stop.sh", f"touch {self.root}/stopping; while [ -e {self.root}/stopping ]; do sleep 0.1; done; exec {self.stopping()}"))
        self.kill_rollback_when("stopping")
        self.rejecting()
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual(subprocess.run(["pgrep", "-f", str(self.root / "stop.sh")], capture_output=True).returncode, 1)
        self.assert_live(bad=False)

    def test_two_rollbacks_at_once_are_kept_apart_although_the_server_is_stopped(self):
        self.bad_release(start=self.script("start.sh", f"touch {self.root}/starting; while [ -e {self.root}/starting ]; do sleep 0.1; done; exec {' '.join(self.cluster.control(['start']))}"))
        first = self.start_lastgood("rollback")
        wait_until(lambda: (self.root / "starting").exists(), 60, "the first is about to start the server")
        self.assert_failure(8, "another rollback is at work", self.run_lastgood("rollback"))
        (self.root / "starting").unlink()
        first.communicate(timeout=60)
        self.assertEqual(first.returncode, 0)
        self.assert_live(bad=False)

    def test_a_stop_command_that_stops_nothing_leaves_the_release_live_and_open_and_nothing_to_go_on_with(self):
        self.bad_release(stop=["false"])
        self.assert_failure(4, "stopping the server failed", self.run_lastgood("rollback"))
        self.assert_live(bad=True)
        self.rejecting()
        # Work goes on, and the server is stopped by a person: that is no interrupted rollback.
        self.sql("insert into orders (total) select 7 from generate_series(1, 500)")
        self.cluster.stop()
        self.assert_failure(3, "cannot connect", self.run_lastgood("rollback"))
        self.cluster.start()
        self.assert_failure(9, "500 rows that others wrote", self.run_lastgood("rollback"))
        self.assertEqual(self.sql("select count(*) from orders"), "1500")

    def test_nobody_writes_while_a_slow_stop_goes_on(self):
        self.bad_release(stop=self.script("stop.sh", f"touch {self.root}/stopping; sleep 13; exec {self.stopping()}"))
        process = self.start_lastgood("rollback")
        wait_until(lambda: (self.root / "stopping").exists(), 60, "the stop has begun")
        refused = 0
        while process.poll() is None and (self.root / "stopping").exists() and refused < 60:
            with self.assertRaises(RuntimeError, msg="somebody could write"):
                self.sql("insert into orders (total) values (7)")
            refused += 1
            if refused == 60:
                break
            threading.Event().wait(0.2)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.sql("select count(*) from orders"), "1000")

    def test_what_was_live_comes_back_by_the_printed_command(self):
        self.bad_release()
        self.sql("insert into orders (total) select 7 from generate_series(1, 3)")
        done = self.assert_exit(0, self.run_lastgood("rollback", "--accept-loss"))
        self.assertEqual(self.sql("select count(*) from orders"), "1000")
        command, last = [line for line in done.err.splitlines() if "with the server stopped: " in line][-1].split("with the server stopped: ")[1].split("; then, started, ")
        self.cluster.stop()
        subprocess.run(command, shell=True, check=True, cwd="/")
        self.cluster.start()
        wait_until(lambda: self.cluster.sql("select pg_is_in_recovery()") == "f", 30, "the server has promoted itself")
        self.cluster.sql(last)
        self.assertEqual(self.sql("select count(*) from orders"), "1003")
        self.assertEqual(self.sql("select to_regclass('more')"), "more")

    def test_a_person_returns_the_cluster_by_the_runbook_and_takes_that_back(self):
        self.first_release()
        before = self.digest("orders")
        self.cluster.sql("alter database shop connection limit 30")
        self.rejecting()
        self.release("0002_bad", "create table more (id int); delete from orders where id > 500; select nextval('orders_id_seq') from generate_series(1, 500)", status=7)
        book = self.runbook()
        self.person([*self.first(), *book.commands("Return the data to the restore point")])
        self.assertEqual(self.digest("orders"), before)
        self.assertEqual(self.limit(), "30")
        self.assertGreater(int(self.sql("insert into orders (total) values (1) returning id")), 1500)
        self.person([*self.first(), *book.commands("Undo a return", "")])
        self.assertEqual(self.sql("select count(*) from orders"), "500")
        self.assertEqual(self.sql("select to_regclass('more')"), "more")
        self.assertEqual(self.limit(), "30")
        self.assertGreater(int(self.sql("insert into orders (total) values (1) returning id")), 2500)

    def limit(self):
        return self.cluster.sql("select datconnlimit from pg_database where datname = 'shop'")

    def test_where_no_point_can_be_named_by_hand_the_application_is_let_in_again(self):
        self.bad_release()
        book = self.runbook()
        self.sql(f"revoke execute on function pg_create_restore_point(text) from {self.owner}")
        with self.assertRaises(AssertionError) as stopped:
            self.person([*self.first(), *book.commands("Return the data to the restore point")])
        self.assertIn("it was not done, and the database is open as it was\n", str(stopped.exception))
        self.assertEqual(self.limit(), "-1")
        self.assertEqual(self.sql("select to_regclass('more')"), "more")

    def test_an_attempt_that_was_called_off_is_not_what_an_undo_goes_to(self):
        self.bad_release()
        stop = self.cluster.root / "stops-nothing"
        stop.write_text("#!/bin/sh\nexit 1\n")
        stop.chmod(0o755)
        self.rejecting(stop=[str(stop)])
        self.assertNotEqual(self.run_lastgood("rollback").status, 0)
        undo = "\n".join(self.runbook().commands("Undo a return", ""))
        self.assertIn("--target=lastgood_failed_by_hand", undo)

    def test_an_older_run_can_be_returned_to_although_it_was_rolled_back_once(self):
        self.first_release()
        self.rejecting()
        self.app.migration("0002_bad", "create table more (id int)")
        self.app.commit()
        self.assert_exit(7, self.run_lastgood("run", "--run-id", "bad"))
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.app.git("checkout", "-q", "--", ".")
        self.app.git("pull", "-q", "origin", "main")
        self.describe()
        self.release("0003_fine", "delete from orders where id > 10")
        self.assertEqual(self.sql("select count(*) from orders"), "10")
        self.run_lastgood("rollback", "--to", "bad", "--confirm", "production", "--accept-loss")
        self.assertEqual(self.sql("select count(*) from orders"), "1000")

    def test_a_tablespace_that_is_made_while_the_cluster_is_backed_up_is_noticed(self):
        place = self.cluster.root / "space"
        place.mkdir()
        if AS:
            shutil.chown(place, "postgres", "postgres")
        psql = f"{self.cluster.bindir}/psql -X -q -d {self.cluster.url()} -c \"create tablespace space location '{place}'\""
        self.addCleanup(self.cluster.sql, "drop tablespace space")
        as_words = self.script("as.sh", f"{' '.join(AS)} \"$@\" || exit $?\nfor last; do :; done\n[ \"$last\" != backup ] || {psql}")
        self.app.migration("0001_orders", ORDERS)
        self.describe(**{"as_words": as_words})
        self.app.commit()
        self.assert_failure(4, "a tablespace was made or dropped", self.run_lastgood("backup-capture", "--run-id", "one"))
        self.assert_nothing_left_in_scratch()
        self.describe()
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "two"))

    def test_a_server_whose_data_has_moved_is_not_restored_over_its_old_place(self):
        self.bad_release()
        old, config = self.cluster.data, self.cluster.config.read_text()

        def move(to, text):
            self.cluster.stop()
            self.cluster.data.rename(to)
            self.cluster.data = to
            self.cluster.config.write_text(text)
            self.cluster.start()
        move(old.with_name("moved"), config.replace(str(old), str(old.with_name("moved"))))
        self.addCleanup(move, old, config)
        self.rejecting()
        self.assert_failure(3, "the server's data is in", self.run_lastgood("rollback"))

    def test_a_rollback_that_is_killed_at_any_event_is_finished_by_the_next(self):
        """Every event with LASTGOOD_LONG=1, else those around the stop and the restore."""
        self.bad_release()
        moments = [f"{side}:{number}" for number in range(1, 40) for side in ("before", "after")] if os.environ.get("LASTGOOD_LONG") else ["after:3", "after:4", "before:5"]
        for count, moment in enumerate(moments):
            with self.subTest(moment):
                killed = self.run_lastgood("rollback", environment={"LASTGOOD_TEST_CRASH": moment})
                if killed.status == 0:
                    self.assertGreater(int(moment.split(":")[1]), 5, "the moments never came")
                    break
                self.assertIn(killed.status, (-9, 137), str(killed))
                self.assertIn(self.run_lastgood("rollback").status, (0, 5))
                self.assert_live(bad=False)
                self.assertEqual(self.sql("select count(*) from orders"), "1000")
                self.app.git("fetch", "-q", "origin")
                self.app.git("reset", "-q", "--hard", "origin/main")
                self.rejecting()
                self.release(f"{count + 3:04}_bad", "create table more (id int)", status=7)

    def test_other_databases_another_cluster_and_missing_rights_are_refused_before_anything_is_backed_up(self):
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        self.assertIn("ok  pgbackrest: stanza main backs up this cluster", self.assert_exit(0, self.run_lastgood("check")).out)
        self.cluster.sql("create database payroll")
        self.assertIn('TROUBLE  pgbackrest: a rollback would take database "payroll" back too', self.assert_exit(3, self.run_lastgood("check")).out)
        self.assert_failure(3, 'the other databases of the cluster back too: "payroll"', self.run_lastgood("backup-capture", "--run-id", "one"))
        self.describe(more=", other_databases: accept")
        self.app.commit()
        self.assertIn('"payroll"', self.assert_exit(0, self.run_lastgood("backup-capture", "--dry-run", "--run-id", "two")).err)
        self.cluster.sql("drop database payroll")
        self.sql(f"revoke execute on function pg_switch_wal() from {self.owner}")
        self.assert_failure(3, "may not make a named point", self.run_lastgood("backup-capture", "--run-id", "three"))
        self.grant()
        other = Cluster()
        self.addCleanup(other.close)
        other.sql(f"create role {self.owner} login superuser")
        other.sql(f"create database shop owner {self.owner}")
        other.sql("alter system set archive_mode = on")
        other.stop()
        other.start()
        self.store = self.root / "other-store"
        self.describe()
        self.app.commit()
        self.assert_failure(3, "backs up another cluster", self.run_lastgood("backup-capture", "--run-id", "four", environment={"DATABASE_URL": other.url("shop", self.owner)}))

    def test_a_backup_that_pgbackrest_has_let_go_is_said_before_anything_is_stopped(self):
        self.bad_release()
        self.cluster.pgbackrest("--type=full", "--start-fast", "--repo1-retention-full=1", "backup")
        self.assert_failure(3, "has no sound backup", self.run_lastgood("rollback"))
        self.assert_failure(4, "cannot be used any more", self.run_lastgood("backups", "verify"))
        self.assertEqual(self.sql("select to_regclass('more')"), "more")

    def test_fenced_writers_come_back_after_the_return(self):
        self.first_release()
        for writes in ("read_only", "closed"):
            with self.subTest(writes=writes):
                top = f"writes: {writes}"
                database = "admin_url: \"" + self.cluster.url("postgres", "shop_admin") + "\", app_roles: [shop_app]" if writes == "closed" else ""
                self.describe(checks=["sql: { query: \"select 1\", expect: 2 }"], top=top, database=database)
                before = self.digest("orders")
                self.release(f"000{2 if writes == 'read_only' else 3}_{writes}", f"create table {writes}_more (id int)", status=7)
                self.assertEqual(self.digest("orders"), before)
                self.assertEqual(self.cluster.sql("show default_transaction_read_only", "shop"), "off")
                self.assert_nothing_left()
                self.app.git("pull", "-q", "origin", "main")
                self.app.git("rm", "-q", "-r", "--ignore-unmatch", "migrations/0002_read_only.sql")


if __name__ == "__main__":
    import unittest
    unittest.main()
