"""The packages of a release: judged by Debian's own linter, installed in a Debian that has nothing else, and used there.

.packaging/build makes them first, unless LASTGOOD_PACKAGES says where they are.
"""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(ROOT / "tests/scenario"))
from chain import GIT_ENVIRONMENT, ChainTest  # noqa: E402
from clean_debian import CleanDebian  # noqa: E402

PROGRAMS = ["lastgood", "lastgood-backup-capture", "lastgood-migrate", "lastgood-rollback", "lastgood-verify"]
VERSION = re.search(r"project\(lastgood VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
NAME = f"lastgood-{VERSION}-linux-x86_64"
OLDEST_GLIBC = (2, 36)
# What libpq5 brings along, and glibc.
STAYS_DYNAMIC = {"libpq.so.5", "libssl.so.3", "libcrypto.so.3", "libgssapi_krb5.so.2", "libm.so.6", "libc.so.6", "ld-linux-x86-64.so.2"}


def setUpModule():
    global PACKAGES, DEB, TARBALL, DEBIAN
    if "LASTGOOD_PACKAGES" not in os.environ:
        subprocess.run([ROOT / ".packaging/build"], check=True)
    PACKAGES = pathlib.Path(os.environ.get("LASTGOOD_PACKAGES", ROOT / "build/packages"))
    [DEB] = PACKAGES.glob(f"lastgood_{VERSION}-*_amd64.deb")
    TARBALL = PACKAGES / f"{NAME}.tar.gz"
    DEBIAN = CleanDebian()
    unittest.addModuleCleanup(DEBIAN.close)


def said(*command):
    return subprocess.run(command, text=True, capture_output=True, check=True).stdout


class TheDeb(unittest.TestCase):
    def test_debian_s_linter_finds_no_error(self):
        # Its address is that of the repository's owner at GitHub; where the test runs, of whoever made the commit.
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", "--suppress-tags", "bogus-mail-host", DEB], text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("manual-page", done.stdout)

    def test_it_depends_on_the_libraries_that_are_linked(self):
        depends = said("dpkg-deb", "-f", DEB, "Depends")
        for package in ("libc6", "libpq5", "libpqxx-6.4", "libgit2-1.5", "libcurl4", "libyaml-cpp0.7", "libssl3", "libstdc++6", "libzstd1", "zlib1g"):
            self.assertRegex(depends, rf"(^|, ){re.escape(package)}( \(|,|$)")
        self.assertIn("postgresql-client", said("dpkg-deb", "-f", DEB, "Suggests"))

    def test_all_programs_are_in_one_directory_that_is_on_the_path(self):
        files = re.findall(r"^-rwxr-xr-x root/root .* \./(\S+)$", said("dpkg-deb", "-c", DEB), re.MULTILINE)
        self.assertEqual(files, ["usr/bin/" + program for program in PROGRAMS])


class TheTarball(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.unpacked = tempfile.TemporaryDirectory(prefix="lg-test-")
        cls.addClassCleanup(cls.unpacked.cleanup)
        with tarfile.open(TARBALL) as archive:
            cls.members = archive.getmembers()
            archive.extractall(cls.unpacked.name)
        cls.top = pathlib.Path(cls.unpacked.name) / f"lastgood-{VERSION}"
        cls.bill = json.loads((PACKAGES / f"{NAME}.spdx.json").read_text())

    def programs(self):
        return [self.top / "bin" / program for program in PROGRAMS]

    def test_every_file_s_sum_is_beside_it(self):
        for path in [DEB, TARBALL, PACKAGES / f"{NAME}.spdx.json"]:
            self.assertEqual(path.with_name(path.name + ".sha256").read_text(), f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")

    def test_it_holds_one_directory_of_files_that_belong_to_root(self):
        self.assertEqual({member.name.split("/")[0] for member in self.members}, {f"lastgood-{VERSION}"})
        self.assertEqual({(member.uid, member.gid) for member in self.members}, {(0, 0)})
        self.assertEqual(sorted(path.name for path in (self.top / "bin").iterdir()), PROGRAMS)
        self.assertEqual((self.top / "LICENSE").read_bytes(), (ROOT / "LICENSE").read_bytes())

    def test_nothing_but_libpq_what_it_brings_and_glibc_is_linked_dynamically(self):
        for program in self.programs():
            needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", said("readelf", "-d", program)))
            self.assertLessEqual(needed, STAYS_DYNAMIC, program)
            self.assertIn("libpq.so.5", needed)

    def test_no_newer_glibc_is_wanted_than_is_said(self):
        for program in self.programs():
            wanted = {tuple(map(int, number.split("."))) for number in re.findall(r"GLIBC_([\d.]+)", said("readelf", "-V", program))}
            self.assertTrue(wanted)
            self.assertLessEqual(max(wanted), OLDEST_GLIBC, program)

    def test_no_path_of_the_building_machine_is_in_a_program(self):
        for program in self.programs():
            self.assertNotIn(str(ROOT).encode(), program.read_bytes())

    def test_the_bill_of_materials_has_what_is_linked(self):
        entries = {package["SPDXID"]: package for package in self.bill["packages"]}
        links = {}
        for relation in self.bill["relationships"]:
            if relation["relationshipType"] in ("STATIC_LINK", "DYNAMIC_LINK"):
                links.setdefault(relation["relationshipType"], set()).add(entries[relation["relatedSpdxElement"]]["name"])
        for source in ("libpqxx", "yaml-cpp", "libgit2", "curl", "libzstd", "zlib", "libssh2", "gcc-12"):
            self.assertIn(source, links["STATIC_LINK"])
        for source in ("postgresql-15", "openssl", "krb5", "glibc"):
            self.assertIn(source, links["DYNAMIC_LINK"])
        self.assertNotIn("openssl", links["STATIC_LINK"])
        by_name = {package["name"]: package["versionInfo"] for package in self.bill["packages"]}
        self.assertLessEqual({"cli11", "nlohmann-json3", "spdlog"}, set(by_name))
        self.assertEqual(by_name["libpqxx"], said("dpkg-query", "-W", "-f", "${source:Version}", "libpqxx-dev"))
        self.assertEqual(by_name["lastgood"], VERSION)

    def test_the_bill_of_materials_is_of_these_programs(self):
        self.assertEqual({file["fileName"]: file["checksums"][0]["checksumValue"] for file in self.bill["files"]},
                         {f"./bin/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in self.programs()})

    def test_the_licence_of_everything_inside_is_in_it(self):
        notices = {path.name for path in (self.top / "share/doc/lastgood/third-party").iterdir()}
        for source in ("libpqxx", "yaml-cpp", "libgit2", "curl", "libzstd", "zlib", "libssh2", "mbedtls", "cli11", "spdlog"):
            self.assertIn(source + ".copyright", notices)


class Installed(ChainTest):
    """A release and its return, by programs that were installed in a clean Debian; the server is outside of it."""

    def start_lastgood(self, *arguments, environment=None, **popen):
        given = {**GIT_ENVIRONMENT, "DATABASE_URL": self.cluster.url(self.database, self.owner), **(environment or {})}
        return subprocess.Popen(self.debian.command(self.lastgood, *arguments, shared=[self.root], directory=self.app.tree, environment=given),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **popen)

    def copy_of_clean_debian(self):
        self.debian = DEBIAN.copy()
        self.addCleanup(self.debian.close)

    def assert_a_bad_release_comes_back(self):
        self.pipeline(["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"])
        self.release("0001_orders", "create table orders (id bigint primary key); insert into orders select generate_series(1, 1000)")
        good = self.app.remote_head()
        self.release("0002_tidy_orders", "delete from orders where id % 10 = 0", status=7)
        self.assertEqual(self.sql("select count(*) from orders"), "1000")
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(good))
        self.assertIn("rolled-back", self.run_lastgood("history").out)

    def test_the_deb_installs_and_a_bad_release_comes_back(self):
        self.copy_of_clean_debian()
        self.lastgood = "lastgood"
        self.debian.install(DEB, "postgresql-client", "git", shared=[PACKAGES])
        for program in PROGRAMS:
            self.assertIn(VERSION, self.debian.run(program, "--version"))
        self.assert_a_bad_release_comes_back()
        self.debian.run("apt-get", "purge", "-y", "-qq", "lastgood")
        self.assertEqual(self.debian.run("find", "/usr", "-xdev", "-name", "*lastgood*"), "")

    def test_the_tarball_runs_where_libpq5_is_installed_and_a_bad_release_comes_back(self):
        self.copy_of_clean_debian()
        before = self.debian.packages()
        self.debian.install("libpq5")
        self.debian.run("tar", "-xzf", TARBALL, "-C", "/opt", shared=[PACKAGES])
        for program in PROGRAMS:
            self.assertIn(VERSION, self.debian.run(f"/opt/lastgood-{VERSION}/bin/{program}", "--version"))
        self.assertFalse({"libcurl4", "libgit2-1.5", "libstdc++6"} & (self.debian.packages() - before))
        self.lastgood = f"/opt/lastgood-{VERSION}/bin/lastgood"
        self.debian.install("postgresql-client", "git")
        self.assert_a_bad_release_comes_back()


if __name__ == "__main__":
    unittest.main()
