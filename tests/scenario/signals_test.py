"""Every signal at every long moment: the step ends at once, nothing of it goes on, the record says so, and the next command ends the run."""
import pathlib
import re
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest, wait_until  # noqa: E402

ORDERS = "create table orders (id int primary key); insert into orders select generate_series(1, 100)"
PATIENCE = "create table patience (seconds int); insert into patience values (0)"  # how long the slow statements take
SLOW_QUERY = "select 1 from pg_sleep((select seconds from patience))"
# Slow to build while a session named "slow" is there: also in a restored database.
SLOW_INDEX = ("create function held(int) returns int immutable language plpgsql as $$ begin "
              "if exists (select from pg_stat_activity where application_name = 'slow') then perform pg_sleep(300); end if; "
              "return $1; end $$; create index held on orders (held(id))")
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


class Signals(ChainTest):
    def setUp(self):
        super().setUp()
        self.slow_file = self.root / "slow"
        self.app.write("slow.sh", f"#!/bin/sh\ntest ! -e {self.slow_file} || sleep 300\n", mode=0o755)
        self.app.migration("0001_orders", f"{ORDERS}; {PATIENCE}")

    def ready(self, **pieces):
        """A good release of this pipeline."""
        self.pipeline(**{"on_failure": "stop", **pieces})
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("run"))

    def statement(self, words):
        return lambda: self.cluster.sql("select 1 from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and application_name "
                                        f"not in ('slow', 'other') and query like '%{words}%' limit 1")

    def processes(self):
        """Whatever runs with the environment of this test: our programs, and what they started."""
        found = []
        for place in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if f"\0HOME={self.root}\0".encode() in b"\0" + (place / "environ").read_bytes():
                    found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                pass  # it has ended
        return found

    def sleeping_child(self):
        return any(line.startswith("sleep 300") for line in self.processes())

    def backends(self):
        """Those of our children too, whatever they call themselves."""
        return self.cluster.sql("select application_name, query from pg_stat_activity where backend_type = 'client backend' "
                                "and pid <> pg_backend_pid() and application_name not in ('slow', 'other')")

    def interrupt(self, arguments, number, stuck, step):
        """Starts the command, waits until it is stuck, signals it; returns what it said."""
        process = self.start_lastgood(*arguments)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        wait_until(lambda: stuck() or process.poll() is not None, 60, f"the slow moment of {arguments}")
        began = time.monotonic()
        process.send_signal(number)
        err = process.communicate(timeout=60)[1]
        self.assertLess(time.monotonic() - began, 5, err)
        self.assertEqual(process.returncode, SIGNALS[number], err)
        wait_until(lambda: self.backends() == "", 5, "the end of every backend of ours")
        self.assertEqual(self.processes(), [])
        self.assert_nothing_left()
        state = self.run_lastgood("status", "--json").record("run")
        self.assertFalse(any(each["running"] for each in state["steps"].values()), state)
        recorded = SIGNALS.values() if arguments[0] == "run" else [SIGNALS[number]]  # the driver ends its step as it sees fit
        self.assertIn(state["steps"][step]["exit_status"], recorded, state)
        return err

    def type_next(self, err, arguments):
        """The last next: as a person would type it."""
        said = re.findall(r"next: (.+)", err)
        self.assertTrue(said, err)
        if said[-1].startswith("run the same command again"):
            return self.run_lastgood(*arguments)
        command = re.split(r" {3}|$", said[-1])[0].split()
        self.assertEqual(command.pop(0), "lastgood", err)
        return self.run_lastgood(*command)

    def outcome(self):
        return self.run_lastgood("status", "--json").record("run")["outcome"]

    # --- verify -----------------------------------------------------------------------------------------------------

    def migrated(self):
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assert_exit(0, self.run_lastgood("migrate"))

    def test_verify_in_an_sql_check(self):
        self.pipeline(checks=[f'sql: {{ query: "{SLOW_QUERY}", expect: 1 }}'])
        self.migrated()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number=number):
                self.sql("update patience set seconds = 300", user=self.owner)
                err = self.interrupt(["verify"], number, self.statement("from pg_sleep((select%"), "verify")
                self.assertEqual(self.outcome(), "none")
        self.sql("update patience set seconds = 0", user=self.owner)
        self.assert_exit(0, self.type_next(err, ["verify"]))
        self.assertEqual(self.outcome(), "good")

    def test_verify_in_a_command_check(self):
        self.pipeline(checks=["command: { run: [./slow.sh], timeout: 200s }"])
        self.migrated()
        for number in SIGNALS:
            with self.subTest(number=number):
                self.slow_file.touch()
                err = self.interrupt(["verify"], number, self.sleeping_child, "verify")
                self.assertEqual(self.outcome(), "none")
        self.slow_file.unlink()
        self.assert_exit(0, self.type_next(err, ["verify"]))
        self.assertEqual(self.outcome(), "good")

    def test_verify_in_a_command_that_does_not_listen_to_signals(self):
        self.app.write("slow.sh", f"#!/bin/sh\ntrap '' INT TERM HUP\ntest ! -e {self.slow_file} || sleep 300\n", mode=0o755)
        self.pipeline(checks=["command: { run: [./slow.sh], timeout: 200s }"])
        self.migrated()
        self.slow_file.touch()
        err = self.interrupt(["verify"], signal.SIGTERM, self.sleeping_child, "verify")
        self.slow_file.unlink()
        self.assert_exit(0, self.type_next(err, ["verify"]))

    # --- rollback ---------------------------------------------------------------------------------------------------

    def assert_back(self):
        self.assertEqual(self.outcome(), "rolled-back")
        self.assertEqual(self.sql("select count(*) from orders"), "100")
        self.assertEqual(len(self.cluster.databases()), 2)  # the live one and the failed one: nothing half restored

    def test_rollback_in_the_restore_beside(self):
        self.app.migration("0001_orders", f"{ORDERS}; {PATIENCE}; {SLOW_INDEX}")
        self.ready(capture="prove: restore, standby: drop, disk_limit: 10GB", checks=['sql: { query: "select count(*) from orders", expect: 100 }'])
        self.release("0002_tidy", "delete from orders where id > 50", status=7)
        for number in (signal.SIGINT, signal.SIGHUP):
            with self.subTest(number=number):
                slow = self.cluster.start_sql("select pg_sleep(300)", application="slow")
                self.addCleanup(slow.wait)
                self.addCleanup(slow.kill)
                err = self.interrupt(["rollback"], number, self.statement("CREATE INDEX held"), "rollback")
                self.assertEqual(self.sql("select count(*) from orders"), "50")
                self.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'slow'")
                wait_until(lambda: not self.cluster.sql("select 1 from pg_stat_activity where application_name = 'slow'"))
        self.assert_exit(0, self.type_next(err, ["rollback"]))
        self.assert_back()

    def test_rollback_in_the_deploy_command(self):
        self.ready(top="deploy: { run: [./slow.sh] }", checks=['sql: { query: "select count(*) from orders", expect: 100 }'])
        self.release("0002_tidy", "delete from orders where id > 50", status=7)
        for number in (signal.SIGINT, signal.SIGHUP):
            with self.subTest(number=number):
                self.slow_file.touch()
                err = self.interrupt(["rollback"], number, self.sleeping_child, "rollback")
                self.assertEqual(self.sql("select count(*) from orders"), "50")
        self.slow_file.unlink()
        self.assert_exit(0, self.type_next(err, ["rollback"]))
        self.assert_back()

    # --- the driver ---------------------------------------------------------------------------------------------------

    def test_the_driver_in_capture(self):
        self.ready()
        self.app.commit("another")
        for number in (signal.SIGHUP, signal.SIGTERM):
            with self.subTest(number=number):
                holder = self.cluster.start_sql("begin; lock table orders in access exclusive mode; select pg_sleep(300)", self.database)
                self.addCleanup(holder.wait)
                self.addCleanup(holder.kill)
                wait_until(lambda: self.sql("select 1 from pg_locks where relation = 'orders'::regclass and mode = 'AccessExclusiveLock'"))
                waits = "select 1 from pg_locks where relation = 'orders'::regclass and not granted limit 1"
                err = self.interrupt(["run"], number, lambda: self.sql(waits), "backup-capture")
                self.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'other'")
                holder.wait(10)
        self.assert_exit(0, self.type_next(err, ["run"]))
        self.assertEqual(self.outcome(), "good")

    def test_the_driver_in_migrate(self):
        self.ready()
        self.app.migration("0002_slow", f"create table slow (id int); {SLOW_QUERY}")
        self.app.commit()
        for number in (signal.SIGHUP, signal.SIGTERM):
            with self.subTest(number=number):
                self.sql("update patience set seconds = 300", user=self.owner)
                err = self.interrupt(["run", "--run-id", "d"], number, self.statement("from pg_sleep((select%"), "migrate")
                self.assertEqual(self.sql("select to_regclass('slow')"), "")
                self.assertEqual(self.outcome(), "none")
        self.sql("update patience set seconds = 0", user=self.owner)
        self.assert_exit(0, self.type_next(err, ["run", "--run-id", "d"]))
        self.assertEqual(self.outcome(), "good")


if __name__ == "__main__":
    unittest.main()
