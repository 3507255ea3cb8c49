"""Runbook B, driven by the real AWS CLI: a Django shop is released, and a bad release comes back with code and data."""
import contextlib
import pathlib
import re
import sys
import threading
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from beanstalk_world import BeanstalkWorld  # noqa: E402
from chain import wait_until  # noqa: E402
from runbook_test import RunbookTest  # noqa: E402
from shop_site import URLS  # noqa: E402


class Visitors:
    """Somebody who looks at the shop all the time; `outages()`: how long it did not answer well, each time."""

    def __init__(self, world):
        self.world, self.over = world, threading.Event()
        self.first = len(world.aws.answers)
        self.thread = threading.Thread(target=self._visit, daemon=True)

    def _visit(self):
        while not self.over.wait(0.05):
            self.world.get("/health")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *ignored):
        self.over.set()
        self.thread.join()

    def outages(self):
        """Good answers of less than a second between bad ones are no end of it."""
        answers = self.world.aws.answers[self.first:]
        found = []
        for at, status in answers:
            if status < 500:
                continue
            if found and at - found[-1][1] < 1:
                found[-1][1] = at
            else:
                found.append([at, at])
        return [round(end - begin, 1) for begin, end in found]


class MigratedByTheDeploy(BeanstalkWorld):
    def came_back(self, release):
        self.assert_served(release)
        self.assertEqual(self.aws.beanstalk.web.health()[0], "Green")
        before, self.database = self.database, self.pointed_at()
        self.assertIn("shop__lg_", self.database)
        self.assertEqual(self.sql("select count(*) from shop_order"), "400")
        self.assert_kept(before)
        self.assert_open()

    def assert_kept(self, failed):
        """The application is let in no more."""
        self.assertEqual(self.cluster.sql(f"select datconnlimit, datallowconn from pg_database where datname = '{failed}'"), "0|t")
        self.assertEqual(self.sql("select count(*) from shop_order", failed), "300")

    def test_two_bad_releases_come_back_by_pointing_at_the_restored_database(self):
        self.launched()
        self.released(2)
        self.assert_served("release 2")
        with Visitors(self) as visitors:
            self.told("bad release", self.released(3, 7)[1])
        outages = visitors.outages()
        print(f"outages of a rollback: {outages} s")
        self.assertLess(max(outages, default=0), 30)
        self.came_back("release 2")

        # The next good release works on the database with the new name; so does the next rollback.
        self.written(2, "release 2b")
        self.assert_exit(0, self.run_lastgood("run"))
        self.assert_served("release 2b")
        first = self.database
        self.written(3, "release 3b")
        self.told("second bad release", self.assert_exit(7, self.run_lastgood("run")))
        self.assertNotEqual(self.pointed_at(), first)
        self.came_back("release 2b")

        for failed in ("shop", first):
            self.assertIn(f"{failed} is kept", self.run_lastgood("backups", "prune", "--dry-run").err)
        self.beanstalk_pipeline(rollback="max_lost: 0, keep_failed: 1s")
        self.assertIn(f"dropped {first}", self.assert_exit(0, self.run_lastgood(
            "backups", "prune", "--acknowledge", first, "--confirm", "production")).err)
        self.assertEqual(self.sql("select count(*) from shop_order"), "400")
        self.assert_kept("shop")


class Arguments:
    """Of every process that ran meanwhile."""

    def __init__(self):
        self.seen, self.over = set(), threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        while not self.over.wait(0.03):
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    self.seen.add(path.read_bytes())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *ignored):
        self.over.set()
        self.thread.join()


