"""lastgood init: a first pipeline, from what the repository shows, from which a real run begins."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import frameworks_test  # noqa: E402
from chain import BIN, ChainTest  # noqa: E402
from django_test import MANAGE, MIGRATION, SETTINGS  # noqa: E402
from schema_test import schema_says  # noqa: E402

FILE = "lastgood.yaml"
MODEL = "from django.db import models\n\nclass Order(models.Model):\n    id = models.BigAutoField(primary_key=True)\n"


class Begun(ChainTest):
    """A repository without a pipeline, and the variables that init says are to be set."""

    def setUp(self):
        super().setUp()
        (self.app.tree / FILE).unlink()
        self.environment |= {"LASTGOOD_STORE": str(self.store), "DISK_LIMIT": "10GB"}

    def files(self):
        return {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file() and ".git/" not in str(path)}

    def init(self, *arguments):
        return self.assert_exit(0, self.run_lastgood("init", *arguments))

    def pipeline_text(self):
        return (self.app.tree / FILE).read_text()

    def a_run_begins(self):
        """Without a hand put to the file: the schema accepts it, and check finds nothing to mend."""
        self.assertEqual(schema_says([self.pipeline_text()]), [[]])
        self.app.commit("A pipeline")
        self.assert_exit(0, self.run_lastgood("check"))


class Sql(Begun):
    def setUp(self):
        super().setUp()
        self.app.migration("0001_orders", "create table orders (id int primary key); insert into orders select generate_series(1, 100)")
        self.app.commit()

    def test_the_whole_chain_runs_from_what_it_writes(self):
        said = self.init()
        self.assertIn("found: sql migrates (migrations/0001_orders.sql)", said.err)
        self.assertIn("set DATABASE_URL: ", said.err)
        self.assertRegex(said.err, r"next: lastgood check\b")
        self.assertIn("name: remote  ", self.pipeline_text())
        self.assertIn("branch: main", self.pipeline_text())
        self.a_run_begins()
        self.assert_exit(0, self.run_lastgood("run"))
        self.assertEqual(self.sql("select count(*) from orders"), "100")
        self.app.migration("0002_bad", "delete from orders where id > 50")
        self.app.commit()
        self.assertIn(self.run_lastgood("run").status, (7, 9))
        self.assert_nothing_left()

    def test_it_makes_one_file_and_never_a_second_time(self):
        before = self.files()
        self.init()
        after = self.files()
        self.assertEqual(set(after) - set(before), {self.app.tree / FILE})
        refused = self.assert_failure(3, "lastgood.yaml is there already, and is not overwritten", self.run_lastgood("init"))
        self.assertIn("changed: nothing", refused.err)
        self.assertEqual(self.files(), after)
        (self.app.tree / "ci").mkdir()
        self.assertIn("next: lastgood check --pipeline ci/other.yaml", self.init("--output", "ci/other.yaml").err)
        self.assertEqual((self.app.tree / "ci/other.yaml").read_text(), self.pipeline_text())

    def test_a_dry_run_prints_what_it_would_write_and_writes_nothing(self):
        before = self.files()
        said = self.init("--dry-run")
        self.assertEqual(self.files(), before)
        told = self.init("--dry-run", "--json").record("first-pipeline")
        self.assertEqual(self.files(), before)
        self.assertEqual(told["text"], said.out)
        self.assertEqual((told["file"], told["written"], sorted(told["variables"])), (FILE, False, ["DATABASE_URL", "DISK_LIMIT", "LASTGOOD_STORE"]))
        self.init()
        self.assertEqual(self.pipeline_text(), said.out)

    def test_from_a_directory_below_it_writes_at_the_top(self):
        done = subprocess.run([BIN / "lastgood", "init"], cwd=self.app.tree / "migrations", env=self.environment, text=True, capture_output=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("next: lastgood check --pipeline ../lastgood.yaml", done.stderr)
        self.assertTrue(self.pipeline_text())

    def test_it_needs_neither_database_nor_variables(self):
        bare = {name: value for name, value in self.environment.items() if name in ("PATH", "HOME", "GIT_CONFIG_GLOBAL", "LSAN_OPTIONS", "ASAN_OPTIONS")}
        done = subprocess.run([BIN / "lastgood", "init"], cwd=self.app.tree, env=bare, text=True, capture_output=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_shows_no_migrator_is_refused(self):
        self.app.git("rm", "-rq", "migrations")
        self.app.commit()
        refused = self.assert_failure(3, "nothing in this repository shows who migrates", self.run_lastgood("init"))
        self.assertIn("manage.py", refused.err)
        self.assertFalse((self.app.tree / FILE).exists())

    def test_what_is_no_repository_is_refused(self):
        done = subprocess.run([BIN / "lastgood", "init"], cwd=self.root, env=self.environment, text=True, capture_output=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("no git repository at", done.stderr)
        self.assertIn("next:", done.stderr)

    def test_a_remote_of_herokus_names_the_app(self):
        self.app.git("remote", "add", "heroku", "https://git.heroku.com/shop-app.git")
        self.app.write("Procfile", "web: ./serve\nrelease: dbmate migrate\n")
        self.app.commit()
        told = self.init("--json").record("first-pipeline")
        self.assertIn("Heroku's app shop-app (remote heroku)", told["found"])
        self.assertEqual(sorted(told["variables"]), ["HEROKU_API_KEY", "LASTGOOD_STORE", "PROVE_URL"])
        self.assertIn("run: on_deploy", self.pipeline_text())
        self.assertEqual(schema_says([self.pipeline_text()]), [[]])
        self.environment["PROVE_URL"] = self.cluster.url()
        self.assertIn("no run of remote/production yet", self.assert_exit(0, self.run_lastgood("status")).out)

    def test_elastic_beanstalk_is_named_by_the_files_of_its_program(self):
        self.app.write(".gitignore", ".elasticbeanstalk\n")
        self.app.write(".elasticbeanstalk/config.yml", "branch-defaults:\n  main:\n    environment: shop-prod\nglobal:\n  application_name: shop\n")
        self.app.commit()
        self.init()
        self.assertIn("environment: shop-prod", self.pipeline_text())
        self.assertEqual(schema_says([self.pipeline_text()]), [[]])
        self.assertIn("no run of remote/production yet", self.assert_exit(0, self.run_lastgood("status")).out)


class EachMigrator(Begun):
    """The projects of the other tests, without their pipelines."""

    def a_run_goes_through(self, framework, project):
        project.add(self, 1, frameworks_test.ORDERS)
        project.add(self, 2, frameworks_test.FILL)
        self.app.commit()
        self.assertIn(f"found: {framework} migrates (", self.init().err)
        self.assertIn(f"framework: {framework}", self.pipeline_text())
        self.a_run_begins()
        self.assert_exit(0, self.run_lastgood("run"))
        self.assertEqual(self.sql("select count(*) from orders"), "500")

    def test_alembic(self):
        frameworks_test.Alembic.project(self)
        self.a_run_goes_through("alembic", frameworks_test.Alembic)

    def test_dbmate(self):
        self.environment["PATH"] = f"{frameworks_test.DBMATE.parent}:{self.environment['PATH']}"
        frameworks_test.Dbmate.project(self)
        self.a_run_goes_through("dbmate", frameworks_test.Dbmate)

    def test_sqitch(self):
        frameworks_test.Sqitch.project(self)
        self.a_run_goes_through("sqitch", frameworks_test.Sqitch)

    def test_rails(self):
        frameworks_test.Rails.project(self)
        self.a_run_goes_through("rails", frameworks_test.Rails)

    def test_django(self):
        self.environment["PATH"] = f"/usr/bin:{self.environment['PATH']}"  # Debian's python3 has Django
        settings = SETTINGS.replace('open(os.path.join(os.path.dirname(__file__), "..", "secret_key")).read()', '"of a test"')
        for path, text in {"manage.py": MANAGE, "site_of_shop/__init__.py": "", "site_of_shop/settings.py": settings, "shop/__init__.py": "",
                           "shop/models.py": MODEL, "shop/migrations/__init__.py": "", "shop/migrations/0001_orders.py": MIGRATION.format(
                               functions="", attributes="", dependencies="",
                               operations='migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))])')}.items():
            self.app.write("api/" + path, text)
        self.app.commit()
        self.assertIn("found: django migrates (api/manage.py)", self.init().err)
        self.assertIn("directory: api", self.pipeline_text())
        self.a_run_begins()
        self.assert_exit(0, self.run_lastgood("run"))
        self.assertEqual(self.sql("select count(*) from shop_order"), "0")


del ChainTest, Begun  # they are no tests of their own

if __name__ == "__main__":
    unittest.main()
