"""Every fault of Heroku, through the real programs: what is said, what is left, and that a rerun goes on where it stopped."""
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import wait_until  # noqa: E402
from heroku_world import HerokuWorld  # noqa: E402
from shop_site import ORDERS_AT_FIRST, ORDERS_LOST, PYTHON  # noqa: E402

HTML = "<html><body>Bad gateway</body></html>"


class Faults(HerokuWorld):
    """Release 1 is deployed, migrated and adopted."""

    workers = 0
    formation = property(lambda self: {name: process["quantity"] for name, process in self.server.formation.items()})

    def setUp(self):
        super().setUp()
        self.server.formation["web"]["quantity"] = 1 + bool(self.workers)
        self.server.formation["worker"]["quantity"] = self.workers
        self.as_it_was = self.formation
        self.good = self.written(1)
        self.app.git("push", "-q", self.server.authenticated_git_url, "HEAD:refs/heads/main")
        # A release phase migrates too: two at a time would apply everything twice.
        self.server.settled()
        subprocess.run([PYTHON, "manage.py", "migrate", "--noinput"], cwd=self.app.tree, check=True, capture_output=True,
                       env={**os.environ, "DATABASE_URL": self.server.config["DATABASE_URL"]})

    def adopt(self):
        self.assert_exit(0, self.run_lastgood("adopt", "HEAD"))

    def step(self, name, status=0, run="r", **more):
        return self.assert_exit(status, self.run_lastgood(name, "--run-id", run, **more))

    def captured(self, number, **pipeline):
        """A restore point, and the code of a release to migrate to."""
        self.heroku_pipeline(**pipeline)
        commit = self.written(number)
        self.step("backup-capture")
        return commit

    def heroku_pipeline(self, **pipeline):
        super().heroku_pipeline(**pipeline)
        self.app.commit("The pipeline")

    def killed(self, when, step, run="r"):
        """Kills the step as soon as it is so."""
        program = self.start_lastgood(step, "--run-id", run)
        try:
            wait_until(lambda: when() or program.poll() is not None, 60, "the moment to kill")
        finally:
            ended = program.poll()
            program.kill()
            out, err = program.communicate()
        self.assertIsNone(ended, out + err)

    def asked(self, request):
        """How often."""
        return sum(f"{method} {path}".endswith(request) for method, path, *_ in self.server.requests)

    def applied(self):
        return self.sql("select name from django_migrations where app = 'shop' order by name").split("\n")

    def orders(self):
        return int(self.sql("select count(*) from shop_order"))

    def assert_serves(self, release):
        self.server.settled()
        status, text = self.get("/health")
        self.assertIn(release, text, f"{status}, {self.formation}, {[(dyno.name, dyno.state) for dyno in self.server.dynos.all()]}, {self.server.log_of('web.1')}")

    def assert_as_it_was(self):
        self.assert_open()
        self.assertEqual(self.formation, self.as_it_was)


class Refusals(Faults):
    def test_who_does_not_let_us_in(self):
        before = len(self.server.requests)
        for words, status, environment, fault in (
                ("HEROKU_API_KEY is not set", 2, {"HEROKU_API_KEY": ""}, None), ("does not accept HEROKU_API_KEY", 3, {"HEROKU_API_KEY": "wrong"}, None),
                ("refuses heroku config:get", 3, {}, 403), ('has no app "shop"', 3, {}, 404)):
            with self.subTest(words):
                if fault:
                    self.server.fault("GET /apps/shop/config-vars", fault)
                self.assert_failure(status, words, self.run_lastgood("backup-capture", environment=environment))
        self.assertEqual([method for method, *_ in self.server.requests[before:] if method != "GET"], [])
        self.assert_as_it_was()

    def test_answers_that_are_asked_for_again(self):
        self.server.fault("GET /apps/shop/config-vars", 429, {"Retry-After": "1"})
        self.server.fault("GET /apps/shop/config-vars", 503)
        self.server.fault("GET /apps/shop/config-vars", 502, body=HTML)
        self.server.fault("GET /apps/shop/releases", 500)
        self.server.fault("GET /apps/shop/releases", answer="drop")
        finished = self.assert_exit(0, self.run_lastgood("adopt", "HEAD"))
        self.assertEqual(finished.err.count("again in"), 4, str(finished))

    def test_no_answer_at_all(self):
        self.heroku_pipeline(heroku="timeout: 3s")
        self.server.fault("GET /apps/shop/config-vars", answer="never", times=None)
        finished = self.assert_failure(4, "heroku config:get failed: no answer", self.run_lastgood("backup-capture"))
        self.assertLess(finished.took, 30)
        self.server.faults.clear()
        self.server.fault("GET /apps/shop/config-vars", 503, body=HTML, times=None)
        finished = self.assert_failure(4, "heroku config:get failed", self.run_lastgood("backup-capture"))
        self.assertNotIn("<html", finished.err)
        self.assert_as_it_was()


