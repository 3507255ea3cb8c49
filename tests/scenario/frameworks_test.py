"""A release of each foreign migrator's project: rehearsed and good; then with nothing pending; then bad, and it comes back."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ROOT, ChainTest  # noqa: E402

DBMATE = ROOT / "tests/support/tools/node_modules/@dbmate/linux-x64/bin/dbmate"
ORDERS = "create table orders (id bigint primary key, total bigint)"
FILL = "insert into orders select i, i * 100 from generate_series(1, 500) i"
TIDY = "delete from orders where total > 40000"


class Release(ChainTest):
    """What a framework's own class says: migrate (YAML), project(), add(number, sql)."""

    migrate = ""
    pending_known = True

    def use(self, more="rehearse: true"):
        framework, _, rest = self.migrate.partition(", ")
        checks = ["rows_not_lost: { tolerance: 0 }"]
        if self.pending_known:
            checks.append("no_pending_migrations: {}")
        self.pipeline(framework=framework, migrate=", ".join(filter(None, [rest, more])), checks=checks)

    def setUp(self):
        super().setUp()
        self.use()
        self.project()
        self.add(1, ORDERS)
        self.add(2, FILL)

    def released(self, status=0):
        return self.app.commit(), self.assert_exit(status, self.run_lastgood("run"))

    def test_good_then_nothing_pending_then_bad_and_back(self):
        _, finished = self.released()
        self.assertIn("rehearsed ", finished.err)
        self.assertEqual(self.sql("select count(*) from orders"), "500")
        good = self.digest("orders")

        self.app.write("README", "nothing to migrate")
        second, finished = self.released()
        if self.pending_known:
            self.assertIn("nothing is pending", finished.err)
        self.assertEqual(self.digest("orders"), good)

        self.add(3, TIDY)
        self.use("")  # a rehearsal would refuse it
        _, finished = self.released(status=7)
        self.assertIn("orders", finished.err)
        self.assertEqual(self.digest("orders"), good)
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(second))
        self.assert_nothing_left()


class Alembic(Release):
    migrate = "alembic"

    def project(self):
        self.app.write("alembic.ini", "[alembic]\nscript_location = migrations\n")
        self.app.write("models.py", "from sqlalchemy import *\nmetadata = MetaData()\n"
                       "Table('orders', metadata, Column('id', BigInteger, primary_key=True), Column('total', BigInteger))\n")
        self.app.write("migrations/env.py", "\n".join([
            "import os, sys", "sys.path.insert(0, os.getcwd())", "from alembic import context", "from sqlalchemy import create_engine",
            "from models import metadata",
            "url = os.environ['DATABASE_URL'].replace('postgres://', 'postgresql://')",
            "if context.is_offline_mode():", "    context.configure(url=url, literal_binds=True)",
            "    with context.begin_transaction():", "        context.run_migrations()",
            "else:", "    with create_engine(url).connect() as connection:",
            "        context.configure(connection=connection, target_metadata=metadata)",
            "        with context.begin_transaction():", "            context.run_migrations()", ""]))

    def add(self, number, sql):
        self.app.write(f"migrations/versions/{number}.py", "\n".join([
            "from alembic import op", f"revision = 'f00d{number}'", f"down_revision = {repr(f'f00d{number - 1}') if number > 1 else None}",
            "def upgrade():", f"    op.execute({sql!r})", "def downgrade():", "    pass", ""]))

    def test_a_model_without_a_migration_is_trouble(self):
        self.released()
        self.app.write("models.py", (self.app.tree / "models.py").read_text().replace(
            "Column('total', BigInteger)", "Column('total', BigInteger), Column('note', Text)"))
        self.app.commit()
        finished = self.assert_exit(3, self.run_lastgood("check"))
        self.assertIn("the models have 1 change that no migration describes", finished.out)
        self.assertIn("add column orders.note", finished.out)


class Dbmate(Release):
    migrate = f"dbmate, program: [{DBMATE}]"

    def project(self):
        self.environment["DATABASE_URL"] += "?sslmode=disable"

    def add(self, number, sql):
        self.app.write(f"db/migrations/2026010100000{number}_step.sql", f"-- migrate:up\n{sql};\n-- migrate:down\n")


class Sqitch(Release):
    migrate = "sqitch"

    def project(self):
        self.app.write("sqitch.conf", "[core]\n\tengine = pg\n[user]\n\tname = Test\n\temail = test@localhost\n")
        self.app.write("sqitch.plan", "%syntax-version=1.0.0\n%project=shop\n\n")

    def add(self, number, sql):
        plan = self.app.tree / "sqitch.plan"
        plan.write_text(plan.read_text() + f"step{number} 2026-01-01T00:00:00Z Test <test@localhost> # A step\n")
        self.app.write(f"deploy/step{number}.sql", f"BEGIN;\n{sql};\nCOMMIT;\n")


class Rails(Release):
    migrate = "rails, program: [rake]"

    def project(self):
        self.app.write("Rakefile", "\n".join([
            "require 'active_record'", "require 'logger'", "include ActiveRecord::Tasks", "DatabaseTasks.env = 'production'",
            "DatabaseTasks.database_configuration = { 'production' => { 'url' => ENV['DATABASE_URL'] } }", "DatabaseTasks.db_dir = 'db'",
            "DatabaseTasks.migrations_paths = ['db/migrate']", "DatabaseTasks.root = Dir.pwd",
            "ActiveRecord::Base.configurations = DatabaseTasks.database_configuration",
            "ActiveRecord::Base.dump_schema_after_migration = false",
            "task(:environment) { ActiveRecord::Base.establish_connection(:production) }",
            "load 'active_record/railties/databases.rake'", ""]))

    def add(self, number, sql):
        self.app.write(f"db/migrate/2026010100000{number}_step{number}.rb",
                       f'class Step{number} < ActiveRecord::Migration[6.1]\n  def up\n    execute "{sql}"\n  end\nend\n')


class AnyCommand(Release):
    migrate = 'command, program: [bash, migrate.sh], heads: "select name from done", pending: [bash, pending.sh]'

    def project(self):
        self.app.write("pending.sh", 'have=$(psql -XAtq -d "$DATABASE_URL" -c "select name from done" 2>/dev/null)\n'
                       'for file in steps/*; do grep -qxF "$file" <<<"$have" || echo "$file"; done\n')
        self.app.write("migrate.sh", 'set -e\npsql -XAtq -d "$DATABASE_URL" -c "create table if not exists done (name text)"\n'
                       'for file in $(bash pending.sh); do psql -XAtq -v ON_ERROR_STOP=1 -1 -d "$DATABASE_URL" -f "$file" '
                       '-c "insert into done values (\'$file\')"; done\n')

    def add(self, number, sql):
        self.app.write(f"steps/{number}.sql", sql + ";\n")


class CommandThatDoesNotSayWhatIsPending(AnyCommand):
    migrate = 'command, program: [bash, migrate.sh], heads: "select name from done"'
    pending_known = False

    def test_verify_could_not_tell_what_is_pending(self):
        self.pipeline(framework="command", migrate=self.migrate.partition(", ")[2])
        _, finished = self.released(status=9)
        self.assertIn("framework command does not say what is pending: add migrate.pending", finished.err)


del Release  # it is no test of its own
del ChainTest

if __name__ == "__main__":
    unittest.main()
