"""Signals, killed clients, restarted servers: whatever ends a step, its statement ends, its record says so, and the rerun goes well."""
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest, wait_until  # noqa: E402

ORDERS = "create table orders (id int primary key); insert into orders select generate_series(1, 100)"
SLOW = "create table slow (id int); select pg_sleep(120)"
SLOW_CHECK = ["no_pending_migrations: {}", '{ sql: { query: "select 1 from pg_sleep(120)", expect: 1 } }']
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


class Interrupted(ChainTest):
    def setUp(self):
        super().setUp()
        self.holders = []
        self.addCleanup(self.release_lock)
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()

    # --- four moments, one in each step: what to start, how to get it stuck in mid-statement, how to free it

    def lock(self, table):
        """Somebody's lock stops whoever reads the table."""
        self.sql(f"create table if not exists {table} (id int)", user=self.owner)
        self.holders.append(self.cluster.start_sql(f"begin; lock table {table} in access exclusive mode; select pg_sleep(300)", self.database))
        wait_until(lambda: self.sql(f"select 1 from pg_locks where relation = '{table}'::regclass and mode = 'AccessExclusiveLock' and granted"))

    def release_lock(self):
        while self.holders:
            holder = self.holders.pop()
            self.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'other'")
            holder.wait(10)

    def our_statement_runs(self):
        return self.cluster.sql("select 1 from pg_stat_activity where application_name like 'lastgood/%' and state = 'active' and "
                                "application_name not like '%/watchdog' and now() - query_start > '0.3 s' limit 1")

    def stuck(self, step, run="r"):
        """Starts the step in a run that is ready for it, and waits until its statement is in the server."""
        if step == "backup-capture":
            self.lock("busy")
        else:
            if step != "migrate":
                self.pipeline(checks=SLOW_CHECK)
            else:
                self.app.migration("0002_slow", SLOW)
            self.app.commit()
            self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", run))
            if step != "migrate":
                self.assert_exit(0, self.run_lastgood("migrate", "--run-id", run))
            if step == "rollback":
                self.lock("orders")
        process = self.start_lastgood(step, "--run-id", run)
        wait_until(self.our_statement_runs, 60, f"a statement of {step} in the server")
        return process

    def mend(self, step):
        """Takes away what made the step stuck. The record stays."""
        self.release_lock()

    def assert_closed_record(self, step):
        status = self.run_lastgood("status", "--json").record("run")
        self.assertFalse(any(each["running"] for each in status["steps"].values()), status)
        return status

    def interrupt(self, step, number):
        process = self.stuck(step)
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        self.assertLess(time.monotonic() - began, 5, err)
        self.assertEqual(process.returncode, SIGNALS[number], err)
        self.assertIn("next:", err)
        wait_until(lambda: not self.our_statement_runs(), 5, "the server-side statement's end")
        self.assert_nothing_left()
        self.assert_closed_record(step)

    def test_capture_interrupted_and_run_again(self):
        for number in SIGNALS:
            with self.subTest(number=number):
                self.interrupt("backup-capture", number)
                self.release_lock()
        self.assert_exit(0, self.run_lastgood("run", "--run-id", "r"))

    def test_migrate_interrupted_is_undone_by_its_transaction(self):
        self.interrupt("migrate", signal.SIGTERM)
        self.assertEqual(self.sql("select to_regclass('slow')"), "")
        self.assertEqual(self.run_lastgood("rollback", "--run-id", "r").status in (0, 5), True)

    def test_migrate_interrupted_by_ctrl_c_and_hang_up(self):
        process = self.stuck("migrate")
        for number in (signal.SIGINT, signal.SIGHUP):
            with self.subTest(number=number):
                process = process or self.start_lastgood("migrate", "--run-id", "r")
                wait_until(self.our_statement_runs, 60, "a statement of migrate")
                began = time.monotonic()
                process.send_signal(number)
                err = process.communicate(timeout=30)[1]
                self.assertLess(time.monotonic() - began, 5, err)
                self.assertEqual(process.returncode, SIGNALS[number], err)
                self.assert_nothing_left()
                self.assert_closed_record("migrate")
                process = None

    def test_verify_interrupted_and_run_again(self):
        self.interrupt("verify", signal.SIGINT)
        self.assertEqual(self.run_lastgood("status", "--json").record("run")["outcome"], "none")

    def test_rollback_interrupted_and_run_again(self):
        self.interrupt("rollback", signal.SIGTERM)
        self.release_lock()
        finished = self.run_lastgood("rollback", "--run-id", "r")
        self.assertIn(finished.status, (0, 5), str(finished))
        self.assertEqual(self.sql("select to_regclass('orders')"), "")
        self.assert_nothing_left()

    def test_the_driver_interrupted_in_a_step(self):
        self.app.migration("0002_slow", SLOW)
        self.app.commit()
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number=number):
                process = self.start_lastgood("run", "--run-id", "d")
                wait_until(lambda: self.cluster.sql("select 1 from pg_stat_activity where query like '%pg_sleep(120)%' and "
                                                    "application_name like 'lastgood/%' and state = 'active'"), 60, "the slow migration")
                began = time.monotonic()
                process.send_signal(number)
                err = process.communicate(timeout=30)[1]
                self.assertLess(time.monotonic() - began, 5, err)
                self.assertEqual(process.returncode, SIGNALS[number], err)
                self.assert_nothing_left()
                self.assert_closed_record("migrate")

    # --- a client that dies and a server that goes on; a server that goes away

    def test_a_killed_client_whose_statement_goes_on_is_ended_before_the_rerun(self):
        self.app.migration("0002_slow", "create table slow (id int); select pg_sleep(case when exists "
                                        "(select from pg_stat_activity where application_name = 'fast') then 0 else 120 end)")
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "r"))
        process = self.start_lastgood("migrate", "--run-id", "r")
        wait_until(self.our_statement_runs, 60, "the slow migration")
        process.kill()
        process.communicate(timeout=10)
        fast = self.cluster.start_sql("select pg_sleep(300)", application="fast")
        self.addCleanup(fast.wait)
        self.addCleanup(fast.kill)
        wait_until(lambda: self.cluster.sql("select 1 from pg_stat_activity where application_name = 'fast'"))
        again = self.assert_exit(0, self.run_lastgood("migrate", "--run-id", "r"))
        self.assertEqual(self.sql("select count(*) from lastgood_migrations where name = '0002_slow'"), "1")
        self.assertEqual(self.sql("select to_regclass('slow')"), "slow")
        self.assert_exit(0, self.run_lastgood("verify", "--run-id", "r"))
        self.assertNotIn("0 backends", again.err)
        self.assert_nothing_left()

    def restart_in(self, step):
        process = self.stuck(step)
        self.cluster.stop("immediate")
        self.holders.clear()
        out, err = process.communicate(timeout=60)
        self.assertIn(process.returncode, (3, 4, 5, 6, 9), err)
        self.assertRegex(err, r"next: \S")
        self.cluster.start()
        wait_until(lambda: self.backends_of_ours() == "", 20)
        self.assert_closed_record(step)
        return process.returncode

    def test_a_server_restarted_while_capturing(self):
        self.assertIn(self.restart_in("backup-capture"), (3, 4))
        self.assert_exit(0, self.run_lastgood("run", "--run-id", "r"))

    def test_a_server_restarted_while_migrating(self):
        self.assertIn(self.restart_in("migrate"), (5, 6))  # 0001 is applied
        self.assertEqual(self.sql("select to_regclass('slow')"), "")
        back = self.run_lastgood("rollback", "--run-id", "r")
        self.assertIn(back.status, (0, 3, 5), str(back))
        self.assertEqual(self.sql("select to_regclass('slow')"), "")

    def test_a_server_restarted_while_verifying(self):
        self.assertIn(self.restart_in("verify"), (4, 6, 9))
        back = self.run_lastgood("rollback", "--run-id", "r")
        self.assertIn(back.status, (0, 5), str(back))

    def test_a_server_restarted_while_rolling_back(self):
        self.assertIn(self.restart_in("rollback"), (4, 5, 6))
        back = self.run_lastgood("rollback", "--run-id", "r")
        self.assertIn(back.status, (0, 5), str(back))
        self.assertEqual(self.sql("select to_regclass('orders')"), "")


if __name__ == "__main__":
    unittest.main()