class Capturing(Faults):
    """With writes open it takes less long; nobody writes here."""

    def setUp(self):
        super().setUp()
        self.heroku_pipeline(writes="open")

    def hurry(self):
        """The CLI waits 3 s after each poll that fails, and gives up after 20 of them."""
        file = self.root / "hurry.cjs"
        file.write_text("const wait = globalThis.setTimeout; globalThis.setTimeout = (work, ms, ...rest) => wait(work, ms / 20, ...rest);")
        return {"NODE_OPTIONS": f"--require {file}"}

    def test_a_backup_that_fails_and_one_that_only_seems_to_succeed(self):
        self.server.backup_fails_at = 0.9
        self.assert_failure(4, "Heroku's backup b001 did not succeed: Failed", self.run_lastgood("backup-capture", "--run-id", "r"))
        self.server.fault("GET /client/v11/apps/shop/transfers/", 503, times=21)
        finished = self.run_lastgood("backup-capture", "--run-id", "r", environment=self.hurry())
        self.assert_failure(4, "Heroku's backup b002 did not succeed: Failed", finished)
        self.server.backup_fails_at = None
        self.step("backup-capture")
        self.assertEqual([transfer["succeeded"] for transfer in self.server.transfers], [False, False, True])

    def test_a_backup_that_never_ends(self):
        self.heroku_pipeline(writes="open", heroku="timeout: 6s")
        self.server.backup_never_ends = True
        finished = self.assert_failure(4, "Heroku has not ended b001 after 6 s", self.run_lastgood("backup-capture", "--run-id", "r"))
        self.assertIn("heroku pg:backups:info b001 --app shop", finished.err)
        self.server.backup_never_ends = False
        self.step("backup-capture")
        self.assertEqual(len(self.server.transfers), 2)

    def test_a_download_that_is_no_backup(self):
        for switch, words in (("download_html", "b001 could not be downloaded"), ("download_forbidden", "b002 could not be downloaded"),
                              ("download_cut", "b003 could not be downloaded")):
            with self.subTest(switch):
                setattr(self.server, switch, True)
                finished = self.assert_failure(4, words, self.run_lastgood("backup-capture", "--run-id", "r"))
                self.assertEqual(finished.err.count("; again"), 2, str(finished))
                setattr(self.server, switch, False)
        self.assertEqual(list(self.store.glob("shop/production/restore-points/*/manifest.json")), [])
        self.step("backup-capture")


class Holding(Faults):
    workers = 1

    def test_a_capture_that_is_killed_while_heroku_backs_up_goes_on_with_that_backup(self):
        self.server.backup_takes = 2
        self.killed(lambda: self.asked("/backups"), "backup-capture")
        self.assertTrue(self.server.maintenance)
        self.assertEqual(self.formation, {"web": 0, "worker": 0})
        finished = self.step("backup-capture")
        self.assertEqual(self.asked("/backups"), 1, str(finished))
        self.assertIn("b001", finished.err)
        self.assertTrue(self.server.maintenance)
        # Killed in the middle of holding: the next one holds, and knows what ran before.
        self.step("rollback")
        self.assert_as_it_was()
        self.server.fault("PATCH /apps/shop/formation", answer="never")
        self.killed(lambda: self.server.maintenance, "backup-capture", "s")
        self.server.faults.clear()
        self.step("backup-capture", run="s")
        self.assertEqual((self.server.maintenance, self.formation), (True, {"web": 0, "worker": 0}))
        self.step("rollback", run="s")
        self.assert_as_it_was()

    def test_somebody_is_connected(self):
        self.server.maintenance = True
        console = self.cluster.start_sql("select pg_sleep(120)", self.database, self.owner, "psql")
        self.addCleanup(console.wait)
        self.addCleanup(console.kill)
        finished = self.assert_failure(3, "somebody is connected to its database", self.run_lastgood("backup-capture", "--run-id", "r"))
        self.assertIn("psql", finished.err)
        self.assertTrue(self.server.maintenance, "it was on before")
        self.assertEqual(self.formation, self.as_it_was)
        self.assertIsNone(console.poll(), "it is somebody's")

    def test_heroku_goes_away_while_we_hold(self):
        self.server.fault("/apps/shop/formation", 503, times=None, after=1)
        finished = self.assert_failure(5, "", self.run_lastgood("backup-capture", "--run-id", "r"))
        self.assertIn("heroku maintenance:off --app shop", finished.err)
        self.assertIn("heroku ps:scale web=2 worker=1 --app shop", finished.err)
        self.assertTrue(self.server.maintenance)
        self.server.faults.clear()
        self.step("rollback")
        self.assert_as_it_was()


