"""What a pull request's job can ask without production's credentials, and the window in which a release may begin."""
import datetime
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402
from shop_site import PYTHON, write_release  # noqa: E402


class CheckOfTheCode(ChainTest):
    def setUp(self):
        super().setUp()
        self.app.write("lastgood.yaml", "\n".join([
            "format: 1", "name: shop", "environment: production", f"store: file:{self.store}", "git: { branch: main }", "platform: heroku",
            "heroku: { app: shop }", "writes: closed", "steps:", f"  - migrate: {{ framework: django, program: [{PYTHON}, manage.py] }}", ""]))
        write_release(self.app, 1)
        self.app.commit()
        del self.environment["DATABASE_URL"]
        self.environment["LASTGOOD_DEVELOPMENT_URL"] = self.cluster.url(self.database, self.owner)

    def check(self, **environment):
        return self.run_lastgood("check", "--code", environment=environment)

    def test_a_revision_whose_models_are_described_passes_without_any_credentials_of_the_platform(self):
        checked = self.assert_exit(0, self.check())
        self.assertIn("every model is described by migrations", checked.out)

    def test_a_model_without_a_migration_is_refused(self):
        models = (self.app.tree / "shop/models.py").read_text()
        self.app.write("shop/models.py", models.replace("total = models.BigIntegerField()", "total = models.BigIntegerField()\n    note = models.TextField(default='')"))
        self.app.commit()
        checked = self.assert_failure(3, "1 thing would go wrong", self.check())
        self.assertIn("that no migration describes", checked.out)

    def test_credentials_of_production_are_refused(self):
        checked = self.assert_failure(3, "1 thing would go wrong", self.check(HEROKU_API_KEY="not-a-real-key"))
        self.assertIn("HEROKU_API_KEY is set", checked.out)
        self.assertNotIn("not-a-real-key", checked.out + checked.err)

    def test_a_script_of_credentials_in_the_repository_is_refused(self):
        self.app.write("set_credentials.py", "import os\n")
        self.app.commit()
        checked = self.assert_failure(3, "1 thing would go wrong", self.check())
        self.assertIn("set_credentials.py is a file of credentials", checked.out)

    def test_without_a_database_for_development_it_says_so(self):
        self.assert_failure(2, "LASTGOOD_DEVELOPMENT_URL is not set", self.check(LASTGOOD_DEVELOPMENT_URL=""))


class WindowOfReleases(ChainTest):
    def window(self, begin, end):
        clock = datetime.datetime.now(datetime.timezone.utc)
        hours = [(clock + datetime.timedelta(hours=hours)).strftime("%H:%M") for hours in (begin, end)]
        self.pipeline(top=f"window: {{ hours: '{hours[0]}-{hours[1]}' }}")
        self.app.migration("0001_orders", "create table orders (id int)")
        self.app.commit()

    def test_outside_of_it_nothing_begins(self):
        self.window(2, 4)
        before = self.world()
        self.assert_failure(3, "a release may begin from", self.run_lastgood("run"))
        self.assertEqual(self.world(), before)
        self.assertFalse((self.store / "shop").exists() and list((self.store / "shop").rglob("*run-begun*")))

    def test_within_it_a_release_begins(self):
        self.window(-1, 1)
        self.assert_exit(0, self.run_lastgood("run"))

    def test_a_zone_that_the_server_does_not_know_is_a_mistake(self):
        self.pipeline(top="window: { hours: '00:00-23:59', zone: Moon/Base }")
        self.app.commit()
        self.assert_failure(2, 'no time zone "Moon/Base"', self.run_lastgood("run"))


if __name__ == "__main__":
    unittest.main()