class Killed(BeanstalkWorld):
    said = ""

    def run_lastgood(self, *arguments, **more):
        finished = super().run_lastgood(*arguments, "--log-level", "trace", **more)
        self.said += finished.out + finished.err
        return finished

    def assert_secret(self, arguments):
        """Neither the database's password nor AWS's key is in an argument, an output or the store."""
        self.assertTrue(any(b"update-environment" in line for line in arguments.seen))
        kept = b"".join(path.read_bytes() for path in self.store.rglob("*") if path.is_file())
        for secret in (self.password, urllib.parse.quote(self.password, safe=""), urllib.parse.quote_plus(self.password, safe=""),
                       self.aws.secret_key):
            self.assertNotIn(secret, self.said)
            self.assertNotIn(secret.encode(), kept)
            self.assertFalse([line for line in arguments.seen if secret.encode() in line], secret)

    def killed(self, point, *arguments):
        finished = self.run_lastgood("rollback", *arguments, environment={"LASTGOOD_TEST_CRASH": point})
        self.assertIn(finished.status, (-9, 137), str(finished))
        self.assertEqual(self.get("/health")[0], 500)

    def test_a_rollback_and_an_undo_killed_before_the_application_is_pointed_elsewhere(self):
        with Arguments() as arguments:
            self.come_and_go()
        for words in (["check"], ["status", "--json"], ["history", "--json"], ["backups", "list", "--json"]):
            self.run_lastgood(*words)
        self.assert_secret(arguments)

    def come_and_go(self):
        self.launched()
        self.captured(3)
        self.assert_exit(0, self.run_lastgood("migrate"))
        for point in ("before:3", "after:2"):  # the swap is done and not noted; the pointing is begun
            self.killed(point)
            again = self.told(f"killed {point}", self.run_lastgood("status"))
            self.assertIn("which was taken out of service for shop__lg_", again.err)
        self.told("rollback", self.assert_exit(0, self.run_lastgood("rollback")))
        self.assert_served("release 1")
        restored = self.pointed_at()
        self.assertIn("shop__lg_", restored)
        self.assertEqual(self.sql("select count(*) from shop_order", restored), "400")
        self.assertEqual(self.cluster.sql("select datconnlimit from pg_database where datname = 'shop'"), "0")

        self.killed("before:3", "--undo")
        self.told("undo", self.assert_exit(0, self.run_lastgood("rollback", "--undo")))
        self.assert_served("release 3")
        self.assertEqual(self.pointed_at(), "shop")
        self.assertEqual(self.sql("select count(*) from shop_order"), "300")
        self.assertEqual(self.cluster.sql(f"select datconnlimit from pg_database where datname = '{restored}'"), "0")
        self.told("rollback once more", self.assert_failure(3, "is closed (rolled-back)", self.run_lastgood("rollback")))
        self.assert_failure(3, "no failed database", self.run_lastgood("rollback", "--undo"))
        self.assert_exit(0, self.run_lastgood("adopt", "HEAD"))
        self.assert_open()


class WritersKeptOut(BeanstalkWorld):
    """The application's role is not ours, so that it can be kept out: the pipeline says where the database is, and it comes back by its name."""

    on_deploy = False
    # What the load balancer asks has to work while nobody gets into the database.
    extra = {"shop/urls.py": URLS.replace('path("health", answer(health))',
                                          'path("health", lambda request: JsonResponse({"release": RELEASE})), path("deep", answer(health))')}

    def setUp(self):
        super().setUp()
        quoted = urllib.parse.quote(self.password, safe="")
        self.environment.update(DATABASE_URL=f"postgres://{self.owner}:{quoted}@127.0.0.1:{self.cluster.port}/shop",
                                ADMIN_URL=self.cluster.url("postgres", "shop_admin"))
        self.sql(f"alter default privileges for role {self.owner} grant all on tables to shop_app;"
                 f"alter default privileges for role {self.owner} grant all on sequences to shop_app")
        self.migrate_by_hand()
        self.aws.beanstalk.properties["DATABASE_USER"] = "shop_app"
        for environment in (self.aws.beanstalk.web, self.aws.beanstalk.add_worker("shop-worker", 2)):
            environment.settings["aws:elasticbeanstalk:application:environment", "DATABASE_USER"] = "shop_app"
        self.worker = self.aws.beanstalk.environments["shop-worker"]
        self.fenced_pipeline()
        self.launched()

    def fenced_pipeline(self, **more):
        self.beanstalk_pipeline(run="here", beanstalk="workers: [shop-worker]", **more, top="writes: closed\ndatabase: { url: '${DATABASE_URL}', "
                                "admin_url: '${ADMIN_URL}', app_roles: [shop_app] }")

    def assert_workers_are_back(self, label):
        wait_until(lambda: self.worker.status == "Ready" and len(self.worker.instances) == 2, 30, "both workers are back")
        self.assertEqual({instance.label for instance in self.worker.instances}, {label})
        before = self.sql("select count(*) from shop_order")
        wait_until(lambda: self.sql("select count(*) from shop_order") != before, 30, "they write again")

    def sizes(self):
        """MaxSize as it was asked for, in turn."""
        return [option["Value"] for request in self.aws.requests if request.action == "UpdateEnvironment"
                for option in request.parameters.get("OptionSettings", ()) if option["OptionName"] == "MaxSize"]

    def test_workers_stand_still_over_a_good_release_a_bad_one_and_a_failure(self):
        wait_until(lambda: self.sql("select count(*) from shop_order where total = 2") > "0", 30, "the workers write")
        commit, run = self.released(2)
        self.assertEqual(self.sizes(), ["0", "2"])
        label = f"lastgood-{commit[:12]}"
        self.assert_workers_are_back(label)
        self.assertIn("release 2", self.get("/deep")[1])

        orders = int(self.sql("select count(*) from shop_order"))
        with Visitors(self) as visitors:
            self.told("bad release, writers kept out", self.released(3, 7)[1])
        print(f"outages of a swap by name: {visitors.outages()} s")
        self.assertEqual(self.sizes(), ["0", "2"] * 2)
        self.assert_workers_are_back(label)
        self.assertEqual(self.aws.beanstalk.web.label, label)
        self.assertIn("release 2", self.get("/deep")[1])
        self.assertGreaterEqual(int(self.sql("select count(*) from shop_order")), orders)
        self.assertEqual(self.pointed_at(), "shop")

        self.app.git("pull", "-q", "--ff-only", "origin", "main")
        self.fenced_pipeline(capture="engine: snapshot, prove: restore, standby: keep, disk_limit: 1kB")
        self.written(2, "release 2b")
        self.told("capture refused", self.assert_exit(3, self.run_lastgood("run")))
        self.assertEqual(self.sizes(), ["0", "2"] * 3)
        self.assert_workers_are_back(label)
        self.assert_nothing_left()


