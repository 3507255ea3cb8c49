"""Restore points that CI can write and cannot read, and that nobody can change unnoticed."""
import pathlib
import random
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402

ORDERS = ("create table orders (id bigint generated always as identity primary key, who text);"
          "insert into orders (who) select 'customer ' || i from generate_series(1, 3000) i;"
          "create table letters (id int primary key, body bytea); insert into letters values (1, decode('00ff0a5c', 'hex'));"
          "select lo_from_bytea(0, 'a large secret');")
TIDY = "delete from orders where id % 10 = 0"


class EncryptedTest(ChainTest):
    def setUp(self):
        super().setUp()
        self.identity = self.root / "identity"
        subprocess.run(["age-keygen", "-o", self.identity], check=True, capture_output=True)
        self.recipient = subprocess.run(["age-keygen", "-y", self.identity], check=True, capture_output=True, text=True).stdout.strip()
        self.signing_key = self.root / "signing.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.signing_key], check=True, capture_output=True)
        self.public_pem = subprocess.run(["openssl", "pkey", "-in", self.signing_key, "-pubout"], check=True, capture_output=True, text=True).stdout
        self.public_key = self.public_pem.splitlines()[1]
        self.environment["LASTGOOD_SIGNING_KEY_FILE"] = str(self.signing_key)
        self.encrypted_pipeline()

    def encrypted_pipeline(self, **pieces):
        self.pipeline(checks=["rows_not_lost: { tolerance: 0 }"], top=f"encrypt: {{ recipients: [{self.recipient}], public_key: {self.public_key} }}", **pieces)

    def with_identity(self):
        return {"LASTGOOD_AGE_IDENTITY_FILE": str(self.identity)}

    def first_release(self, environment=None):
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("run", environment=environment))

    def second_release(self, status, environment=None):
        self.app.migration("0002_tidy", TIDY)
        self.app.commit()
        return self.assert_exit(status, self.run_lastgood("run", environment=environment))

    def points(self):
        return sorted(self.store.glob("shop/production/restore-points/*"), key=lambda point: point.stat().st_mtime)


class Encrypted(EncryptedTest):
    def test_ci_writes_what_it_cannot_read_and_comes_back_by_the_standby(self):
        self.first_release()
        before = self.digest("orders")
        finished = self.second_release(7)
        self.assertIn("there is no age identity here", finished.err)
        self.assertIn("prove it by restoring what passes by", finished.err)
        self.assertEqual(self.digest("orders"), before)
        self.assert_nothing_left()

    def test_nothing_of_the_contents_is_to_be_seen_in_the_store(self):
        self.first_release()
        self.second_release(7)
        secrets = [b"customer", b"a large secret", b"create table", b"CREATE TABLE"]
        for path in self.points()[-1].rglob("*"):
            if path.is_file():
                bytes_ = path.read_bytes()
                for secret in secrets:
                    self.assertNotIn(secret, bytes_, path)
        # The digest that anybody could compute is not in the manifest.
        self.assertNotIn(self.digest("orders").split("/")[1], (self.points()[-1] / "manifest.json").read_text())

    def test_with_the_identity_it_is_proven_from_the_store_and_restored_without_a_standby(self):
        self.encrypted_pipeline(capture="prove: restore, standby: drop, disk_limit: 10GB")
        self.first_release(self.with_identity())
        before = self.digest("orders"), self.digest("letters")
        finished = self.second_release(7, self.with_identity())
        self.assertNotIn("no age identity", finished.err)
        self.assertEqual((self.digest("orders"), self.digest("letters")), before)
        self.assertEqual(self.sql("select convert_from(lo_get(oid), 'utf8') from pg_largeobject_metadata"), "a large secret")

    def test_an_engine_that_needs_files_is_encrypted_too(self):
        self.encrypted_pipeline(capture="engine: pg_dump, prove: restore, standby: drop, disk_limit: 10GB")
        self.first_release(self.with_identity())
        before = self.digest("orders")
        self.second_release(7, self.with_identity())
        self.assertEqual(self.digest("orders"), before)

    def test_a_rollback_without_standby_and_identity_says_what_it_wants_and_then_gets_it(self):
        self.encrypted_pipeline(capture="prove: restore, standby: drop, disk_limit: 10GB", on_failure="stop")
        self.first_release()
        before = self.digest("orders")
        self.second_release(7)
        self.assert_failure(3, "is encrypted", self.run_lastgood("rollback"))
        self.assertEqual(self.sql("select count(*) from orders"), "2700")
        self.assert_exit(0, self.run_lastgood("rollback", environment=self.with_identity()))
        self.assertEqual(self.digest("orders"), before)

    def test_what_cannot_be_proven_without_an_identity_is_refused_before_anything_is_written(self):
        self.app.migration("0001_orders", ORDERS)
        for capture in ("prove: list", "engine: pg_dump, prove: restore, disk_limit: 10GB"):
            self.encrypted_pipeline(capture=capture)
            self.app.commit()
            self.assert_failure(3, "no identity here" if "list" in capture else "is no identity here", self.run_lastgood("backup-capture"))
        self.assertEqual(self.points(), [])

    def test_a_wrong_or_missing_signing_key_is_refused_before_anything_is_written(self):
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        other = self.root / "other.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", other], check=True, capture_output=True)
        for value, words in (("", "is not set"), (str(other), "is not the private key"), (str(self.identity), "no key for Ed25519"),
                             (str(self.root / "nothing"), "cannot be read")):
            self.assert_failure(2, words, self.run_lastgood("backup-capture", environment={"LASTGOOD_SIGNING_KEY_FILE": value}))
        self.assertEqual(self.points(), [])

    def test_another_identity_cannot_read_it(self):
        self.first_release()
        other = self.root / "other-identity"
        subprocess.run(["age-keygen", "-o", other], check=True, capture_output=True)
        point = self.points()[-1].name
        self.assert_failure(4, "no identity matched", self.run_lastgood("backups", "prove", point, environment={"LASTGOOD_AGE_IDENTITY_FILE": str(other)}))

    def test_a_person_opens_it_with_age_openssl_and_sha256sum(self):
        self.first_release()
        self.second_release(7)
        point = self.points()[-1]
        public = self.root / "public.pem"
        public.write_text(self.public_pem)
        subprocess.run(["sha256sum", "--check", "--quiet", "manifest.sha256"], cwd=point, check=True)
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", "manifest.json", "-sigfile", "manifest.sig"],
                       cwd=point, check=True, capture_output=True)
        rows = subprocess.run(f"for f in data/*.zst.age; do age -d -i '{self.identity}' $f | zstd -dc; done", shell=True, cwd=point,
                              check=True, capture_output=True, text=True).stdout
        self.assertEqual(rows.count("customer "), 3000)

    def test_a_capture_that_was_killed_before_its_proof_is_taken_again(self):
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()
        killed = self.run_lastgood("backup-capture", "--run-id", "again", environment={"LASTGOOD_TEST_CRASH": "before:4"})
        self.assertIn(killed.status, (-9, 137), str(killed))
        self.points()[-1].joinpath("proof.json").unlink()
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "again"))
        self.assertTrue((self.points()[-1] / "proof.json").is_file())


