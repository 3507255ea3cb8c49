"""The store on bad days: full, unreachable, limited, or holding a restore point that is not as it was written."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ChainTest, Finished  # noqa: E402

ORDERS = "create table orders (id int primary key, filling text); insert into orders select i, md5(i::text) from generate_series(1, 3000) i"
LOSES_ROWS = "delete from orders where id % 10 = 0"
WITHOUT_STANDBY = "prove: restore, standby: drop, disk_limit: 10GB"


class Full(ChainTest):
    def tiny_store(self, kilobytes):
        if os.getuid() != 0:
            self.skipTest("a small file system can only be mounted by root")
        self.store = pathlib.Path(tempfile.mkdtemp(prefix="lg-tiny-", dir="/tmp"))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", self.store], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.store.rmdir()
            self.skipTest("mount is not permitted here: " + mounted.stderr.strip())
        self.addCleanup(self.store.rmdir)
        self.addCleanup(subprocess.run, ["umount", "-l", self.store], check=True)
        self.pipeline()

    def fill(self):
        """Leaves room for a record, not for a dump, without free_space having seen it beforehand."""
        self.sql("create table big (id int, filling text)", user=self.owner)
        self.sql("insert into big select i, (select string_agg(md5(random()::text), '') from generate_series(1, 20) where i is not null) "
                 "from generate_series(1, 10000) i", user=self.owner)

    def test_a_disk_that_is_too_small_is_refused_beforehand(self):
        self.tiny_store(2048)
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        before = self.world()
        self.assert_failure(3, "the store has only", self.run_lastgood("run"))
        self.assertEqual(self.world(), before)
        self.assertIn("closed: failed-clean", self.run_lastgood("status").out)

    def test_a_disk_that_fills_while_capturing_fails_clean_and_is_not_kept_full(self):
        self.fill()
        size = int(self.sql("select pg_database_size('shop')"))
        self.tiny_store(size // 2 // 1024 + 64)  # just what the estimate asks for
        self.pipeline(capture="prove: restore, standby: keep, disk_limit: 10GB, compress: 1")
        self.sql("alter table big alter filling set storage external; update big set filling = filling || filling", user=self.owner)
        self.sql("vacuum full big")
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        before = self.world()
        finished = self.run_lastgood("backup-capture", "--run-id", "full")
        self.assertIn(finished.status, (3, 4), str(finished))
        self.assertRegex(finished.err, r"next: \S")
        self.assertIn("store", finished.err)
        self.assertEqual(self.world(), before)
        self.assertGreater(os.statvfs(self.store).f_bavail * 4096, 1024 * 1024)
        self.assertEqual(self.run_lastgood("backups", "list").out, "")
        subprocess.run(["mount", "-o", "remount,size=200m", self.store], check=True)
        self.assert_exit(0, self.run_lastgood("run", "--run-id", "full"))

    def test_the_disk_limit_refuses_before_anything_is_written(self):
        self.pipeline(capture="prove: restore, disk_limit: 1MB")
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        before = self.world()
        self.assert_failure(3, "disk_limit", self.run_lastgood("run"))
        self.assertEqual(self.world(), before)
        self.assertEqual(list(self.store.rglob("manifest.json")), [])


class Unreachable(ChainTest):
    def test_a_store_that_cannot_be_reached_stops_every_program_unharmed(self):
        self.release("0001_orders", ORDERS)
        (self.root / "a-file").write_text("")
        good_store = self.store
        self.store = self.root / "a-file" / "store"
        self.pipeline()
        self.app.migration("0002_tidy", LOSES_ROWS)
        self.app.commit()
        before = self.world()
        for arguments in (["run"], ["backup-capture"], ["migrate"], ["verify"], ["rollback"], ["status"], ["history"], ["backups", "list"],
                          ["backups", "prune", "--confirm", "production"], ["rollback", "--if-failed"]):
            with self.subTest(arguments=arguments):
                finished = self.run_lastgood(*arguments)
                self.assertIn(finished.status, (3, 4), str(finished))
                self.assertIn("store", finished.err)
                self.assertRegex(finished.err, r"next: \S")
                self.assertEqual(self.world(), before)
        self.assertEqual(self.run_lastgood("check").status, 3)
        self.assertTrue(good_store.exists())

    def test_a_store_that_goes_away_after_the_migration_leaves_a_way_back(self):
        self.release("0001_orders", ORDERS)
        before = self.digest("orders")
        self.app.migration("0002_tidy", LOSES_ROWS)
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.store.rename(self.root / "away")
        self.store.write_text("not a directory any more")
        failed = self.run_lastgood("rollback")
        self.assertEqual(failed.status, 4, str(failed))
        self.assertIn("--without-store", failed.err)
        back = self.run_lastgood("rollback", "--without-store")
        self.assertIn(back.status, (0, 5), str(back))
        self.assertEqual(self.digest("orders"), before)


class Denied(ChainTest):
    """A store in a directory that belongs to somebody else."""

    def programs(self):
        """The programs, where others may run them too: a checkout may be in a directory that only root enters."""
        copy = self.root / "bin"
        if not copy.exists():
            shutil.copytree(BIN, copy)
        return copy

    def as_another_user(self, *arguments):
        if os.getuid() != 0:
            self.skipTest("becomes another user")
        self.root.chmod(0o755)
        subprocess.run(["chown", "-R", "postgres:postgres", self.app.tree, self.app.remote], check=True)
        started = subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", self.programs() / "lastgood", *arguments],
                                 cwd=self.app.tree, text=True, capture_output=True, env={**self.environment, "HOME": "/tmp", "TMPDIR": "/tmp"})
        return Finished(started.returncode, started.stdout, started.stderr, 0.0)

    def test_a_store_that_cannot_be_made_or_written_is_said_by_check_and_refused_by_a_run(self):
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        for make, place in ((lambda: None, self.root), (lambda: self.store.mkdir(mode=0o755), self.store)):
            make()
            with self.subTest(exists=self.store.exists()):
                checked = self.as_another_user("check")
                self.assertEqual(checked.status, 3, str(checked))
                self.assertIn(f"TROUBLE  store: the store file:{self.store} cannot be written: {place}: Permission denied", checked.out)
                before = self.cluster.databases()
                for command in (["run"], ["backup-capture"], ["run", "--dry-run"]):
                    self.assert_failure(3, "cannot be written", self.as_another_user(*command))
                self.assertEqual(self.cluster.databases(), before)


class Tampered(ChainTest):
    """A restore point that is not as it was written is neither proven nor restored; the live database stays."""

    def setUp(self):
        super().setUp()
        self.pipeline(capture=WITHOUT_STANDBY)
        self.release("0001_orders", ORDERS)
        self.app.migration("0002_tidy", LOSES_ROWS)
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.point = json.loads(self.run_lastgood("backups", "list", "--json").out.splitlines()[-1])
        newest = max((self.store / "shop/production/restore-points").iterdir(), key=lambda path: path.stat().st_mtime)
        self.folder, self.id = newest, newest.name

    def assert_refused(self, status, fragment):
        before = self.world()
        self.assert_failure(status, fragment, self.run_lastgood("backups", "verify", self.id))
        self.assertEqual(self.world(), before)
        self.assert_failure(status, fragment, self.run_lastgood("rollback"))
        self.assertEqual(self.world(), before)
        self.assert_nothing_left()

    def data_file(self):
        return max(self.folder.rglob("*.zst"), key=lambda path: path.stat().st_size)

    def test_a_truncated_object_is_refused(self):
        file = self.data_file()
        file.write_bytes(file.read_bytes()[:-10])
        self.assert_refused(4, file.name)

    def test_an_altered_object_is_refused(self):
        file = self.data_file()
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(bytes(content))
        self.assert_refused(4, file.name)

    def test_a_missing_object_is_refused(self):
        file = self.data_file()
        file.unlink()
        self.assert_refused(4, file.name)

    def test_an_altered_manifest_is_refused(self):
        file = self.folder / "manifest.json"
        file.write_text(file.read_text().replace('"rows":3000', '"rows":2999'))
        before = self.world()
        for finished in (self.run_lastgood("backups", "verify", self.id), self.run_lastgood("rollback"), self.run_lastgood("migrate")):
            self.assertIn(finished.status, (3, 4), str(finished))
            self.assertRegex(finished.err, r"next: \S")
            self.assertEqual(self.world(), before)

    def test_a_truncated_manifest_is_refused(self):
        file = self.folder / "manifest.json"
        file.write_text(file.read_text()[:200])
        before = self.world()
        for arguments in (["backups", "verify", self.id], ["backups", "show", self.id], ["rollback"]):
            finished = self.run_lastgood(*arguments)
            self.assertEqual(finished.status, 4, str(finished))
            self.assertIn(str(file), finished.err)
            self.assertRegex(finished.err, r"next: \S")
            self.assertEqual(self.world(), before)

    def test_a_manifest_of_a_newer_format_is_refused_by_name(self):
        file = self.folder / "manifest.json"
        manifest = json.loads(file.read_text())
        manifest["format"] = 999
        file.write_text(json.dumps(manifest))
        (self.folder / "manifest.sha256").write_text(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  manifest.json\n")
        before = self.world()
        self.assert_failure(3, "999", self.run_lastgood("rollback"))
        self.assertEqual(self.world(), before)

    def test_a_torn_or_foreign_event_in_the_record_is_refused(self):
        runs = self.store / "shop/production/runs"
        event = sorted(max(runs.iterdir(), key=lambda path: path.stat().st_mtime).glob("*.json"))[-1]
        event.write_text('{"lastgood": 1, "ty')
        before = self.world()
        for arguments in (["status"], ["rollback"], ["verify"]):
            finished = self.run_lastgood(*arguments)
            self.assertEqual(finished.status, 4, str(finished))
            self.assertIn(str(event), finished.err)
            self.assertRegex(finished.err, r"next: \S")
        self.assertEqual(self.world(), before)


if __name__ == "__main__":
    unittest.main()
