"""Every way back: standby or store, by CI or by a person, to this run or an older one, with the store down, and forth again."""
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest, Cluster  # noqa: E402

ORDERS = ("create table orders (id bigint generated always as identity primary key, total bigint);"
          "insert into orders (total) select i from generate_series(1, 500) i;")
LOSE = "delete from orders where id % 10 = 0"
STRICT = ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"]
RESTORE = "prove: restore, standby: drop, disk_limit: 10GB"


class WaysBack(ChainTest):
    def use(self, **pieces):
        self.pipeline(**{"checks": STRICT, "on_failure": "stop", **pieces})

    def setUp(self):
        super().setUp()
        self.use()

    def good_then_bad(self, **pieces):
        """A good release, then one that verify rejects; nothing is rolled back yet. Returns both commits."""
        if pieces:
            self.use(**pieces)
        good, _ = self.release("0001_orders", ORDERS)
        self.before = self.digest("orders")
        bad, _ = self.release("0002_tidy", LOSE, status=7)
        return good, bad

    def run_id(self):
        return self.run_lastgood("status", "--json").record("run")["run"]

    def failed_database(self):
        return next(name for name in self.cluster.databases() if "__lg_failed" in name)

    def assert_back(self, good):
        self.assertEqual(self.digest("orders"), self.before)
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(good))
        self.assert_nothing_left()

    # --- where the data comes from -------------------------------------------------------------------------------

    def test_the_kept_standby_is_swapped_in(self):
        good, _ = self.good_then_bad()
        standby = next(name for name in self.cluster.databases() if name != "shop")
        oid = self.cluster.sql(f"select oid from pg_database where datname = '{standby}'")
        finished = self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertNotIn("restore rp-", finished.err)
        self.assertEqual(self.cluster.sql("select oid from pg_database where datname = 'shop'"), oid)
        self.assert_back(good)

    def test_without_a_standby_the_restore_point_is_restored_and_compared(self):
        good, _ = self.good_then_bad(capture=RESTORE)
        self.assertEqual(self.cluster.databases(), ["shop"])
        finished = self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertRegex(finished.err, r"restore rp-\w+ into a new database beside shop: done")
        self.assert_back(good)

    def test_a_point_that_was_only_listed_comes_back_too(self):
        good, _ = self.good_then_bad(capture="prove: list, standby: drop")
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assert_back(good)

    def test_a_point_that_was_never_proven_is_compared_when_it_comes_back(self):
        good, _ = self.good_then_bad(capture="prove: none, standby: drop")
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assert_back(good)

    def test_a_proof_on_another_server_leaves_this_one_alone(self):
        other = Cluster()
        self.addCleanup(other.close)
        other.sql("create role shop_owner login createdb")
        self.environment["PROVE_URL"] = other.url("postgres", "shop_owner")
        good, _ = self.good_then_bad(capture='prove: { how: restore, url: "${PROVE_URL}" }')
        self.assertEqual(self.cluster.databases(), ["shop"])
        self.assertEqual(other.databases(), [""])
        shown = self.run_lastgood("backups", "list").out
        self.assertIn(f"proven by restore (127.0.0.1:{other.port})", shown)
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assert_back(good)

    def test_an_opened_standby_is_not_trusted(self):
        good, _ = self.good_then_bad()
        standby = next(name for name in self.cluster.databases() if name != "shop")
        self.cluster.sql(f'alter database "{standby}" allow_connections true')
        self.sql("delete from orders", standby)
        finished = self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertIn("restore rp-", finished.err)
        self.assert_back(good)

    # --- who asks ---------------------------------------------------------------------------------------------------

    def test_for_ci_it_acts_only_after_a_failure_that_changed_something(self):
        before_anything = self.assert_exit(0, self.run_lastgood("rollback", "--if-failed"))
        self.assertIn("nothing to do: this run never began", before_anything.err)
        good, _ = self.release("0001_orders", ORDERS)
        self.before = self.digest("orders")
        self.assertIn("nothing to do", self.assert_exit(0, self.run_lastgood("rollback", "--if-failed")).err)
        self.app.migration("0002_tidy", LOSE)
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assertIn("changed nothing", self.assert_exit(0, self.run_lastgood("rollback", "--if-failed")).err)
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.assertIn("no step of run", self.assert_exit(0, self.run_lastgood("rollback", "--if-failed")).err)
        self.assert_exit(7, self.run_lastgood("verify"))
        self.assert_exit(0, self.run_lastgood("rollback", "--if-failed"))
        self.assert_back(good)

    def test_a_plain_rollback_of_an_untouched_run_closes_it(self):
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        finished = self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertIn("changed nothing: there is nothing to return", finished.err)
        self.assertEqual(self.run_lastgood("status", "--json").record("run")["outcome"], "failed-clean")
        self.assertIn("no run is open", self.assert_exit(3, self.run_lastgood("rollback")).err)
        self.assert_exit(0, self.run_lastgood("run"))

    # --- an older run -----------------------------------------------------------------------------------------------

    def two_more_good_releases(self):
        first, _ = self.release("0001_orders", ORDERS)
        self.before = self.digest("orders")
        self.release("0002_note", "alter table orders add note text")
        run = self.run_id()
        self.release("0003_flag", "alter table orders add flag boolean")
        return first, run

    def test_back_to_an_older_run_wants_confirmation_and_the_next_release_builds_on_it(self):
        first, run = self.two_more_good_releases()
        unconfirmed = self.assert_exit(2, self.run_lastgood("rollback", "--to", run))
        self.assertIn(f"lastgood rollback --to {run} --confirm production", unconfirmed.err)
        self.assert_exit(2, self.run_lastgood("rollback", "--to", run, "--confirm", "staging"))
        finished = self.run_lastgood("rollback", "--to", run, "--confirm", "production")
        self.assert_exit(5, finished)  # the branch has moved on since that run: left to a person
        self.assertIn("left to you", finished.err)
        command = re.search(r"next: (git fetch.*)", finished.err).group(1)
        done = subprocess.run(command, shell=True, cwd=self.app.tree, env=self.environment, text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_back(first)
        self.app.git("checkout", "-q", "-B", "main", "origin/main")
        self.app.write("README", "from here")
        self.release("0002_other", "delete from orders where id > 100", status=7)
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual(self.digest("orders"), self.before)
        self.assertEqual(self.app.tree_of(self.app.remote_head() + "~1"), self.app.tree_of(self.app.git("rev-parse", "HEAD")))

    def test_back_to_an_older_run_does_not_lose_what_others_wrote(self):
        _, run = self.two_more_good_releases()
        self.sql("insert into orders (total) select 1 from generate_series(1, 7)", user="postgres")
        stopped = self.assert_exit(9, self.run_lastgood("rollback", "--to", run, "--confirm", "production"))
        self.assertIn("--accept-loss", stopped.err)
        self.assertIn("public.orders", stopped.err)
        self.assertEqual(self.sql("select count(*) from orders"), "507")
        self.assert_exit(5, self.run_lastgood("rollback", "--to", run, "--confirm", "production", "--accept-loss"))
        self.assertEqual(self.digest("orders"), self.before)
        self.assertEqual(self.sql("select count(*) from orders where total = 1", self.reopened(self.failed_database())), "8")

    def reopened(self, database):
        self.cluster.sql(f'alter database "{database}" connection limit -1')
        return database

    # --- forth again ------------------------------------------------------------------------------------------------

    def test_an_undo_brings_the_failed_release_back(self):
        self.good_then_bad()
        bad = self.digest("orders")
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assert_failure(3, "not of run another", self.run_lastgood("rollback", "--undo", "--run-id", "another"))
        self.assert_exit(0, self.run_lastgood("rollback", "--undo"))
        self.assertEqual(self.digest("orders"), bad)
        self.assertTrue(any("__lg_returned" in name for name in self.cluster.databases()))
        self.assertIn("undone", self.run_lastgood("status").out)
        self.assert_nothing_left()
        self.assertIn("no failed database", self.assert_exit(3, self.run_lastgood("rollback", "--undo")).err)

    def test_an_undo_does_not_lose_what_was_written_since(self):
        self.good_then_bad()
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.sql("insert into orders (total) values (1), (2), (3)")
        stopped = self.assert_exit(9, self.run_lastgood("rollback", "--undo"))
        self.assertIn("an undo would throw away 3 rows written since the rollback", stopped.err)
        self.assert_exit(0, self.run_lastgood("rollback", "--undo", "--accept-loss"))

    def test_an_undo_beyond_a_later_release_wants_confirmation(self):
        self.good_then_bad()
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.app.git("pull", "-q", "origin", "main")
        (self.app.tree / "migrations/0002_tidy.sql").unlink(missing_ok=True)
        self.release("0002_note", "alter table orders add note text")
        self.assertIn("--undo --confirm production", self.assert_exit(2, self.run_lastgood("rollback", "--undo")).err)

    # --- the store is down ------------------------------------------------------------------------------------------

    def test_with_the_store_down_the_standby_is_enough_and_the_record_catches_up(self):
        good, bad = self.good_then_bad()
        away = self.root / "away"
        self.store.rename(away)
        self.assert_exit(3, self.run_lastgood("rollback"))
        finished = self.assert_failure(5, "the code is left to you", self.run_lastgood("rollback", "--without-store"))
        self.assertIn("without the store: the record of this rollback is kept at file:", finished.err)
        self.assertEqual(self.digest("orders"), self.before)

        shutil.rmtree(self.store, ignore_errors=True)
        away.rename(self.store)
        status = self.run_lastgood("status")
        self.assertIn("what was live before is " + self.failed_database(), status.out)
        self.assertIn("this record does not know of that yet", status.out)
        self.assertIn("belongs to another database", self.assert_exit(3, self.run_lastgood("verify")).err)
        databases = self.cluster.databases()
        self.assertIn("the swap is done already", self.assert_exit(0, self.run_lastgood("rollback")).err)
        self.assertEqual(self.cluster.databases(), databases)
        self.assertEqual(self.run_lastgood("status", "--json").record("run")["outcome"], "rolled-back")
        self.assert_back(good)
        self.app.git("pull", "-q", "origin", "main")
        (self.app.tree / "migrations/0002_tidy.sql").unlink(missing_ok=True)
        self.release("0002_note", "alter table orders add note text")

    def test_an_undo_after_a_night_without_the_store(self):
        self.good_then_bad()
        bad = self.digest("orders")
        away = self.root / "away"
        self.store.rename(away)
        self.assert_exit(5, self.run_lastgood("rollback", "--without-store"))
        shutil.rmtree(self.store, ignore_errors=True)
        away.rename(self.store)
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assert_exit(0, self.run_lastgood("rollback", "--undo"))
        self.assertEqual(self.digest("orders"), bad)

    def test_without_store_and_without_standby_there_is_no_way_back(self):
        self.good_then_bad(capture=RESTORE)
        refused = self.assert_exit(3, self.run_lastgood("rollback", "--without-store"))
        self.assertIn("there is neither a standby nor a restore point", refused.err)

    def test_back_to_a_run_that_never_was_says_where_the_runs_are(self):
        self.app.commit()
        refused = self.assert_failure(3, "run nothing never began", self.run_lastgood("rollback", "--to", "nothing", "--confirm", "production"))
        self.assertIn("next: lastgood history", refused.err)

    # --- restore points -----------------------------------------------------------------------------------------------

    def points(self):
        return [record for record in self.run_lastgood("backups", "list", "--json").records if record["type"] == "restore-point"]

    def test_restore_points_are_listed_shown_and_restored_for_a_look(self):
        self.good_then_bad()
        first, second = self.points()
        self.assertEqual((first["fits"], second["fits"], second["proof"]), (None, 1, "restore"))
        shown = self.assert_exit(0, self.run_lastgood("backups", "show", second["id"])).out
        for words in ("2 tables, 501 rows", "fits good release 1", "owner shop_owner"):
            self.assertIn(words, shown)
        self.assert_failure(3, 'there is no restore point "rp-none"', self.run_lastgood("backups", "show", "rp-none"))
        databases = self.cluster.databases()
        verified = self.assert_exit(0, self.run_lastgood("backups", "prove", second["id"]))
        self.assertIn("was restored and is equal: 2 tables, 501 rows", verified.out)
        self.assertEqual(self.cluster.databases(), databases)

    def test_pruning_keeps_what_is_needed_and_a_failed_database_until_it_is_acknowledged(self):
        self.good_then_bad(capture="prove: restore, standby: keep, disk_limit: 10GB, keep: { last: 1 }", rollback="max_lost: 0, keep_failed: 0s")
        self.assert_exit(0, self.run_lastgood("rollback"))
        failed = self.failed_database()
        self.assert_failure(2, "prune throws data away", self.run_lastgood("backups", "prune"))
        kept = self.assert_exit(0, self.run_lastgood("backups", "prune", "--confirm", "production"))
        self.assertIn(f"{failed} is kept: nobody acknowledged what was discarded with it", kept.err)
        self.assertEqual((self.failed_database(), len(self.points())), (failed, 1))
        self.assertIn("would drop", self.assert_exit(0, self.run_lastgood("backups", "prune", "--dry-run", "--acknowledge", failed)).err)
        self.assertEqual(self.failed_database(), failed)
        self.assert_exit(0, self.run_lastgood("backups", "prune", "--acknowledge", failed, "--confirm", "production"))
        self.assertEqual(self.cluster.databases(), ["shop"])
        self.assertEqual(len(self.points()), 1)

    def test_a_young_failed_database_stays_even_if_acknowledged(self):
        self.good_then_bad()
        self.assert_exit(0, self.run_lastgood("rollback"))
        finished = self.assert_exit(0, self.run_lastgood("backups", "prune", "--acknowledge", self.failed_database(), "--confirm", "production"))
        self.assertIn("keep_failed is 3 d", finished.err)
        self.failed_database()

    # --- what is live -----------------------------------------------------------------------------------------------

    def test_adopting_makes_the_first_good_release_that_a_rollback_returns_to(self):
        self.app.write("migrations/README", "none before lastgood")
        live = self.app.commit()
        self.sql("create table notes (id int); insert into notes values (1); alter table notes owner to shop_owner")
        self.assertIn("good release 1", self.assert_exit(0, self.run_lastgood("adopt", live)).err)
        self.app.migration("0001_tidy", "delete from notes")
        self.app.commit()
        self.assert_exit(7, self.run_lastgood("run"))
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual(self.sql("select count(*) from notes"), "1")
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(live))

    def test_a_revision_with_pending_migrations_is_not_what_is_live(self):
        self.app.migration("0001_orders", ORDERS)
        revision = self.app.commit()
        self.assert_failure(3, "0001_orders is pending", self.run_lastgood("adopt", revision))

    def test_another_database_is_refused_until_a_person_binds_it(self):
        commit, _ = self.release("0001_orders", ORDERS)
        self.cluster.sql("create database moved template shop owner shop_owner")
        self.environment["DATABASE_URL"] = self.cluster.url("moved", self.owner)
        self.app.write("README", "moved")
        self.app.commit()
        refused = self.assert_failure(3, "belongs to another database", self.run_lastgood("run"))
        self.assertIn("lastgood adopt REVISION --confirm production", refused.err)
        self.assert_exit(3, self.run_lastgood("adopt", commit))
        self.assert_exit(0, self.run_lastgood("adopt", commit, "--confirm", "production"))
        self.assert_exit(0, self.run_lastgood("run"))

    # --- code -------------------------------------------------------------------------------------------------------

    def deploying(self, when):
        """deploy and before_open write down what they were told and what was live then."""
        script = ("#!/bin/sh\necho $1 $LASTGOOD_REVISION $(psql -X -A -t -d \"$DATABASE_URL\" -c "
                  f"\"select to_regclass('orders') is not null and exists (select from lastgood_migrations where name like '0002%')\") >> {self.root}/deployed\n")
        self.app.write("note.sh", script, 0o755)
        self.use(top=f"deploy: {{ run: [./note.sh, deploy], when: {when} }}", rollback="max_lost: 0, before_open: [./note.sh, before_open]")

    def deployed(self):
        return [tuple(line.split()) for line in (self.root / "deployed").read_text().splitlines()]

    def test_the_good_revision_is_deployed_before_the_database_goes_back(self):
        for when, then in (("after_migrate", "t"), ("before_migrate", "f")):
            with self.subTest(when):
                self.deploying(when)
                self.app.write("README", when)
                good, _ = self.release("0001_orders", ORDERS)
                bad, _ = self.release("0002_tidy", LOSE, status=7)
                self.assert_exit(0, self.run_lastgood("rollback"))
                self.assertEqual(self.deployed()[-3:], [("deploy", bad, then), ("deploy", good, "t"), ("before_open", good, "f")])
                (self.app.tree / "migrations/0002_tidy.sql").unlink()
                self.app.git("pull", "-q", "--no-rebase", "-X", "theirs", "origin", "main", check=False)
                self.app.git("reset", "-q", "--hard", "origin/main")

    def code_only(self, **pieces):
        """A good release, then a commit whose check fails although there is nothing to migrate. Returns the good commit."""
        self.use(checks=["command: { run: [./healthy.sh] }"], **pieces)
        self.app.write("healthy.sh", "#!/bin/sh\nexit 0\n", mode=0o755)
        good, _ = self.release("0001_orders", ORDERS)
        self.before = self.digest("orders")
        self.app.write("healthy.sh", "#!/bin/sh\nexit 1\n", mode=0o755)
        self.app.commit("bad code, no migration")
        return good

    def test_bad_code_without_a_migration_returns_the_branch_and_is_not_run_again(self):
        good = self.code_only(on_failure="rollback")
        oid = self.world()["oid"]
        finished = self.assert_exit(7, self.run_lastgood("run"))
        self.assertIn("the database stays as it is", finished.err)
        self.assertIn("database: as it was", finished.err)
        self.assertEqual(self.run_lastgood("status", "--json").record("run")["outcome"], "rolled-back")
        self.assert_back(good)
        self.assertEqual(self.world()["oid"], oid)
        self.app.git("commit", "-q", "--amend", "-m", "the same tree")
        self.app.git("push", "-q", "--force", "origin", "HEAD:main")
        self.assert_failure(3, "was rolled back by run", self.run_lastgood("run"))

    def test_rows_written_meanwhile_do_not_hold_up_the_return_of_code_alone(self):
        good = self.code_only()
        self.assert_exit(7, self.run_lastgood("run"))
        self.sql("insert into orders (total) values (1), (2)")
        self.before = self.digest("orders")
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assert_back(good)

    def test_a_person_can_return_code_that_verify_could_not_judge(self):
        good = self.code_only()
        self.app.write("healthy.sh", "#!/no/such/shell\n", mode=0o755)
        self.app.commit()
        self.assert_exit(9, self.run_lastgood("run"))
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assert_back(good)

    def test_a_branch_that_moved_on_is_left_to_a_person_with_the_code_alone_too(self):
        self.code_only()
        self.assert_exit(7, self.run_lastgood("run"))
        self.app.commit("meanwhile")
        self.assert_failure(5, "the code is left to you", self.run_lastgood("rollback"))
        self.assertEqual(self.run_lastgood("status", "--json").record("run")["outcome"], "rolled-back")

    def test_a_reset_takes_the_branch_itself_back(self):
        good, _ = self.good_then_bad(git="branch: main, on_rollback: reset, good_ref: refs/lastgood/production")
        self.assertEqual(self.app.remote_head("refs/lastgood/production"), good)
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual((self.app.remote_head(), self.app.remote_head("refs/lastgood/production")), (good, good))

    def test_a_branch_that_nobody_returns_is_only_named(self):
        good, bad = self.good_then_bad(git="branch: main, on_rollback: none")
        finished = self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertIn(f"the commit to deploy is {good}", finished.err)
        self.assertEqual(self.app.remote_head(), bad)

    def test_status_and_history_tell_what_happened(self):
        self.assertIn("no run of shop/production yet", self.run_lastgood("status").out)
        _, bad = self.good_then_bad()
        status = self.run_lastgood("status").out
        for words in ("verify: exit 7", "  open", "next: lastgood verify --run-id"):
            self.assertIn(words, status)
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertIn("closed: rolled-back, returned to rp-", self.run_lastgood("status").out)
        history = self.run_lastgood("history", "--json").records
        self.assertEqual([(line["number"], line["outcome"]) for line in history], [(1, "good"), (2, "rolled-back")])
        self.assertEqual(history[1]["revision"], bad)

    # --- what a copy leaves out ----------------------------------------------------------------------------------------

    def test_user_mappings_are_in_the_live_database_and_not_in_the_standby(self):
        self.environment["DATABASE_URL"] = self.cluster.url("shop", "postgres")
        good, _ = self.release("0001_orders", ORDERS + "create extension postgres_fdw;"
                               "create server elsewhere foreign data wrapper postgres_fdw options (host 'elsewhere.invalid');"
                               "create user mapping for shop_app server elsewhere options (user 'remote', password 'hidden word');")
        self.before = self.digest("orders")
        self.release("0002_tidy", LOSE, status=7)
        standby = next(name for name in self.cluster.databases() if name != "shop")
        mappings = "select count(*) from pg_user_mapping"
        self.cluster.sql(f"update pg_database set datallowconn = true where datname = '{standby}'")
        self.assertEqual(self.sql(mappings, standby), "0")
        self.cluster.sql(f"update pg_database set datallowconn = false where datname = '{standby}'")
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual(self.sql("select option_value from pg_options_to_table((select umoptions from pg_user_mapping)) order by 1"),
                         "hidden word\nremote")
        self.assertNotIn("hidden word", "".join(path.read_text() for path in self.store.rglob("*.json")))
        self.assert_back(good)

    def test_subscriptions_are_left_out_and_listed(self):
        self.environment["DATABASE_URL"] = self.cluster.url("shop", "postgres")
        self.release("0001_orders", ORDERS)
        self.sql("create subscription feed connection 'host=nowhere.invalid' publication p with (connect = false, enabled = false, slot_name = none)")
        self.addCleanup(self.sql, "drop subscription feed")
        self.release("0002_tidy", LOSE, status=7)
        told = self.run_lastgood("rollback", "--dry-run")
        self.assertIn('subscription "feed" stays with the failed database: create it again by hand', told.err)
