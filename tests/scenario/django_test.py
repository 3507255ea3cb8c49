"""A real Django project: its migrations are run by manage.py, and a bad data migration comes back with code and data."""
import pathlib
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest, wait_until  # noqa: E402

PYTHON = "/usr/bin/python3"

SETTINGS = """
import os
from urllib.parse import parse_qs, urlsplit
url = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "USER": url.username, "HOST": url.hostname,
                         "PORT": url.port, "OPTIONS": {key: values[-1] for key, values in parse_qs(url.query).items()}}}
SECRET_KEY = open(os.path.join(os.path.dirname(__file__), "..", "secret_key")).read()
INSTALLED_APPS = ["shop"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""

MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_of_shop.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""

MIGRATION = """
from django.db import migrations, models

{functions}

class Migration(migrations.Migration):
    {attributes}
    dependencies = [{dependencies}]
    operations = [{operations}]
"""

FILL = """
def fill(apps, schema_editor):
    order = apps.get_model("shop", "Order")
    order.objects.bulk_create(order(total=i * 100, customer=f"customer {i}") for i in range(1, 501))
"""

LOSE = """
def tidy(apps, schema_editor):
    apps.get_model("shop", "Order").objects.filter(total__gt=40000).delete()
"""

REACH = """
import os, socket

def reach(apps, schema_editor):
    def can(family, address, name):
        try:
            with socket.socket(family) as found:
                found.settimeout(2)
                found.connect(address)
            return name
        except OSError:
            return "nothing"
    port = can(socket.AF_INET, ("127.0.0.1", {port}), "the port")
    production = can(socket.AF_UNIX, "{production}/.s.PGSQL.{server}", "the socket")
    with open("{seen}", "a") as file:
        print(port, production, os.environ.get("PAYMENT_TOKEN"), sep=", ", file=file)
    apps.get_model("shop", "Order").objects.create(total=0, customer="reached")
