"""The whole chain with a store in S3: a real Ceph, and a network that resets connections and answers 500 and 503."""
import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ChainTest  # noqa: E402

ORDERS = ("create table orders (id bigint generated always as identity primary key, who text, note text);"
          "insert into orders (who, note) select 'customer ' || i, repeat(md5(i::text), 20) from generate_series(1, 40000) i;"
          "select lo_from_bytea(0, 'a large secret')")
TIDY = "delete from orders where id % 10 = 0"


class InABucket(ChainTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = subprocess.Popen([BIN.parent / "tests/bucket_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        cls.bucket = json.loads(cls.service.stdout.readline())

    @classmethod
    def tearDownClass(cls):
        _, said = cls.service.communicate("", timeout=60)
        print(said.strip(), file=sys.stderr)
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.environment.update(AWS_ACCESS_KEY_ID=self.bucket["key_id"], AWS_SECRET_ACCESS_KEY=self.bucket["key"])
        self.address("endpoint")

    def address(self, way):
        """The store of this test, reached directly or through trouble."""
        self.store_address = f"s3://shop/{self.id()}?endpoint={self.bucket[way]}"
        self.in_bucket()

    def in_bucket(self, **pieces):
        self.pipeline(checks=["rows_not_lost: { tolerance: 0 }"], **pieces)
        written = self.app.tree / "lastgood.yaml"
        written.write_text(written.read_text().replace(f"store: file:{self.store}", f'store: "{self.store_address}"'))

    def bad_release_comes_back(self):
        self.release("0001_orders", ORDERS)
        before = self.digest("orders")
        self.release("0002_tidy", TIDY, status=7)
        self.assertEqual(self.digest("orders"), before)
        self.assertEqual(self.sql("select convert_from(lo_get(oid), 'utf8') from pg_largeobject_metadata"), "a large secret")
        self.assert_nothing_left()

    def test_a_bad_release_comes_back(self):
        self.bad_release_comes_back()
        self.assertEqual(list(self.root.glob("store*")), [])

    def test_a_bad_release_comes_back_from_the_bucket_where_no_standby_was_kept(self):
        self.in_bucket(capture="prove: restore, standby: drop, disk_limit: 10GB")
        self.bad_release_comes_back()

    def test_an_archive_of_pg_dump_comes_back_too(self):
        self.in_bucket(capture="engine: pg_dump, prove: restore, standby: drop, disk_limit: 10GB")
        self.bad_release_comes_back()

    def test_a_bad_release_comes_back_through_a_network_that_fails_at_random(self):
        self.address("troubled")
        self.in_bucket(capture="prove: restore, standby: drop, disk_limit: 10GB")
        self.bad_release_comes_back()

    def test_steps_on_machines_that_share_only_the_bucket(self):
        self.release("0001_orders", ORDERS)
        before = self.digest("orders")
        self.app.migration("0002_tidy", TIDY)
        self.app.commit()
        run = ("--run-id", "across")
        for step, status in (("backup-capture", 0), ("migrate", 0), ("verify", 7), ("rollback", 0)):
            machine = self.root / step
            machine.mkdir()
            self.assert_exit(status, self.run_lastgood(step, *run, environment={"TMPDIR": str(machine), "HOME": str(machine)}))
            shutil.rmtree(machine)
        self.assertEqual(self.digest("orders"), before)

    def test_restore_points_are_listed_verified_downloaded_and_removed(self):
        self.release("0001_orders", ORDERS)
        self.app.migration("0002_more", "insert into orders (who) values ('another')")
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("run"))
        self.assert_exit(0, self.run_lastgood("backups", "verify"))
        ids = [record["id"] for record in self.run_lastgood("backups", "list", "--json").records]
        self.assertEqual(len(ids), 2)
        target = self.root / "out"
        self.assert_exit(0, self.run_lastgood("backups", "download", ids[-1], "--to", str(target)))
        subprocess.run(["sha256sum", "--check", "--quiet", "manifest.sha256"], cwd=target, check=True)
        rows = subprocess.run("zstd -dcq data/*.sql.zst", shell=True, cwd=target, check=True, capture_output=True, text=True).stdout
        self.assertEqual(rows.count("customer "), 40000)
        self.in_bucket(capture="prove: restore, standby: keep, disk_limit: 10GB, keep: { last: 1 }")
        self.assert_exit(0, self.run_lastgood("backups", "prune", "--confirm", "production"))
        self.assertEqual([record["id"] for record in self.run_lastgood("backups", "list", "--json").records], ids[-1:])

    def test_a_bucket_that_is_not_there_and_a_key_that_is_wrong_are_said(self):
        self.app.commit()
        self.store_address = f"s3://nothing/x?endpoint={self.bucket['endpoint']}"
        self.in_bucket()
        self.assertIn("nothing", self.run_lastgood("check").err + self.run_lastgood("check").out)
        refused = self.run_lastgood("backup-capture")
        self.assertNotEqual(refused.status, 0)
        self.assertRegex(refused.err, r"next: \S")
        self.address("endpoint")
        refused = self.run_lastgood("backup-capture", environment={"AWS_SECRET_ACCESS_KEY": "wrong-wrong-wrong"})
        self.assertNotEqual(refused.status, 0)
        self.assertNotIn("wrong-wrong-wrong", str(refused))
        self.assertRegex(refused.err, r"next: \S")


del ChainTest
