"""Restore points: listed, read back, proven again, fetched, and let go only when nothing needs them."""
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402

ORDERS = "create table orders (id bigint generated always as identity primary key, total bigint); insert into orders (total) select i from generate_series(1, 1000) i;"
DAY = 24 * 3600


class Keeping(ChainTest):
    def setUp(self):
        super().setUp()
        self.keep("keep: { last: 2 }")

    def keep(self, rule):
        self.pipeline(checks=["rows_not_lost: { tolerance: 0 }"], capture=f"prove: restore, standby: drop, disk_limit: 10GB, {rule}")


    def ids(self):
        return [record["id"] for record in self.run_lastgood("backups", "list", "--json").records]

    def place(self, point):
        return self.store / "shop/production/restore-points" / point

    def releases(self, count):
        for number in range(1, count + 1):
            self.app.migration(f"{number:04}_step", ORDERS if number == 1 else f"insert into orders (total) values ({number})")
            self.app.commit()
            self.assert_exit(0, self.run_lastgood("run", "--run-id", f"run-{number}"))

    def test_the_newest_stay_and_the_data_of_the_last_good_pair_too(self):
        self.releases(4)
        fits = [record["fits"] for record in self.run_lastgood("backups", "list", "--json").records]
        self.assertEqual(fits, [2, 3])
        self.keep("keep: { last: 1, good: 2 }")
        dry = self.assert_exit(0, self.run_lastgood("backups", "prune", "--dry-run"))
        self.assertNotIn("would remove", dry.err)
        self.keep("keep: { last: 1 }")
        dry = self.assert_exit(0, self.run_lastgood("backups", "prune", "--dry-run"))
        self.assertIn("would remove " + self.ids()[0], dry.err)
        self.assertEqual(len(self.ids()), 2)
        self.assert_exit(0, self.run_lastgood("backups", "prune", "--confirm", "production"))
        self.assertEqual(len(self.ids()), 1)

    def test_the_list_is_a_table_and_an_unreadable_one_hides_nobody(self):
        self.releases(2)
        first, second = self.ids()
        manifest = self.place(first) / "manifest.json"
        manifest.write_text("{" + manifest.read_text())
        listed = self.assert_exit(0, self.run_lastgood("backups", "list"))
        header, *lines = listed.out.splitlines()
        self.assertEqual(header.split(), ["ID", "TAKEN", "SIZE", "PROOF", "FITS", "RUN"])
        self.assertEqual([line.split()[0] for line in lines], [first, second])
        self.assertIn("cannot be read", lines[0])
        self.assertIn("good release 1", lines[1])
        # Nor does it stop the next release, and it is not thrown away unread.
        self.app.migration("0003_step", "insert into orders (total) values (3)")
        self.app.commit()
        finished = self.assert_exit(0, self.run_lastgood("run", "--run-id", "run-3"))
        self.assertIn(first + " is kept, it cannot be judged", finished.err)
        self.assertIn(first, self.ids())

    def test_all_are_verified_and_the_altered_one_is_named(self):
        self.releases(2)
        self.assert_exit(0, self.run_lastgood("backups", "verify"))
        first, second = self.ids()
        data = next((self.place(second) / "data").glob("*.zst"))
        spoiled = bytearray(data.read_bytes())
        spoiled[len(spoiled) // 2] ^= 1
        data.write_bytes(spoiled)
        finished = self.assert_failure(4, "1 restore point of 2 cannot be used any more", self.run_lastgood("backups", "verify"))
        self.assertIn(f"{first}  as it was written", finished.out)
        self.assertIn(f"{second}  NOT as it was written", finished.out)
        self.assertIn(data.name, finished.err)

    def test_an_old_one_is_proven_again(self):
        self.releases(2)
        point = self.ids()[-1]
        (self.place(point) / "proof.json").unlink()
        self.assertIn("not proven", self.run_lastgood("backups", "list").out)
        self.assert_exit(0, self.run_lastgood("backups", "prove", point))
        self.assertNotIn("not proven", self.run_lastgood("backups", "list").out)
        self.assertEqual(self.cluster.databases(), ["shop"])

    def test_programs_that_listen_hear_how_far_it_is(self):
        self.releases(1)
        finished = self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "heard", "--json"))
        told = {record["verb"]: record for record in finished.records if record["type"] == "progress"}
        self.assertEqual(set(told), {"captured", "restored"})
        for record in told.values():
            self.assertEqual((record["rows"], record["share"]), (1000 + 1, 1.0))

    def test_one_is_downloaded_as_it_was_written(self):
        self.releases(2)
        point = self.ids()[-1]
        target = self.root / "out"
        self.assert_exit(0, self.run_lastgood("backups", "download", point, "--to", str(target)))
        subprocess.run(["sha256sum", "--check", "--quiet", "manifest.sha256"], cwd=target, check=True)
        kept = {str(path.relative_to(self.place(point))): path.read_bytes() for path in self.place(point).rglob("*") if path.is_file()}
        got = {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}
        kept.pop("proof.json")
        self.assertEqual(got, kept)
        self.assert_failure(3, "is not an empty directory", self.run_lastgood("backups", "download", point, "--to", str(target)))
        self.assert_failure(3, "there is no restore point", self.run_lastgood("backups", "download", "rp-none", "--to", str(self.root / "other")))

    def test_an_incomplete_one_leaves_after_a_day(self):
        self.releases(1)
        half = self.place("rp-half")
        (half / "data").mkdir(parents=True)
        (half / "data/000001.sql.zst").write_bytes(b"half")
        self.assert_exit(0, self.run_lastgood("backups", "prune", "--confirm", "production"))
        self.assertTrue(half.is_dir())
        long_ago = time.time() - 2 * DAY
        for path in [*half.rglob("*"), half]:
            os.utime(path, (long_ago, long_ago))
        dry = self.assert_exit(0, self.run_lastgood("backups", "prune", "--dry-run"))
        self.assertIn("would remove rp-half, which was never completed", dry.err)
        self.assert_exit(0, self.run_lastgood("backups", "prune", "--confirm", "production"))
        self.assertFalse(half.exists())
        self.assertEqual(len(self.ids()), 1)


del ChainTest
