"""The real `heroku` program against the Heroku on loopback: every command that is relied on, and the traps of its exit codes."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import GIT_ENVIRONMENT, ChainTest, Finished, wait_until  # noqa: E402
from heroku_server import HEROKU, HerokuServer  # noqa: E402
from shop_site import ORDERS_AT_FIRST, ORDERS_LOST, write_procfile, write_release  # noqa: E402


class HerokuTest(ChainTest):
    def setUp(self):
        super().setUp()
        self.server = HerokuServer(self.cluster, self.root)
        self.addCleanup(self.server.close)
        self.server.formation["worker"]["quantity"] = 0

    def heroku(self, *arguments, **environment):
        """Runs `heroku ARGUMENTS` for the app."""
        head, separator, tail = " ".join(arguments).partition(" -- ") if len(arguments) == 1 else ("", "", "")
        words = head.split() if head else list(arguments)
        words = [*words, "--app", "shop", *(["--", tail] if separator else [])]
        start = time.monotonic()
        done = subprocess.run([str(HEROKU), *words], env={**os.environ, **self.server.environment, **environment}, cwd=self.root, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        return Finished(done.returncode, done.stdout, done.stderr, time.monotonic() - start)

    def ok(self, *arguments, **environment):
        finished = self.heroku(*arguments, **environment)
        self.assertEqual(finished.status, 0, str(finished))
        return finished

    def refused(self, status, fragment, *arguments, **environment):
        finished = self.heroku(*arguments, **environment)
        self.assertEqual(finished.status, status, str(finished))
        self.assertIn(fragment, " ".join(finished.err.replace("›", "").split()), str(finished))
        return finished

    def push(self, url=None):
        return subprocess.run(["git", "push", url or self.server.authenticated_git_url, "HEAD:refs/heads/main"], cwd=self.app.tree, text=True,
                              capture_output=True, env={**os.environ, **GIT_ENVIRONMENT, "GIT_TERMINAL_PROMPT": "0", "HOME": str(self.root)})

    def deployed(self, number, **procfile):
        """Writes, pushes and releases; returns the commit."""
        write_release(self.app, number)
        write_procfile(self.app, **procfile)
        commit = self.app.commit(f"release {number}")
        pushed = self.push()
        self.assertEqual(pushed.returncode, 0, pushed.stderr)
        self.server.settled()
        return commit

    def visit(self, path="/health", data=None):
        try:
            with urllib.request.urlopen(self.server.app_url + path, data, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def health(self):
        status, text = self.visit()
        self.assertEqual(status, 200, text)
        return json.loads(text)

    def orders(self, database=None):
        return int(self.sql("select count(*) from shop_order", database))

    def last(self):
        return self.server.releases[-1]


class Deploying(HerokuTest):
    def test_a_push_is_built_released_and_served(self):
        commit = self.deployed(1)
        self.assertEqual(self.health(), {"release": "release 1", "orders": ORDERS_AT_FIRST, "database": "shop"})
        self.assertEqual(self.last()["description"], f"Deploy {commit[:8]}")
        self.assertIn("Applying shop.0002_first_orders... OK", self.server.output_of(self.last()["version"]))
        newest, *_ = json.loads(self.ok("releases", "--json", "--num", "1").out)
        self.assertEqual((newest["version"], newest["status"], newest["current"], newest["slug"]), (4, "succeeded", True, self.last()["slug"]))
        self.assertEqual(json.loads(self.ok("releases:info", "v4", "--json").out)["id"], newest["id"])
        self.assertEqual(self.server.slugs[newest["slug"]["id"]]["commit"], commit)
        self.assertIn("Current: v4", self.ok("releases").out)

    def test_a_push_is_refused_without_the_key_and_without_a_site(self):
        self.app.commit()
        pushed = self.push(self.server.git_url)
        self.assertEqual(pushed.returncode, 128)
        self.assertIn("could not read Username", pushed.stderr)
        pushed = self.push(self.server.git_url.replace("://", "://heroku:wrong@"))
        self.assertEqual(pushed.returncode, 128)
        self.assertIn("Authentication failed", pushed.stderr)
        pushed = self.push()
        self.assertEqual(pushed.returncode, 1)
        self.assertIn("No default language could be detected", pushed.stderr)
        self.server.build_fails = True
        write_release(self.app, 1)
        self.app.commit()
        self.assertIn("pre-receive hook declined", self.push().stderr)
        self.assertEqual(len(self.server.releases), 3)

    def test_a_bad_release_and_the_way_back_with_old_code_on_a_new_schema(self):
        self.deployed(1)
        self.deployed(2)
        good = self.last()
        self.deployed(3)
        self.assertEqual(self.health()["orders"], ORDERS_AT_FIRST - ORDERS_LOST)
        finished = self.ok("releases:rollback", f"v{good['version']}")
        self.assertIn("Rolling back shop to v5... done, v7", finished.err)
        self.server.settled()
        self.assertEqual(self.last()["description"], "Rollback to v5")
        self.assertEqual(self.last()["slug"], good["slug"])
        status, text = self.visit()
        self.assertEqual(status, 500)
        self.assertIn("paid does not exist", text)

    def test_a_failed_release_phase_leaves_the_old_release_current(self):
        self.deployed(1)
        self.server.release_fails = "after"
        self.deployed(2)
        failed, current = json.loads(self.ok("releases", "--json", "--num", "2").out)
        self.assertEqual((failed["status"], failed["current"], current["status"], current["current"]), ("failed", False, "succeeded", True))
        self.assertIn("release command failed", self.ok("releases", "--num", "2").out)
        self.assertEqual(self.health()["release"], "release 1")
        self.refused(2, "Cannot roll back to v5", "releases:rollback", "v5")

    def test_a_release_phase_that_does_not_end_is_pending_until_it_is_stopped(self):
        self.deployed(1)
        self.server.release_never_ends = True
        write_release(self.app, 2)
        self.app.commit()
        self.push()
        self.assertEqual(json.loads(self.ok("releases", "--json", "--num", "1").out)[0]["status"], "pending")
        self.assertEqual([dyno["name"] for dyno in json.loads(self.ok("ps", "--json").out)], ["release.5", "web.1"])
        self.ok("ps:stop", "--dyno-name", "release.5")
        wait_until(lambda: self.last()["status"] == "failed", 10, "the release has failed")

    def test_a_site_that_does_not_start(self):
        self.server.web_does_not_start = True
        self.deployed(1)
        wait_until(lambda: self.server.dynos.running[0].state == "crashed", 10, "the crash")
        self.assertEqual(json.loads(self.ok("ps", "--json").out)[0]["state"], "crashed")
        self.assertEqual(self.visit()[0], 503)

    def test_other_branches_are_not_built_and_a_forced_push_is(self):
        first = self.deployed(1)
        self.deployed(2)
        self.app.git("push", self.server.authenticated_git_url, "HEAD:refs/heads/side")
        self.assertEqual(self.last()["version"], 5)
        self.app.git("push", "--force", self.server.authenticated_git_url, f"{first}:refs/heads/main")
        self.server.settled()
        self.assertEqual((self.last()["description"], self.last()["status"]), (f"Deploy {first[:8]}", "succeeded"))


class Running(HerokuTest):
    def test_processes_are_listed_scaled_and_really_stopped(self):
        self.deployed(1)
        self.ok("ps:scale", "worker=2")
        self.server.settled()
        dynos = json.loads(self.ok("ps", "--json").out)
        self.assertEqual([(dyno["name"], dyno["type"], dyno["state"], dyno["size"]) for dyno in dynos],
                         [("web.1", "web", "up", "Standard-1X"), ("worker.1", "worker", "up", "Standard-1X"), ("worker.2", "worker", "up", "Standard-1X")])
        wait_until(lambda: self.orders() > ORDERS_AT_FIRST, 10, "an order of the workers")
        self.assertEqual(self.ok("ps:scale").out, "release=0:Standard-1X web=1:Standard-1X worker=2:Standard-1X\n")
        finished = self.ok("ps:scale", "worker=0")
        self.assertEqual((finished.out, finished.err), ("", "Scaling dynos... done, now running worker at 0:Standard-1X\n"))
        self.server.settled()
        orders = self.orders()
        time.sleep(0.5)
        self.assertEqual(self.orders(), orders)
        self.ok("ps:scale", "worker=1:standard-2x")
        self.assertEqual(self.server.formation["worker"], {"quantity": 1, "size": "Standard-2X"})
        self.refused(2, "Couldn't find that process type (clock).", "ps:scale", "clock=1")
        self.assertIn("web.1: up", self.ok("ps").out)

    def test_a_restart_starts_new_processes(self):
        self.deployed(1)
        before = self.server.dynos.running[0].process.pid
        self.ok("ps:restart")
        self.server.settled()
        self.assertNotEqual(self.server.dynos.running[0].process.pid, before)
        self.assertEqual(self.health()["orders"], ORDERS_AT_FIRST)

    def test_a_one_off_dyno_has_the_config_and_tells_its_exit_code_only_when_asked(self):
        self.deployed(1)
        finished = self.heroku("run --exit-code --no-tty -e A=1;B=2 -- bash -c 'echo $A $B $DATABASE_URL; exit 3'")
        self.assertEqual((finished.status, finished.out), (3, f"1 2 {self.server.config['DATABASE_URL']}\n"), str(finished))
        self.assertIn("Process exited with code 3", finished.err)
        finished = self.ok("run --exit-code --no-tty -- /usr/bin/python3 manage.py showmigrations")
        self.assertIn("[X] 0002_first_orders", finished.out)
        self.ok("run --no-tty -- exit 3")
        self.refused(1, "No exit code returned", "run --exit-code --no-tty -- exit 3")
        self.assertEqual(self.ok("run --exit-code --no-tty -- cat").out, "")
        self.ok("run:detached -- echo done > detached")
        wait_until(lambda: (self.server.slugs[self.server.current["slug"]["id"]]["directory"] / "detached").exists(), 10, "the detached dyno's file")

    def test_much_output_of_a_one_off_dyno_arrives(self):
        self.deployed(1)
        self.assertEqual(len(self.ok("run --exit-code --no-tty -- seq 200000").out), len("".join(f"{number}\n" for number in range(1, 200001))))

    def test_a_one_off_dyno_that_dies(self):
        self.deployed(1)
        self.server.dyno_dies = True
        self.refused(1, "No exit code returned", "run --exit-code --no-tty -- sleep 60")
        self.ok("run --no-tty -- sleep 60")
        self.assertEqual([dyno.name for dyno in self.server.dynos.all()], ["web.1"])

    def test_an_interrupted_run_ends_its_dyno(self):
        self.deployed(1)
        process = subprocess.Popen([str(HEROKU), "run", "--no-tty", "--app", "shop", "--", "sleep 60"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env={**os.environ, **self.server.environment})
        wait_until(lambda: self.server.dynos.find("run"), 20, "the dyno")
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_until(lambda: not self.server.dynos.find("run"), 10, "the end of the dyno")

    def test_maintenance_answers_everything_with_a_page(self):
        self.deployed(1)
        self.assertEqual(self.ok("maintenance").out, "off\n")
        self.assertIn("Enabling maintenance mode for shop... done", self.ok("maintenance:on").err)
        status, text = self.visit()
        self.assertEqual(status, 503)
        self.assertIn("Offline for Maintenance", text)
        self.assertEqual(self.ok("maintenance").out, "on\n")
        self.ok("maintenance:off")
        self.assertEqual(self.visit("/orders", b'{"total": 7}')[0], 201)
        self.assertEqual([status for _, status in self.server.answers], [503, 201])


class Configuring(HerokuTest):
    def test_config_vars_are_a_release_and_come_back_with_it(self):
        self.deployed(1)
        self.assertEqual(self.ok("config:set", "A=1").err.strip().splitlines()[-1], "Setting A and restarting shop... done, v5")
        self.server.settled()
        self.assertEqual((self.last()["description"], self.last()["status"]), ("Set A config vars", "succeeded"))
        self.assertIn("No migrations to apply", self.server.output_of(5), "the release phase runs at every release")
        self.assertEqual(self.ok("config:get", "A").out, "1\n")
        self.assertEqual(self.ok("config:get", "NO").out, "\n")
        self.assertEqual(json.loads(self.ok("config", "--json").out), self.server.config)
        self.ok("releases:rollback", "v4")
        self.server.settled()
        self.assertEqual(list(self.server.config), ["DATABASE_URL"])
        self.ok("config:unset", "A")
        self.assertEqual(len(self.server.releases), 6, "nothing has changed")

    def test_who_and_what(self):
        self.deployed(1)
        finished = subprocess.run([str(HEROKU), "auth:whoami"], env={**os.environ, **self.server.environment}, text=True, capture_output=True,
                                  stdin=subprocess.DEVNULL)
        self.assertEqual(finished.stdout, self.server.email + "\n")
        self.assertEqual(json.loads(self.ok("access", "--json").out)[0]["user"]["email"], self.server.email)
        info = json.loads(self.ok("apps:info", "--json").out)
        self.assertEqual((info["app"]["name"], info["app"]["maintenance"], info["app"]["owner"]["email"]), ("shop", False, self.server.email))
        self.assertIn("heroku-postgresql:standard-0", self.ok("apps:info").out)


class Databases(HerokuTest):
    def setUp(self):
        super().setUp()
        self.deployed(1)

    def test_a_capture_is_listed_downloaded_and_restored(self):
        finished = self.ok("pg:backups:capture", "DATABASE_URL")
        self.assertIn("Starting backup of postgresql-round-1... done\nBacking up DATABASE to b001... done\n", finished.err)
        self.assertIn("Continuous protection is already enabled", finished.err)
        self.assertRegex(self.ok("pg:backups").out, r"b001 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 +Completed \S+ \S+ \+0000 +\d+\.\d\dKB +DATABASE")
        self.assertRegex(self.ok("pg:backups:info", "b001").out, r"Status: +Completed\n")
        self.assertEqual(self.ok("pg:backups:url", "b001").out, self.server.transfers[0]["to_url"] + "\n\n")
        self.ok("pg:backups:download", "b001", "--output", "dump")
        self.assertEqual((self.root / "dump").read_bytes(), self.server.transfers[0]["file"].read_bytes())
        self.sql("delete from shop_order")
        finished = self.ok("pg:backups:restore", "b001", "DATABASE_URL", "--confirm", "shop")
        self.assertIn("Starting restore of b001 to postgresql-round-1... done\nRestoring... done\n", finished.err)
        self.assertEqual(self.orders(), ORDERS_AT_FIRST)
        self.assertEqual(self.sql("select tableowner from pg_tables where tablename = 'shop_order'"), self.owner)
        self.assertRegex(self.ok("pg:backups").out, r"r002 .* Completed ")

    def test_a_download_says_done_whatever_came(self):
        self.ok("pg:backups:capture")
        size = self.server.transfers[0]["processed_bytes"]
        for trouble, status, content in (("download_cut", 13, b"PGDMP"), ("download_html", 0, b"<html>"), ("download_forbidden", 0, b"<?xml")):
            with self.subTest(trouble):
                setattr(self.server, trouble, True)
                finished = self.heroku("pg:backups:download", "b001", "--output", trouble)
                setattr(self.server, trouble, False)
                self.assertEqual(finished.status, status, str(finished))
                self.assertIn("Getting backup from shop... done, #1", finished.err)
                got = (self.root / trouble).read_bytes()
                self.assertTrue(got.startswith(content))
                self.assertLess(len(got), size)

    def test_a_failed_backup(self):
        self.server.backup_fails_at = 0.9
        self.refused(2, "the backup did not finish", "pg:backups:capture")
        self.assertRegex(self.ok("pg:backups:info", "b001").out, r"Status: +Failed\n")
        self.assertRegex(self.ok("pg:backups").out, r"b001 .* Failed ")
        self.refused(1, "did not complete successfully", "pg:backups:restore", "b001", "--confirm", "shop")
        self.refused(1, "No backups for shop", "pg:backups:restore", "--confirm", "shop")

    def test_a_backup_that_does_not_end_is_canceled(self):
        self.server.backup_never_ends = True
        capture = threading.Thread(target=lambda: results.append(self.heroku("pg:backups:capture")))
        results = []
        capture.start()
        wait_until(lambda: self.server.transfers and self.server.transfers[0]["started_at"], 20, "the backup")
        self.assertIn("Running (processed 4.00KB)", self.ok("pg:backups").out)
        self.ok("pg:backups:cancel", "b001")
        capture.join()
        self.assertEqual(results[0].status, 2, str(results[0]))
        self.ok("pg:backups:delete", "b001", "--confirm", "shop")
        self.assertEqual(self.server.transfers, [])

    def test_a_restore_needs_its_confirmation_and_without_one_does_nothing_silently(self):
        self.ok("pg:backups:capture")
        self.sql("delete from shop_order")
        self.ok("pg:backups:restore", "b001", "DATABASE_URL")
        self.assertEqual((self.orders(), len(self.server.transfers)), (0, 1))
        self.refused(1, "did not match shop", "pg:backups:restore", "b001", "DATABASE_URL", "--confirm", "other")

    def test_a_restore_that_breaks_off_or_cannot_drop_has_failed(self):
        self.ok("pg:backups:capture")
        self.cluster.sql("create table later (shop_order bigint references shop_order)", "shop", self.owner)
        self.refused(2, "errors ignored on restore", "pg:backups:restore", "b001", "DATABASE_URL", "--confirm", "shop")
        self.sql("drop table later")
        self.server.restore_fails = True
        self.refused(2, "the backup did not finish", "pg:backups:restore", "b001", "DATABASE_URL", "--confirm", "shop")
        self.server.restore_fails = False
        self.ok("pg:reset", "DATABASE_URL", "--confirm", "shop")
        self.assertEqual(self.sql("select count(*) from pg_tables where schemaname = 'public'"), "0")
        self.ok("pg:backups:restore", self.server.transfers[0]["to_url"], "DATABASE_URL", "--confirm", "shop")
        self.assertEqual(self.orders(), ORDERS_AT_FIRST)

    def test_a_reset_empties_the_database_and_the_owner_can_go_on(self):
        self.cluster.sql("create schema other; create table other.t (id int); create view v as select * from shop_order", "shop", self.owner)
        self.assertEqual(self.ok("pg:reset", "DATABASE_URL", "--confirm", "shop").err.splitlines()[-1], "Resetting postgresql-round-1... done")
        self.assertEqual(self.sql("select string_agg(nspname, ',') from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"), "public")
        self.cluster.sql("create table again (id int)", "shop", self.owner)
        self.assertEqual(self.visit()[0], 500)

    def test_a_fork_is_promoted_and_the_old_database_destroyed(self):
        finished = self.ok("addons:create", "heroku-postgresql:standard-0", "--fork", "DATABASE_URL")
        self.assertIn("postgresql-flat-2 is being created in the background.", finished.out)
        self.assertIn("Creating heroku-postgresql:standard-0 on shop... ~$0.069/hour (max $50/month)", finished.err)
        self.ok("pg:wait", "postgresql-flat-2", "--wait-interval", "1")
        self.server.settled()
        self.assertEqual(self.last()["description"], "Attach HEROKU_POSTGRESQL_RED (@ref:postgresql-flat-2)")
        addons = json.loads(self.ok("addons", "--json").out)
        self.assertEqual([(addon["name"], addon["state"], addon["config_vars"]) for addon in addons],
                         [("postgresql-round-1", "provisioned", ["DATABASE_URL"]), ("postgresql-flat-2", "provisioned", ["HEROKU_POSTGRESQL_RED_URL"])])
        self.assertRegex(self.ok("pg:info").out, r"=== DATABASE_URL\n[\s\S]*Status: +Available\n[\s\S]*=== HEROKU_POSTGRESQL_RED_URL\n")
        fork = self.server.postgres.databases[addons[1]["id"]]
        self.assertEqual(self.orders(fork["database"]), ORDERS_AT_FIRST)
        self.assertNotIn(fork["role"], (self.owner, "postgres"))
        finished = self.ok("pg:promote", "HEROKU_POSTGRESQL_RED_URL")
        self.assertIn("Ensuring an alternate alias for existing DATABASE_URL... HEROKU_POSTGRESQL_BLUE_URL\n"
                      "Promoting postgresql-flat-2 to DATABASE_URL on shop... done\n"
                      "Checking release phase... pg:promote succeeded. It is safe to ignore the failed Detach DATABASE", finished.err)
        self.server.settled()
        self.assertEqual([release["description"] for release in self.server.releases[-3:]],
                         ["Attach HEROKU_POSTGRESQL_BLUE (@ref:postgresql-round-1)", "Detach DATABASE (@ref:postgresql-round-1)",
                          "Attach DATABASE (@ref:postgresql-flat-2)"])
        self.assertEqual(self.health()["database"], fork["database"])
        self.ok("addons:destroy", "postgresql-round-1", "--confirm", "shop")
        self.assertEqual(self.cluster.databases(), [fork["database"]])
        self.server.settled()
        self.assertEqual(self.health()["orders"], ORDERS_AT_FIRST)

    def test_a_promotion_waits_for_its_database(self):
        self.server.provisioning_takes = 60
        self.ok("addons:create heroku-postgresql:standard-0 -- --fork=DATABASE_URL")
        self.refused(2, "cannot be promoted while in state: Provisioning", "pg:promote", "postgresql-flat-2")
        self.assertEqual(len(self.server.releases), 5, "only the alternate alias was made")


class Trouble(HerokuTest):
    def test_answers_that_are_errors(self):
        self.deployed(1)
        for status, body, code, words in ((401, None, 1, "HEROKU_API_KEY is invalid"), (403, None, 2, "You do not have access"),
                                          (404, None, 2, "Couldn't find that app."), (429, None, 2, "Error ID: rate_limit"),
                                          (500, None, 2, "Error ID: internal_server_error"), (503, "<html>oops</html>", 1, "HTTP Error 503"),
                                          (200, "<html>hello</html>", 1, "TypeError")):
            with self.subTest(status=status, body=body):
                self.server.fault("GET /apps/shop/dynos", status, {"Retry-After": "1"} if status == 429 else None, body)
                self.refused(code, words, "ps", "--json")

    def test_a_connection_that_ends_is_tried_again(self):
        self.deployed(1)
        self.server.fault("GET /apps/shop/dynos", answer="drop")
        self.ok("ps", "--json")
        self.server.fault("GET /apps/shop/dynos", answer="drop", times=None)
        finished = self.refused(1, "socket hang up", "ps", "--json")
        self.assertGreater(finished.took, 5)

    def test_a_fault_can_come_later_and_an_answer_never(self):
        self.deployed(1)
        self.server.fault("GET /apps/shop/config-vars", 503, after=1)
        self.ok("config")
        self.refused(2, "temporarily unavailable", "config")
        self.ok("config")
        self.server.fault("GET /apps/shop/config-vars", answer="never")
        with self.assertRaises(subprocess.TimeoutExpired):
            subprocess.run([str(HEROKU), "config", "--app", "shop"], env={**os.environ, **self.server.environment}, timeout=3, capture_output=True)

    def test_a_wrong_key_and_names_that_are_not_there(self):
        self.refused(1, "HEROKU_API_KEY is invalid", "ps", HEROKU_API_KEY="wrong")
        self.refused(1, "Unknown database: NOPE. Valid options are: DATABASE", "pg:info", "NOPE")
        self.refused(2, "Couldn't find that release.", "releases:info", "v99")

    def test_a_capture_whose_polls_fail_says_0_though_the_backup_has_failed(self):
        self.deployed(1)
        self.server.backup_fails_at = 0.5
        self.server.fault("GET /client/v11/apps/shop/transfers/", 503, times=21)
        hurry = self.root / "hurry.cjs"               # the program waits 3 s after each of them
        hurry.write_text("const wait = globalThis.setTimeout; globalThis.setTimeout = (work, ms, ...rest) => wait(work, ms / 20, ...rest);")
        finished = self.ok("pg:backups:capture", NODE_OPTIONS=f"--require {hurry}")
        self.assertEqual(finished.err.splitlines()[-1].strip(), "Backing up DATABASE to b001...")
        self.assertIs(self.server.transfers[0]["succeeded"], False)


class Leaving(HerokuTest):
    def test_nothing_is_left_behind(self):
        self.deployed(1)
        self.server.formation["worker"]["quantity"] = 2
        self.server.dynos.arrange()
        self.ok("addons:create", "heroku-postgresql:standard-0", "--fork", "DATABASE_URL")
        wait_until(lambda: self.server.addons[-1]["state"] == "provisioned", 20, "the fork")
        self.server.release_never_ends = True
        self.server.set_config({"A": "1"})
        wait_until(lambda: self.server.dynos.find("release"), 10, "the release phase")
        processes = [dyno.process.pid for dyno in self.server.dynos.all()]
        self.server.close()
        self.assertFalse([pid for pid in processes if pathlib.Path(f"/proc/{pid}").exists()])
        self.assertFalse(self.server.root.exists())
        self.assertEqual(self.cluster.databases(), ["shop"])
        self.assertEqual(self.cluster.sql("select count(*) from pg_roles where rolname ~ '^u[0-9a-f]{12}$'"), "0")
        self.assertEqual([thread.name for thread in threading.enumerate() if "serve_forever" in thread.name], [])


if __name__ == "__main__":
    import unittest
    unittest.main()
