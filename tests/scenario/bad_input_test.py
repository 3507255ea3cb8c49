"""Bad input: a pipeline, an environment or a server that cannot be worked with is refused before anything is changed."""
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ChainTest  # noqa: E402

ORDERS = "create table orders (id int primary key); insert into orders select generate_series(1, 100)"
PROGRAMS = ("lastgood", "lastgood-backup-capture", "lastgood-migrate", "lastgood-verify", "lastgood-rollback")


class BadInput(ChainTest):
    def setUp(self):
        super().setUp()
        self.sql("create table kept (id int primary key, name text); insert into kept select i, 'n' || i from generate_series(1, 50) i", user=self.owner)
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()

    def assert_refused(self, status, fragment, *arguments, environment=None):
        """Refused, and nothing is changed: neither rows nor databases, neither branch nor open run."""
        before = self.world()
        finished = self.assert_failure(status, fragment, self.run_lastgood(*(arguments or ["run"]), environment=environment))
        self.assertEqual(self.world(), before)
        self.assertIn("changed: nothing", finished.err)
        self.assert_nothing_left()
        return finished

    def edit_pipeline(self, old, new):
        text = (self.app.tree / "lastgood.yaml").read_text()
        self.assertIn(old, text)
        self.app.write("lastgood.yaml", text.replace(old, new, 1))
        self.app.commit("edit the pipeline")


class Pipelines(BadInput):
    def test_bad_yaml_is_refused_with_its_place_and_a_next(self):
        """One table: what is written, and what the message must say."""
        for old, new, fragment in (
                ("name: shop", "nmae: shop", 'unknown key "nmae"'),
                ("format: 1", "format: 7", "lastgood.yaml:1:"),
                ("format: 1", "format: one", "lastgood.yaml:1:"),
                ("disk_limit: 10GB", "disk_limit: plenty", "disk_limit"),
                ("max_lost: 0", "max_lost: -1", "max_lost"),
                ("max_lost: 0", "max_lost: 0, max_lost: 5", "max_lost"),
                ("max_lost: 0", "max_lost: [0]", "max_lost"),
                ("branch: main", "branch: main, frobnicate: yes", "frobnicate"),
                ("standby: keep", "standby: maybe", "standby"),
                ("no_pending_migrations: {}", "no_pending_migration: {}", "no_pending_migrations"),
                ("framework: sql", "framework: flyway", "flyway"),
                ("branch: main", 'branch: "a..b c"', "lastgood.yaml:5:16: branch wants a name that git takes"),
                ("steps:", "steps: [", "lastgood.yaml"),
                ("${DATABASE_URL}", "${NO_SUCH_VARIABLE}", "NO_SUCH_VARIABLE"),
                ("${DATABASE_URL}", "${file:/no/such/file}", "/no/such/file"),
                ("${DATABASE_URL}", "mysql://somewhere/else", "PostgreSQL database"),
                ("store: file:", "store: ftp:", "store"),
                ("environment: production", "environment: ../production", "environment")):
            with self.subTest(new=new):
                self.pipeline()
                self.edit_pipeline(old, new)
                self.assert_refused(2, fragment)

    def test_a_password_in_the_pipeline_is_refused_and_printed_nowhere(self):
        for url in ("postgres://shop_owner:s3cr3t-w0rd@127.0.0.1:1/shop", "host=127.0.0.1 user=shop_owner password=s3cr3t-w0rd dbname=shop",
                    "postgres://127.0.0.1/shop?user=a&password=s3cr3t-w0rd", "postgres://shop_owner:s3cr3t-w0rd${SUFFIX}@127.0.0.1/shop"):
            with self.subTest(url=url.split("s3cr3t")[0]):
                self.pipeline()
                self.edit_pipeline("${DATABASE_URL}", url)
                for arguments in (["run"], ["run", "--json", "--log-level", "trace"], ["check"], ["status", "--json"]):
                    finished = self.assert_refused(2, "password", *arguments, environment={"SUFFIX": "x"})
                    self.assertNotIn("s3cr3t", finished.out + finished.err)

    def test_a_missing_pipeline_or_one_that_is_no_file_is_refused(self):
        for path in ("nowhere.yaml", "."):
            with self.subTest(path=path):
                self.assert_refused(2, path, "run", "--pipeline", path)

    def test_an_unusable_run_id_is_refused(self):
        for run_id in ("../../etc", "a/b", " ", "x" * 300, "a\nb", "..", "-x", "$(id)"):
            with self.subTest(run_id=run_id[:20]):
                self.assert_refused(2, "the id of a run", "backup-capture", "--run-id=" + run_id)
                self.assert_refused(2, "the id of a run", "run", environment={"LASTGOOD_RUN_ID": run_id})


