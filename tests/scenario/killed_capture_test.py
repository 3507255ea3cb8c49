"""A capture, or the restore that proves it, killed at any moment: the next one is complete, and nothing stays behind."""
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402

KILLS = 50 if os.environ.get("LASTGOOD_LONG") else 8
TWO_DAYS = 2 * 24 * 3600


class KilledCapture(ChainTest):
    def setUp(self):
        super().setUp()
        self.pipeline(capture="prove: restore, standby: drop, disk_limit: 10GB, keep: { last: 1 }")
        self.sql("create table orders (id int primary key, note text); insert into orders select i, repeat(md5(i::text), 8) from generate_series(1, 60000) i;"
                 "create index on orders (note); create table small (a int); insert into small values (1); select lo_from_bytea(0, 'large')", user=self.owner)
        self.app.migration("0001_nothing", "select 1")
        self.app.commit()

    def points(self):
        return self.store.glob("shop/production/restore-points/*")

    def test_at_random_moments(self):
        start = time.monotonic()
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "whole"))
        took = time.monotonic() - start
        self.assert_exit(0, self.run_lastgood("rollback", "--run-id", "whole"))
        rng = random.Random(20261122)
        killed = 0
        for number in range(KILLS):
            run = f"killed-{number}"
            # The program alone, as the kernel does when memory is short, or all of its session, as a CI host does.
            program = self.start_lastgood("backup-capture", "--run-id", run, start_new_session=True)
            try:
                program.communicate(timeout=took * rng.random())
            except subprocess.TimeoutExpired:
                if rng.random() < 0.5:
                    os.killpg(program.pid, signal.SIGKILL)
                else:
                    program.kill()
                program.communicate(timeout=60)
                killed += 1
            finished = self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", run))
            point = self.assert_proven(run)
            self.assert_exit(0, self.run_lastgood("backups", "verify", point))
            self.assertEqual(self.cluster.databases(), ["shop"], str(finished))
            self.assert_exit(0, self.run_lastgood("rollback", "--run-id", run))
        self.assert_no_litter()
        print(f"{killed} of {KILLS} were killed at work", file=sys.stderr)

    def assert_proven(self, run):
        record = next(record for record in self.run_lastgood("backups", "list", "--json").records if record["run"] == run)
        self.assertEqual(record["proof"], "restore")
        return record["id"]

    def assert_no_litter(self):
        long_ago = time.time() - TWO_DAYS
        for path in self.store.rglob("*"):
            os.utime(path, (long_ago, long_ago))
        self.assert_exit(0, self.run_lastgood("backups", "prune", "--confirm", "production"))
        self.assertEqual([point.name for point in self.points() if not (point / "manifest.json").is_file()], [])
        self.assertEqual(list(self.store.rglob(".*")), [])
        self.assert_nothing_left()


del ChainTest