class SnapshotsOfRds(BeanstalkWorld):
    def test_a_bad_release_comes_back_on_a_new_server_made_of_the_snapshot_and_the_old_one_is_kept(self):
        self.beanstalk_pipeline(capture="engine: rds, standby: keep")
        self.launched()
        self.released(2)
        _, run = self.released(3, 7)
        print(run)
        status, body = self.get("/health")
        self.assertEqual(status, 200, body)
        self.assertIn("release 2", body)
        self.assertIn('"orders": 400', body)
        self.assertEqual(self.sql("select count(*) from shop_order"), "300", "the old server has what the bad release left")
        self.assertIn("is kept as it is", run.err)


class ByHand(RunbookTest, BeanstalkWorld):
    def type(self, *blocks):
        return self.person([*self.first(), *blocks], **{**self.aws.environment, "PGPASSWORD": self.password})

    def test_a_restored_database_that_the_application_was_not_told_of_is_told_and_the_return_is_undone(self):
        self.launched()
        self.captured(3)
        self.assert_exit(0, self.run_lastgood("migrate"))
        for point in ("before:3", "after:2"):  # the swap is done and not noted; the pointing is begun
            finished = self.run_lastgood("rollback", environment={"LASTGOOD_TEST_CRASH": point})
            self.assertIn(finished.status, (-9, 137), str(finished))
        book = self.runbook()
        self.assertIn("It is returned already: what was live before is shop.", book.text)
        self.type(*book.commands("Return the data to the restore point", "If the application was not told yet"))
        self.assert_served("release 1")
        restored = self.pointed_at()
        self.assertIn("shop__lg_", restored)
        self.type(*book.commands("Undo a return", ""))
        self.assert_served("release 3")
        self.assertEqual(self.pointed_at(), "shop")
        self.assertEqual(self.sql("select count(*) from shop_order"), "300")
        self.assertEqual(self.cluster.sql("select datname, datconnlimit from pg_database where datname like 'shop%' order by 1"),
                         f"shop|-1\n{restored}|0")

    def test_a_snapshot_of_rds_comes_back_as_a_server_in_the_network_of_the_old_one(self):
        self.beanstalk_pipeline(capture="engine: rds, standby: drop", on_failure="stop")
        self.launched()
        self.released(2)
        self.released(3, 7)
        book = self.runbook()
        back = book.commands("Return the data to the restore point")
        for command in re.findall(r"aws rds [^)]*", "\n".join(back)):
            self.assertIn(f"--endpoint-url {self.aws.endpoint}", command)
        self.type(*back)
        status, body = self.get("/health")
        self.assertEqual(status, 200, body)
        self.assertIn("release 2", body)
        self.assertIn('"orders": 400', body)
        old, new = self.aws.rds.instances.values()
        self.assertEqual((new.groups, new.subnets, new.parameters), (old.groups, old.subnets, old.parameters))
        self.type(*book.commands("Undo a return", ""))
        self.assert_served("release 3")
        self.assertEqual(self.cluster.sql("select datconnlimit, datallowconn from pg_database where datname = 'shop'"), "-1|t")


if __name__ == "__main__":
    unittest.main()