class Deploying(Faults):
    release_phase = f"{PYTHON} manage.py migrate --noinput"

    def on_deploy(self, **more):
        return self.captured(2, writes="open", migrate="run: on_deploy", **more)

    def test_a_build_that_fails(self):
        self.on_deploy()
        self.server.build_fails = True
        finished = self.assert_failure(4, "Heroku did not take the revision", self.run_lastgood("migrate", "--run-id", "r"))
        self.assertIn("failed to compile", finished.err)
        self.assertEqual(self.applied(), ["0001_tables", "0002_first_orders"])
        self.server.build_fails = False
        # The same commit again.
        self.step("backup-capture")
        self.server.release_fails = True
        self.assert_failure(4, "release phase", self.run_lastgood("migrate", "--run-id", "r"))
        self.assertEqual(self.applied(), ["0001_tables", "0002_first_orders"])
        # Heroku has built it by now: its release phase is run once more.
        self.server.release_fails = False
        self.step("backup-capture")
        self.step("migrate")
        self.assertIn("0003_paid", self.applied())

    def test_a_release_phase_that_fails_when_its_work_is_done(self):
        self.adopt()
        self.on_deploy()
        self.server.release_fails = "after"
        finished = self.step("migrate", 5)
        self.assertIn("1 migration is applied of 1", finished.err)
        self.server.release_fails = False
        self.step("rollback")
        self.assertEqual(self.applied(), ["0001_tables", "0002_first_orders"])
        self.assertEqual(self.orders(), ORDERS_AT_FIRST)
        self.assert_serves("release 1")
        self.assert_as_it_was()

    def test_a_release_phase_that_never_ends(self):
        self.adopt()
        self.on_deploy(heroku="timeout: 6s")
        self.server.release_never_ends = True
        self.assert_failure(6, "Heroku has not ended the deploy of", self.run_lastgood("migrate", "--run-id", "r"))
        self.server.release_never_ends = False
        self.step("rollback")
        self.assertFalse(self.server.dynos.find("release"), "what would migrate after the return")
        self.assert_serves("release 1")
        self.assert_as_it_was()


class Migrating(Faults):
    def one_off(self, **more):
        return self.captured(2, writes="open", migrate="run: one_off", **more)

    def test_a_dyno_that_dies_and_a_push_that_was_done(self):
        self.one_off()
        self.server.dyno_dies = True
        finished = self.step("migrate", 6)
        self.assertIn("shop.0003_paid", finished.err)
        self.server.dyno_dies = False
        # The rerun reads the ledger; killed when the revision is pushed, the next one does not have it built again.
        self.killed(lambda: self.server.releases[-1]["version"] == 5, "migrate")
        self.step("migrate")
        self.assertEqual(self.asked("/shop.git/git-receive-pack"), 2, "release 1 and release 2")
        self.assertIn("0003_paid", self.applied())
        self.server.settled()
        self.assert_serves("release 2")

    def test_a_migration_that_fails_in_a_dyno(self):
        self.heroku_pipeline(writes="open", migrate="run: one_off")
        self.written(2)
        self.app.write("shop/migrations/0003_paid.py", "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
                       "    dependencies = [('shop', '0002_first_orders')]\n    operations = [migrations.RunSQL('select 1/0')]\n")
        self.app.commit("It fails")
        self.step("backup-capture")
        self.assert_failure(5, 'then "shop.0003_paid" failed: django.db.utils.DataError: division by zero', self.run_lastgood("migrate", "--run-id", "r"))
        self.assertEqual(self.applied(), ["0001_tables", "0002_first_orders"])
        self.assertEqual(self.orders(), ORDERS_AT_FIRST)