class Servers(BadInput):
    def test_a_server_or_database_that_is_not_there_is_refused_by_name(self):
        for url, fragment in ((self.cluster.url("nosuchdb", self.owner), "nosuchdb"),
                              (self.cluster.url("shop", "nobody_known"), "nobody_known"),
                              ("postgres://shop_owner@127.0.0.1:1/shop", "127.0.0.1"),
                              ("postgres://shop_owner@no-such-host.invalid/shop", "no-such-host.invalid")):
            with self.subTest(fragment=fragment):
                self.assert_refused(3, fragment, environment={"DATABASE_URL": url})
                checked = self.run_lastgood("check", environment={"DATABASE_URL": url})
                self.assertEqual(checked.status, 3, str(checked))
                self.assertIn(fragment, checked.out + checked.err)

    def test_a_url_that_cannot_be_read_is_refused_with_its_place(self):
        url = self.cluster.url("shop%zz", self.owner)
        finished = self.assert_refused(2, "lastgood.yaml:6:18: the database URL cannot be read", environment={"DATABASE_URL": url})
        self.assertIn("next: correct it; its form is postgres://", finished.err)

    def test_the_psql_that_is_said_makes_the_same_connection(self):
        url = self.cluster.url("shop", self.owner) + "?sslmode=require"
        finished = self.assert_refused(3, "SSL", environment={"DATABASE_URL": url})
        self.assertIn(f"-U {self.owner} -d 'dbname=shop sslmode=require'   must get in", finished.err)

    def test_a_branch_that_the_remote_does_not_have_is_refused_with_the_push_that_makes_it(self):
        self.edit_pipeline("branch: main", "branch: release/7")
        refused = self.assert_refused(3, 'the remote has no branch "release/7"')
        self.assertIn("next: git push origin HEAD:refs/heads/release/7", refused.err)

    def test_a_role_that_may_not_create_databases_is_refused(self):
        self.cluster.sql("alter role shop_owner nocreatedb")
        self.addCleanup(self.cluster.sql, "alter role shop_owner createdb")
        self.assert_refused(3, "may not create databases")
        self.assert_refused(3, "may not create databases", "backup-capture")
        self.assertIn("closed: failed-clean", self.run_lastgood("status").out)
        checked = self.run_lastgood("check")
        self.assertEqual(checked.status, 3, str(checked))
        self.assertIn("CREATEDB", checked.out + checked.err)

    def test_client_programs_of_another_version_or_none_are_refused(self):
        fake = self.root / "fake-bin"
        fake.mkdir()
        for program in ("pg_dump", "pg_restore", "psql"):
            (fake / program).write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) 11.3'\n")
            (fake / program).chmod(0o755)
        for directory, fragment in ((fake, "11.3"), (self.root / "nowhere", "not here")):
            with self.subTest(directory=directory.name):
                self.assert_refused(3, fragment, environment={"LASTGOOD_PG_BINDIR": str(directory)})
                checked = self.run_lastgood("check", environment={"LASTGOOD_PG_BINDIR": str(directory)})
                self.assertEqual(checked.status, 3, str(checked))
                self.assertIn(fragment, checked.out + checked.err)

    def test_another_database_under_the_same_environment_is_refused(self):
        self.assert_exit(0, self.run_lastgood("run"))
        self.cluster.sql("create database other owner shop_owner")
        self.app.commit("again")
        self.assert_refused(3, "belongs to another database", environment={"DATABASE_URL": self.cluster.url("other", self.owner)})

    def test_a_run_of_another_name_that_is_open_on_the_same_database_is_refused(self):
        self.app.write("other.yaml", (self.app.tree / "lastgood.yaml").read_text().replace("name: shop", "name: other"))
        self.app.commit("another name")
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "one"))
        words = "run one of shop/production is open on the same database"
        for command in ("run", "backup-capture"):
            self.assert_refused(3, words, command, "--pipeline", "other.yaml")
        checked = self.assert_exit(3, self.run_lastgood("check", "--pipeline", "other.yaml"))
        self.assertIn("TROUBLE  database: " + words, checked.out)
        self.assert_exit(0, self.run_lastgood("run", "--run-id", "one"))
        checked = self.assert_exit(0, self.run_lastgood("check", "--pipeline", "other.yaml"))
        self.assertIn("note  database: shop/production works on the same database too", checked.out)
        self.assert_exit(0, self.run_lastgood("run", "--pipeline", "other.yaml"))

    def test_another_name_with_a_store_of_its_own_is_told_by_the_database_that_it_keeps(self):
        text = (self.app.tree / "lastgood.yaml").read_text().replace("name: shop", "name: other")
        self.app.write("other.yaml", text.replace(f"file:{self.store}", f"file:{self.root}/other"))
        self.app.commit("another name and store")
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        checked = self.assert_exit(0, self.run_lastgood("check", "--pipeline", "other.yaml"))
        self.assertRegex(checked.out, r"note  database: shop/production works on the same database too \(its shop__lg_\S+ is there\)")
        begun = self.run_lastgood("backup-capture", "--pipeline", "other.yaml")
        self.assertIn("warning: shop/production works on the same database too", self.assert_exit(0, begun).err)

    def test_a_pipeline_that_can_be_run_checks_out(self):
        before = self.world()
        checked = self.run_lastgood("check")
        self.assertEqual(checked.status, 0, str(checked))
        self.assertEqual(self.world(), before)
        self.assertFalse(self.store.exists())
        for record in self.run_lastgood("check", "--json").records:
            self.assertEqual(record["lastgood"], 1)