class Altered(EncryptedTest):
    """Any byte of any object or manifest: refused, every time, and nothing is restored."""

    flips = 110

    def flip_each(self, environment):
        self.first_release()
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "with-rows"))
        point = self.points()[-1]
        rng = random.Random(20261122)
        files = sorted(path for path in point.rglob("*") if path.is_file() and path.stat().st_size and path.name != "proof.json")
        places = [(path, rng.randrange(path.stat().st_size)) for path in files for _ in range(max(1, self.flips // len(files) + 1))]
        databases = self.cluster.databases()
        for path, place in places:
            whole = path.read_bytes()
            spoiled = bytearray(whole)
            spoiled[place] ^= 1 << rng.randrange(8)
            path.write_bytes(spoiled)
            for command in ("verify", "prove"):
                finished = self.run_lastgood("backups", command, point.name, environment=environment)
                self.assertEqual(finished.status, 4, f"{command}: {path.name} at {place}\n{finished}")
            path.write_bytes(whole)
        self.assertEqual(self.cluster.databases(), databases)
        self.assert_exit(0, self.run_lastgood("backups", "prove", point.name, environment=environment))
        print(f"{len(places)} flips in {len(files)} files, all refused", file=sys.stderr)

    def test_a_flipped_byte_of_an_encrypted_restore_point(self):
        self.flip_each(self.with_identity())

    def test_a_flipped_byte_of_a_plain_restore_point(self):
        self.pipeline()
        self.flip_each(None)

    def test_a_forged_manifest_whose_checksum_is_right(self):
        self.first_release()
        point = self.points()[-1]
        manifest = point / "manifest.json"
        manifest.write_text(manifest.read_text().replace('"attempt":1', '"attempt":2').replace('"attempt": 1', '"attempt": 2'))
        checksum = subprocess.run(["sha256sum", "manifest.json"], cwd=point, check=True, capture_output=True, text=True).stdout
        (point / "manifest.sha256").write_text(checksum)
        self.assert_failure(4, "its signature is not one by the key", self.run_lastgood("backups", "prove", point.name, environment=self.with_identity()))
        (point / "manifest.sig").unlink()
        self.assert_failure(4, "it is not signed", self.run_lastgood("backups", "prove", point.name, environment=self.with_identity()))

    def test_a_missing_checksum(self):
        self.pipeline()
        self.first_release()
        point = self.points()[-1]
        shutil.move(point / "manifest.sha256", self.root / "kept")
        self.assert_failure(4, "manifest.sha256", self.run_lastgood("backups", "prove", point.name))


del EncryptedTest, ChainTest