class Returning(Faults):
    """From release 3, which loses orders."""

    workers = 1

    def test_a_way_back_with_every_fault(self):
        self.adopt()
        self.captured(3, migrate="run: here")
        before = self.digest("shop_order")
        self.step("migrate")
        self.assertNotEqual(self.digest("shop_order"), before)
        restores = "/restores"
        self.server.restore_fails = True
        finished = self.assert_failure(5, "Heroku did not restore b001", self.run_lastgood("rollback", "--run-id", "r"))
        self.assertIn("heroku pg:backups:restore b001 DATABASE_URL --app shop --confirm shop", finished.err)
        self.assertEqual(self.asked(restores), 1)
        self.assertTrue(self.server.maintenance, "it stands still until a person or a rerun has returned the data")
        self.server.restore_fails = False
        # Killed in the middle of a restore.
        self.server.restore_takes = 10
        self.killed(lambda: self.asked(restores) == 2, "rollback")
        self.server.restore_takes = 0
        # Heroku does not take the old code back.
        self.server.fault("POST /apps/shop/releases", 422, body={"id": "invalid_params", "message": "Cannot roll back to v4."})
        finished = self.assert_failure(5, "Cannot roll back to v4", self.run_lastgood("rollback", "--run-id", "r"))
        self.assertIn("Heroku is restoring already (r004)", finished.err)
        self.assertEqual(self.digest("shop_order"), before)
        self.assertTrue(self.server.maintenance)
        self.step("rollback")
        self.assertEqual(self.asked("/backups"), 2, "one is the restore point, one is what was live")
        self.assertEqual(self.asked(restores), 3)
        self.assert_as_it_was()
        self.assert_serves("release 1")


class Secrets(Faults):
    workers = 1

    def test_nothing_is_told_and_nothing_is_left(self):
        secrets = [self.server.api_key, self.server.postgres.databases[self.server.addons[0]["id"]]["password"], "p@ss/w%rd"]
        self.sql(f"alter role {self.owner} password '{secrets[2]}'")
        where = self.server.postgres.databases[self.server.addons[0]["id"]]
        where["password"] = urllib.parse.quote(secrets[2], safe="")
        self.server.config["DATABASE_URL"] = self.server.postgres.url(self.server.addons[0])
        secrets += [where["password"]]
        self.adopt()
        home = self.root / "home"
        home.mkdir()
        (home / ".gitconfig").write_text("[user]\n\tname = me\n")
        temporary = self.root / "tmp"
        temporary.mkdir()
        self.environment.update(HOME=str(home), TMPDIR=str(temporary))
        for name in ("GIT_CONFIG_GLOBAL", "HEROKU_DISABLE_AUTOUPDATE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            self.environment.pop(name)
        self.environment["GIT_CONFIG_NOSYSTEM"] = "1"
        self.written(2)
        seen, over = set(), threading.Event()

        def watch():
            while not over.is_set():
                for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                    try:
                        seen.add(path.read_bytes())
                    except OSError:
                        pass
                time.sleep(0.01)
        watcher = threading.Thread(target=watch)
        watcher.start()
        said = ""
        try:
            for arguments in (["check"], ["run", "--json", "--log-level", "trace", "--run-id", "r"], ["rollback", "--log-level", "trace", "--to", "r", "--confirm",
                              "production", "--accept-loss"], ["status", "--json"], ["history", "--json"], ["backups", "list", "--json"]):
                finished = self.run_lastgood(*arguments)
                said += finished.out + finished.err
                self.assertEqual(finished.status, 0, str(finished))
        finally:
            over.set()
            watcher.join()
        kept = b"".join(path.read_bytes() for path in self.store.rglob("*") if path.is_file())
        everything = b"\n".join(seen)
        self.assertIn(b"pg:backups:capture", everything)
        for secret in secrets:
            self.assertNotIn(secret.encode(), everything, "arguments of a program")
            self.assertNotIn(secret, said)
            self.assertNotIn(secret.encode(), kept)
        self.assertNotIn(b"autoupdate", everything)
        self.assertEqual([path.name for path in home.iterdir()], [".gitconfig"])
        self.assertEqual((home / ".gitconfig").read_text(), "[user]\n\tname = me\n")
        self.assertEqual([path.name for path in temporary.iterdir()], [])
        self.assertTrue(pathlib.Path("/dev/null").is_char_device())
        self.assert_as_it_was()


del HerokuWorld, Faults

if __name__ == "__main__":
    import unittest
    unittest.main()