class CommandLines(BadInput):
    def test_every_program_explains_itself(self):
        for program in PROGRAMS:
            with self.subTest(program=program):
                text = subprocess.run([BIN / program, "--help"], text=True, capture_output=True, check=True).stdout
                self.assertIn("EXIT STATUS", text)
                self.assertIn("another run holds the environment", text)
                version = subprocess.run([BIN / program, "--version"], text=True, capture_output=True, check=True).stdout
                self.assertRegex(version, rf"^{program} \d+\.\d+")

    def test_options_that_are_unknown_or_incomplete_are_usage_errors(self):
        for arguments in (["run", "--frobnicate"], ["frobnicate"], [], ["rollback", "--to"], ["run", "--log-level", "shouting"],
                          ["backups"], ["backups", "show"], ["adopt"], ["migrate", "extra"], ["rollback", "--to", "x", "--confirm", "staging"],
                          ["rollback", "--to", "x"], ["backups", "prune"]):
            with self.subTest(arguments=arguments):
                self.assert_refused(2, "", *arguments) if arguments else self.assertEqual(self.run_lastgood().status, 2)

    def test_a_mistyped_command_is_answered_with_the_nearest_and_the_list(self):
        for arguments, following in ((["staus"], "lastgood status"), (["migrat"], "lastgood migrate"), (["backups", "lst"], "lastgood backups list"),
                                     (["backups"], "lastgood backups --help"), (["--json", "migrate"], "lastgood migrate --help")):
            with self.subTest(arguments=arguments):
                finished = self.assert_refused(2, f"next: {following}", *arguments)
                if "--json" not in arguments:
                    self.assertIn("list, show, verify, prove, download, prune" if "backups" in arguments else "run, status, history, report, backups", finished.err)

    def test_the_help_of_every_command_names_the_common_options(self):
        for command in (["status"], ["backups"], ["backups", "list"], ["adopt"]):
            with self.subTest(command=command):
                self.assertIn("--pipeline FILE", self.run_lastgood(*command, "--help").out)

    def test_what_prune_wants_confirmed_is_asked_with_everything_that_was_given(self):
        self.assert_refused(2, "next: lastgood backups prune --acknowledge shop__lg_failed_1 --confirm production",
                            "backups", "prune", "--acknowledge", "shop__lg_failed_1")

    def test_steps_out_of_order_are_refused(self):
        for step, fragment in (("migrate", "no run is open"), ("verify", "no run is open"), ("rollback", "no run is open")):
            with self.subTest(step=step):
                self.assert_refused(3, fragment, step)
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        before = self.world()
        self.assert_failure(3, "has not ended well", self.run_lastgood("verify"))
        self.assertEqual(self.world(), before)
        self.assertEqual(self.run_lastgood("rollback", "--if-failed").status, 0)

    def test_every_line_of_json_is_one_versioned_record(self):
        for arguments, status in ((["run"], 0), (["status"], 0), (["history"], 0), (["backups", "list"], 0), (["run", "--run-id", "other"], 0),
                                  (["migrate"], 3), (["rollback", "--dry-run", "--run-id", "nothing"], 3)):
            with self.subTest(arguments=arguments):
                finished = self.run_lastgood(*arguments, "--json")
                self.assertEqual(finished.status, status, str(finished))
                lines = finished.out.splitlines()
                self.assertTrue(lines)
                self.assertEqual(len(finished.records), len(lines), finished.out)
                for record in finished.records:
                    self.assertEqual(record["lastgood"], 1)
                    self.assertTrue(record["type"])
                if status:
                    self.assertTrue(finished.record("failure")["next"])


del BadInput

if __name__ == "__main__":
    unittest.main()