"""

WATCHED_LOCK = """
def show(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("insert into guard_seen select current_setting('lock_timeout'), current_setting('application_name'), "
                       "current_setting('statement_timeout'), current_setting('work_mem')")
"""


class Django(ChainTest):
    def setUp(self):
        super().setUp()
        self.app.write("site_of_shop/__init__.py", "")
        self.app.write("site_of_shop/settings.py", SETTINGS)
        self.app.write("manage.py", MANAGE)
        self.app.write("shop/__init__.py", "")
        self.app.write("shop/models.py", "")
        self.app.write("shop/migrations/__init__.py", "")
        self.app.write(".gitignore", "secret_key\nprepared\n")
        self.app.write("secret_key", "not for the repository")
        self.use()

    def use(self, migrate="carry: [secret_key]", **pieces):
        pieces = {"checks": ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }",
                             f"command: {{ run: [{PYTHON}, manage.py, check] }}"], **pieces}
        self.pipeline(framework=f"django, program: [{PYTHON}, manage.py]", migrate=migrate, **pieces)

    def django_migration(self, name, operations, functions="", after=None, attributes=""):
        self.app.write(f"shop/migrations/{name}.py",
                       MIGRATION.format(functions=functions, operations=operations, attributes=attributes,
                                        dependencies=f'("shop", "{after}")' if after else ""))

    def released(self, status=0):
        commit = self.app.commit()
        return commit, self.assert_exit(status, self.run_lastgood("run"))

    def first_release(self):
        self.django_migration("0001_orders", 'migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True)), '
                              '("total", models.BigIntegerField()), ("customer", models.CharField(max_length=80))]), '
                              "migrations.RunPython(fill)", FILL)
        return self.released()[0]

    def showmigrations(self):
        return subprocess.run([PYTHON, "manage.py", "showmigrations"], cwd=self.app.tree, env=self.environment, text=True,
                              capture_output=True, check=True).stdout

    def test_the_third_release_loses_rows_and_comes_back_to_the_second(self):
        self.first_release()
        self.django_migration("0002_paid", 'migrations.AddField("order", "paid", models.BooleanField(default=False)), '
                              'migrations.RunSQL("update shop_order set paid = total > 1000")', after="0001_orders")
        second, _ = self.released()
        before = (self.showmigrations(), self.digest("shop_order"), self.digest("django_migrations"))
        self.assertIn("[X] 0002_paid", before[0])

        self.django_migration("0003_tidy", "migrations.RunPython(tidy)", LOSE, after="0002_paid")
        third, finished = self.released(status=7)
        self.assertIn("shop_order", finished.err)
        self.app.git("fetch", "-q", "origin")
        self.app.git("checkout", "-q", "--detach", "origin/main")
        self.assertEqual((self.showmigrations(), self.digest("shop_order"), self.digest("django_migrations")), before)
        head = self.app.remote_head()
        self.assertNotIn(head, (second, third))
        self.assertEqual(self.app.tree_of(head), self.app.tree_of(second))
        self.assert_nothing_left()

    def test_a_migration_that_fails_in_the_middle_comes_back_too(self):
        first = self.first_release()
        before = (self.showmigrations(), self.digest("shop_order"))
        self.django_migration("0002_note", 'migrations.AddField("order", "note", models.TextField(null=True))', after="0001_orders")
        self.django_migration("0003_broken", 'migrations.RunSQL("update shop_order set nowhere = 1")', after="0002_note")
        _, finished = self.released(status=5)
        self.assertIn('1 of 2 migrations applied, then "shop.0003_broken" failed', finished.err)
        self.assertIn("column \"nowhere\" of relation \"shop_order\" does not exist", finished.err)
        self.app.git("checkout", "-q", "--detach", first)
        self.assertEqual((self.showmigrations(), self.digest("shop_order")), before)
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(first))

    def test_the_only_migration_failing_changes_nothing_and_needs_no_way_back(self):
        self.first_release()
        before = self.digest("shop_order")
        self.django_migration("0002_broken", 'migrations.RunSQL("update shop_order set nowhere = 1")', after="0001_orders")
        bad, finished = self.released(status=4)
        self.assertIn("changed: nothing", finished.err)
        self.assertEqual((self.digest("shop_order"), self.app.remote_head()), (before, bad))
        self.assertEqual(self.run_lastgood("status", "--json").record("run")["outcome"], "failed-clean")

    def guard(self):
        return self.sql("select * from guard_seen")

    def watch_the_guard(self):
        self.sql("create table guard_seen (lock_timeout text, application text, statement_timeout text, work_mem text);"
                 "alter table guard_seen owner to shop_owner")
        self.django_migration("0001_guard", "migrations.RunPython(show)", WATCHED_LOCK)
        self.use(migrate="carry: [secret_key], lock_timeout: 700ms, statement_timeout: 30s", checks=["no_pending_migrations: {}"])

    def test_the_guard_holds_inside_django(self):
        self.watch_the_guard()
        self.released()
        self.assertRegex(self.guard(), r"^700ms\|lastgood/[0-9a-f]+/[0-9a-f]+/migrate\|30s\|4MB$")

    def test_the_guard_holds_although_the_url_has_options_of_its_own(self):
        self.watch_the_guard()
        self.environment["DATABASE_URL"] += "?options=-c%20work_mem%3D8MB&application_name=shop"
        self.released()
        self.assertRegex(self.guard(), r"^700ms\|lastgood/[0-9a-f]+/[0-9a-f]+/migrate\|30s\|8MB$")

    def test_a_held_lock_ends_the_migration_and_names_its_holder(self):
        self.first_release()
        self.use(migrate="carry: [secret_key], lock_timeout: 500ms, retry_for: 1s")
        self.django_migration("0002_note", 'migrations.AddField("order", "note", models.TextField(null=True))', after="0001_orders")
        self.app.commit()
        holder = self.cluster.start_sql("begin; lock table shop_order in row exclusive mode; select pg_sleep(60)", "shop", application="reports")
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        wait_until(lambda: self.sql("select count(*) from pg_locks where relation = 'shop_order'::regclass and mode = 'RowExclusiveLock' and granted") == "1")
        finished = self.assert_exit(4, self.run_lastgood("run"))
        self.assertIn("lock timeout", finished.err)
        self.assertIn('application "reports"', finished.err)

    def test_a_rehearsal_reaches_nothing_but_the_clone_and_sees_no_secrets(self):
        self.first_release()
        outside = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(outside.close)
        seen = self.root / "seen"
        self.environment["PAYMENT_TOKEN"] = "top secret"
        self.use(migrate="carry: [secret_key], rehearse: true", checks=["no_pending_migrations: {}"])
        self.django_migration("0002_reach", "migrations.RunPython(reach, migrations.RunPython.noop)",
                              REACH.format(port=outside.getsockname()[1], production=self.cluster.root, server=self.cluster.port, seen=seen),
                              after="0001_orders")
        self.released()
        # First in the clone, then for real.
        self.assertEqual(seen.read_text().splitlines(), ["nothing, nothing, None", "the port, the socket, top secret"])
        self.assertEqual(self.sql("select count(*) from shop_order where customer = 'reached'"), "1")
        self.assertEqual([name for name in self.cluster.databases() if "rehearsal" in name], [])

    def test_prepare_runs_in_the_work_tree_and_carry_links_what_is_ignored(self):
        self.use(migrate="carry: [secret_key], prepare: [sh, -c, 'test -L secret_key && test ! -e stray && touch prepared'], directory: .",
                 checks=["command: { run: [test, -e, prepared] }"])
        self.app.write("stray", "lies about\n")
        self.app.write(".gitignore", "secret_key\nprepared\nstray\n")
        self.first_release()
        self.assertFalse((self.app.tree / "prepared").exists())
        (self.app.tree / "secret_key").unlink()
        self.app.write("README", "next\n")
        _, finished = self.released(status=3)
        self.assertIn('migrate.carry names "secret_key", which the checkout does not have', finished.err)

    def test_a_project_that_is_not_there_is_refused(self):
        self.use(migrate="carry: [secret_key], directory: nowhere", checks=["no_pending_migrations: {}"])
        _, finished = self.released(status=3)
        self.assertIn("there is no manage.py in", finished.err)
