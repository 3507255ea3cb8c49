"""The paper runbook: its commands bring everything back, typed into bash as they stand, with no program of ours at hand."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, GIT_ENVIRONMENT, ChainTest, wait_until  # noqa: E402

SHOP = ("create table orders (id bigint generated always as identity primary key, total bigint);"
        "insert into orders (total) select i from generate_series(1, 500) i;"
        "create table \"it's \"\"odd\"\" ünd\" (\"a b\" text); insert into \"it's \"\"odd\"\" ünd\" values ('x;y'), (null);"
        "create view totals as select sum(total) from orders;"
        "select lo_from_bytea(0, 'large');")
BAD = "alter table orders add note text; delete from orders where id % 10 = 0"
STRICT = ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"]
NO_STANDBY = "prove: restore, standby: drop, disk_limit: 10GB"


class Runbook:
    """Reads a runbook.md: sections, parts, and the blocks of commands in them."""

    def __init__(self, text):
        self.text = text
        self.blocks = []  # (section, part, commands)
        section = part = ""
        for chunk in re.split(r"(?m)^(?=## |### |````*sh$)", text):
            head = chunk.split("\n", 1)[0]
            if head.startswith("## "):
                section, part = re.sub(r"^## \d+\. ", "", head), ""
            elif head.startswith("### "):
                part = head[4:]
            elif head.startswith("```"):
                fence = head.removesuffix("sh")
                self.blocks.append((section, part, chunk.split("\n", 1)[1].split("\n" + fence + "\n", 1)[0]))

    def commands(self, section, part=None):
        return [commands for where, of, commands in self.blocks if where == section and part in (None, of)]

    def parts(self, section):
        return {part for where, part, _ in self.blocks if where == section}


class RunbookTest:
    """What both kinds of test need: a good release, a bad one, and a person with a shell."""

    def use(self, **pieces):
        self.pipeline(**{"checks": STRICT, "on_failure": "stop", **pieces})

    def good_then_bad(self, **pieces):
        self.use(**pieces)
        self.good, _ = self.release("0001_shop", SHOP)
        self.before = self.picture()
        self.bad, _ = self.release("0002_bad", BAD, status=7)
        self.failed_picture = self.picture()
        self.assertNotEqual(self.before, self.failed_picture)

    def picture(self):
        """Schema and rows of the live database."""
        # pg_dump of newer versions makes a key up each time.
        schema = "\n".join(line for line in self.dump("--schema-only").split("\n") if not line.startswith(("\\restrict", "\\unrestrict")))
        return {"schema": schema, "orders": self.digest("orders"), "odd": self.digest("\"it's \"\"odd\"\" ünd\""),
                "large": self.sql("select string_agg(convert_from(lo_get(oid), 'utf8'), ',') from pg_largeobject_metadata")}

    def dump(self, *options):
        return subprocess.run([self.cluster.bindir / "pg_dump", *options, "-d", self.cluster.url(self.database)],
                              check=True, capture_output=True, text=True).stdout

    def runbook(self):
        newest = max(self.store.glob("shop/production/runs/*/runbook.md"), key=lambda path: path.stat().st_mtime)
        return Runbook(newest.read_text())

    def person(self, blocks, **more):
        """Types the blocks into one bash, which ends at the first that fails. Nothing of ours is on its PATH."""
        path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if pathlib.Path(part) != BIN)
        environment = {"PATH": f"{self.cluster.bindir}{os.pathsep}{path}", "HOME": str(self.root), "TMPDIR": str(self.root), **GIT_ENVIRONMENT,
                       "PGPASSWORD": "not asked for", **more}
        script = self.root / "typed.sh"
        script.write_text("\n".join(blocks) + "\n")
        done = subprocess.run(["bash", "-e", "-v", script], stdin=subprocess.DEVNULL, text=True, capture_output=True, cwd=self.app.tree, env=environment, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def first(self):
        return self.runbook().commands("First", "")

    def return_by_hand(self, part, **more):
        book = self.runbook()
        self.person([*self.first(), *book.commands("Return the data to the restore point", part)], **more)
        self.assertEqual(self.picture(), self.before)

    def assert_code_comes_back(self):
        self.person([*self.first(), *self.runbook().commands("Return the code")])
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(self.good))

    def undo_by_hand(self):
        self.person([*self.first(), *self.runbook().commands("Undo a return", "")])
        self.assertEqual(self.picture(), self.failed_picture)


class ByHand(RunbookTest, ChainTest):
    def test_the_standby_is_swapped_in_undone_and_swapped_in_again(self):
        self.good_then_bad()
        self.sql("alter sequence orders_id_seq restart with 9000; insert into orders (total) values (1)")
        self.failed_picture = self.picture()
        self.return_by_hand("With the kept standby")
        self.assertGreaterEqual(int(self.sql("select last_value from orders_id_seq")), 10000)
        self.assert_code_comes_back()
        self.undo_by_hand()
        self.assertEqual(self.sql("insert into orders (total) values (2) returning id > 10000"), "t")
        self.assert_nothing_left()

    def test_lastgood_knows_afterwards_what_a_person_did_and_does_the_rest(self):
        self.good_then_bad()
        self.return_by_hand("With the kept standby")
        finished = self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertIn("the swap is done already", finished.err)
        self.assertEqual(self.picture(), self.before)
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(self.good))

    def test_without_a_standby_it_is_restored_from_the_store_compared_and_swapped_in(self):
        self.good_then_bad(capture=NO_STANDBY)
        self.assertEqual(self.cluster.databases(), ["shop"])
        self.assertNotIn("With the kept standby", self.runbook().parts("Return the data to the restore point"))
        self.return_by_hand("From the store")
        self.assert_code_comes_back()
        self.undo_by_hand()

    def test_a_directory_of_pg_dump_comes_back_too(self):
        self.good_then_bad(capture=NO_STANDBY + ", engine: pg_dump")
        self.return_by_hand("From the store")
        self.undo_by_hand()

    def test_an_object_that_is_not_as_it_was_written_stops_the_person_before_anything_is_made(self):
        self.good_then_bad(capture=NO_STANDBY)
        point = max(self.store.glob("shop/production/restore-points/*"), key=lambda path: path.stat().st_mtime)
        (point / "sequences.sql").write_text("select 1;\n")
        with self.assertRaises(AssertionError) as stopped:
            self.return_by_hand("From the store")
        self.assertIn("sequences.sql: FAILED", str(stopped.exception))
        self.assertEqual(self.cluster.databases(), ["shop"])

    def test_rows_that_differ_stop_the_person_before_the_swap(self):
        self.good_then_bad(capture=NO_STANDBY)
        blocks = self.runbook().commands("Return the data to the restore point", "From the store")
        compare = next(block for block in blocks if "UNION ALL" in block)
        self.assertIn("'public.orders', 500", compare.replace("'\\''", "'"))
        with self.assertRaises(AssertionError) as stopped:
            self.person([*self.first(), *[b.replace(", 500,", ", 501,") if b is compare else b for b in blocks]])
        self.assertIn("public.orders|501|500", str(stopped.exception))
        self.assertEqual(self.picture(), self.failed_picture)

    def test_a_database_with_an_odd_name_and_properties_of_its_own(self):
        self.database = "it's an \"odd\" shöp; -- x"
        quoted = '"' + self.database.replace('"', '""') + '"'
        self.cluster.sql(f"create database {quoted} owner {self.owner}")
        self.cluster.sql(f"revoke connect on database {quoted} from public; grant connect on database {quoted} to shop_app;"
                         f"alter database {quoted} set search_path = public, \"$user\"; comment on database {quoted} is 'the shop''s \\ own'")
        self.environment["DATABASE_URL"] = f"host=127.0.0.1 port={self.cluster.port} user={self.owner} dbname='" + self.database.replace("'", "\\'") + "'"
        self.addCleanup(self.drop_odd)
        self.cluster.sql(f"alter database {quoted} set statement_timeout = '20ms'")
        properties = "select (select array_agg(item::text order by item::text) from unnest(datacl) item), datconnlimit, shobj_description(oid, 'pg_database'), (select array_agg(setconfig) from pg_db_role_setting where setdatabase = d.oid) from pg_database d where datname = $n$" + self.database + "$n$"
        self.use(capture=NO_STANDBY)
        seen = self.cluster.sql(properties)
        self.release("0001_shop", SHOP)
        digest = self.odd("select count(*) from orders")
        self.release("0002_bad", BAD, status=7)
        self.person([*self.first(), *self.runbook().commands("Return the data to the restore point", "From the store")])
        self.assertEqual(self.odd("select count(*) from orders"), digest)
        self.assertEqual(self.cluster.sql(properties), seen)

    def odd(self, statement):
        return subprocess.run([self.cluster.bindir / "psql", "-XAtq", "-c", statement], check=True, capture_output=True, text=True,
                              env={**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(self.cluster.port), "PGUSER": "postgres", "PGDATABASE": self.database}).stdout.strip()

    def drop_odd(self):
        for name in self.cluster.databases():
            if name != "shop":
                quoted = '"' + name.replace('"', '""') + '"'
                self.cluster.sql(f"alter database {quoted} allow_connections true; ")
                self.cluster.sql(f"drop database {quoted} with (force)")

    def test_a_fence_whose_run_was_killed_is_lifted(self):
        self.environment["DATABASE_ADMIN_URL"] = self.cluster.url(self.database, "shop_admin")
        self.use(top="writes: closed", database='admin_url: "${DATABASE_ADMIN_URL}", app_roles: [shop_app]')
        self.app.migration("0001_shop", SHOP + "select pg_sleep(60)")
        self.app.commit()
        process = self.start_lastgood("run", start_new_session=True)
        wait_until(lambda: self.cluster.sql("select 1 from pg_stat_activity where query like '%pg_sleep(60)%' and application_name like 'lastgood/%'"), 60, "the migration")
        self.assertEqual(self.can_log_in(), "f")
        book = self.runbook()
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        self.person([*self.first(), *book.commands("The database takes no connections")])
        self.assertEqual(self.can_log_in(), "t")
        # What it left behind is ended by the commands too.
        self.person([*self.first(), *book.commands("First", "If a program of lastgood was killed")])
        wait_until(lambda: "pg_sleep" not in self.cluster.sql("select query from pg_stat_activity where application_name like '%/migrate'"), 20, "its end")

    def can_log_in(self):
        return self.cluster.sql("select rolcanlogin from pg_roles where rolname = 'shop_app'")

    def test_a_database_that_a_swap_left_closed_is_opened(self):
        self.good_then_bad()
        self.cluster.sql("alter database shop allow_connections false")
        self.person([*self.first(), *self.runbook().commands("The database takes no connections")])
        self.assertEqual(self.picture(), self.failed_picture)

    def test_a_swap_that_waits_for_a_lock_gives_up_and_opens_the_database(self):
        self.good_then_bad()
        standby = next(name for name in self.cluster.databases() if name != "shop")
        holder = subprocess.Popen([self.cluster.bindir / "psql", "-XAtq", "-d", self.cluster.url()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            holder.stdin.write(f"begin; comment on database {standby} is 'held'; select 'held';\n")
            holder.stdin.flush()
            self.assertEqual(holder.stdout.readline().strip(), "held")
            with self.assertRaises(AssertionError) as stopped:
                self.person([*self.first(), *self.runbook().commands("Return the data to the restore point", "With the kept standby")])
            self.assertIn("lock timeout", str(stopped.exception))
            self.assertIn("it was not done, and the database is open as it was\n", str(stopped.exception))
        finally:
            holder.communicate("rollback;\n")
        self.assertEqual(self.picture(), self.failed_picture)
        self.return_by_hand("With the kept standby")

    def test_a_migration_that_failed_clean_leaves_no_runbook_that_says_something_was_changed(self):
        self.use(capture=NO_STANDBY)
        self.release("0001_shop", SHOP)
        self.assertIn("the run is closed (good)", self.runbook().text)
        self.release("0002_wrong", "select 1 / 0", status=4)
        book = self.runbook()
        self.assertIn("the run is closed (failed-clean)", book.text)
        self.assertIn("**Nothing was migrated: the data is as it was, and a return only loses what was written since.**", book.text)
        self.assertNotIn("is not proven", book.text)

    def test_it_says_that_nobody_proved_the_restore_point(self):
        self.good_then_bad(capture="prove: none")
        self.assertRegex(self.runbook().text, r"\*\*Restore point \S+ is not proven: it may not be whole\.\*\*")

    def test_it_is_there_before_anything_is_changed_and_says_where_the_run_stands(self):
        self.use()
        copy = self.root / "copy.md"
        self.app.migration("0001_shop", SHOP)
        self.app.commit()
        self.environment["LASTGOOD_TEST_CRASH"] = "before:2"
        self.run_lastgood("backup-capture", "--run-id", "one", environment={"LASTGOOD_RUNBOOK": str(copy)})
        path = self.store / "shop/production/runs/one/runbook.md"
        self.assertIn("there is no restore point yet", path.read_text())
        del self.environment["LASTGOOD_TEST_CRASH"]
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "one", environment={"LASTGOOD_RUNBOOK": str(copy)}))
        self.assertIn("the restore point is taken, and nothing is migrated yet", path.read_text())
        self.assertEqual(copy.read_text(), path.read_text())
        self.assertIn(f"runbook, for a night without lastgood: {path}", self.run_lastgood("status").out)
        self.assert_exit(0, self.run_lastgood("migrate", "--run-id", "one"))
        self.assertIn("migrating, or deploying, has begun", path.read_text())
        self.assert_exit(0, self.run_lastgood("verify", "--run-id", "one"))
        self.assertIn("the run is closed (good)", path.read_text())

    def test_after_a_return_of_ours_it_says_how_to_undo_it(self):
        self.good_then_bad()
        self.assert_exit(0, self.run_lastgood("rollback"))
        self.assertEqual(self.picture(), self.before)
        failed = next(name for name in self.cluster.databases() if "__lg_failed" in name)
        self.assertIn(f"It is returned already: what was live before is {failed}", self.runbook().text)
        self.undo_by_hand()

    def test_no_password_is_in_it(self):
        self.cluster.sql(f"alter role {self.owner} password 'pass-word-of-the-owner'")
        self.environment["DATABASE_URL"] = f"postgres://{self.owner}:pass-word-of-the-owner@127.0.0.1:{self.cluster.port}/shop"
        self.environment["DEPLOY_TOKEN"] = "it's-the-token"
        copy = self.root / "copy.md"
        self.environment["LASTGOOD_RUNBOOK"] = str(copy)
        self.good_then_bad(top='deploy: { run: [sh, -c, "exit 0", "--token=${DEPLOY_TOKEN}"] }')
        for text in (self.runbook().text, copy.read_text()):
            self.assertNotIn("-the-token", text)
            self.assertIn("'--token=***'", text)
            self.assertIn("where *** stands, the pipeline puts in a secret", text)
        self.assertNotIn("pass-word-of-the-owner", self.runbook().text)
        self.assertIn("The password is the one in `$DATABASE_URL`", self.runbook().text)

    def test_a_rollback_that_fails_names_the_runbook_and_says_the_same_commands(self):
        self.good_then_bad(capture=NO_STANDBY)
        point = max(self.store.glob("shop/production/restore-points/*"), key=lambda path: path.stat().st_mtime)
        (point / "schema.dump").write_bytes(b"no archive")
        failed = self.run_lastgood("rollback")
        self.assertNotEqual(failed.status, 0)
        self.assertIn("runs/", failed.err)
        self.assertIn("runbook.md", failed.err)
        said = {line.strip() for line in failed.err.splitlines()}
        swap = self.runbook().commands("Return the data to the restore point", "From the store")[-1]
        for line in swap.splitlines():
            self.assertIn(line.strip(), said)


class EncryptedByHand(RunbookTest, ChainTest):
    def use(self, **pieces):
        self.identity, signing = self.root / "identity", self.root / "signing.pem"
        if not self.identity.exists():
            self.output("age-keygen", "-o", self.identity)
            self.output("openssl", "genpkey", "-algorithm", "ed25519", "-out", signing)
        recipient = self.output("age-keygen", "-y", self.identity).strip()
        public = self.output("openssl", "pkey", "-in", signing, "-pubout").splitlines()[1]
        self.environment["LASTGOOD_SIGNING_KEY_FILE"] = str(signing)
        super().use(top=f"encrypt: {{ recipients: [{recipient}], public_key: {public} }}", **pieces)

    @staticmethod
    def output(*command):
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def encrypted(self, engine):
        self.environment["LASTGOOD_AGE_IDENTITY_FILE"] = str(self.root / "identity")
        self.good_then_bad(capture=NO_STANDBY + ", engine: " + engine)
        self.return_by_hand("From the store", LASTGOOD_AGE_IDENTITY_FILE=str(self.identity))

    def test_encrypted_objects_come_back_with_the_identity(self):
        self.encrypted("snapshot")
        self.undo_by_hand()

    def test_an_encrypted_dump_comes_back_with_the_identity(self):
        self.encrypted("pg_dump")


if __name__ == "__main__":
    unittest.main()
