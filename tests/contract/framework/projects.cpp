#include "projects.hpp"

namespace lastgood::test {

namespace {

const std::vector<std::string> k_slugs{"person", "name", "more"};

std::string slug(int number) {
    return k_slugs[static_cast<std::size_t>(number) - 1];
}

std::string digits(int number, std::size_t width) {
    std::string text = std::to_string(number);
    return text.insert(0, width - text.size(), '0');
}

std::vector<std::string> named(const std::function<std::string(int)>& name) {
    return {name(1), name(2), name(3)};
}

}  // namespace

Project sql_project() {
    const auto name = [](int number) { return digits(number, 4) + "_" + slug(number); };
    return {.framework = "sql",
            .names = named(name),
            .begin = [](FrameworkWorld&) {},
            .add =
                [name](FrameworkWorld& world, int number, const std::string& up, const std::string& down) {
                    world.write(name(number) + ".sql", up);
                    world.remove(name(number) + ".down.sql");
                    if (!down.empty()) world.write(name(number) + ".down.sql", down);
                }};
}

Project django_project() {
    const auto file = [](int number) { return digits(number, 4) + "_" + slug(number); };
    return {.framework = "django",
            .names = named([file](int number) { return "shop." + file(number); }),
            .begin =
                [](FrameworkWorld& world) {
                    world.settings.program = {"/usr/bin/python3", "manage.py"};
                    world.write("manage.py", R"py(
import os, sys
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
)py");
                    world.write("settings.py", R"py(
import os
from urllib.parse import urlsplit
url = urlsplit(os.environ['DATABASE_URL'])
DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': url.hostname, 'PORT': url.port,
                         'USER': url.username, 'NAME': url.path[1:]}}
INSTALLED_APPS = ['shop']
SECRET_KEY = 'x'
)py");
                    world.write("shop/__init__.py", "");
                    world.write("shop/migrations/__init__.py", "");
                },
            .add =
                [file](FrameworkWorld& world, int number, const std::string& up, const std::string& down) {
                    world.write("shop/migrations/" + file(number) + ".py",
                                "from django.db import migrations\nclass Migration(migrations.Migration):\n    "
                                "dependencies = [" +
                                    (number == 1 ? "" : "('shop', '" + file(number - 1) + "')") +
                                    "]\n    operations = [migrations.RunSQL(\"" + up + "\"" +
                                    (down.empty() ? "" : ", \"" + down + "\"") + ")]\n");
                },
            .makes_ledger_first = true};
}

Project alembic_project() {
    const auto revision = [](int number) {
        return std::string(number == 1 ? "c1" : number == 2 ? "a2" : "b3") + "f00d";
    };
    return {.framework = "alembic",
            .names = named(revision),
            .begin =
                [](FrameworkWorld& world) {
                    world.write("alembic.ini", "[alembic]\nscript_location = migrations\n");
                    world.write("migrations/env.py", R"py(
import logging, os, sys
from alembic import context
from sqlalchemy import create_engine
logging.basicConfig(stream=sys.stderr, level=logging.INFO)
print('env.py is noisy')
url = os.environ['DATABASE_URL'].replace('postgres://', 'postgresql://')
try:
    from models import metadata
except ImportError:
    metadata = None
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url).connect() as connection:
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()
)py");
                },
            .add =
                [revision](FrameworkWorld& world, int number, const std::string& up, const std::string& down) {
                    world.write("migrations/versions/" + slug(number) + ".py",
                                "from alembic import op\nrevision = '" + revision(number) +
                                    "'\ndown_revision = " + (number == 1 ? "None" : "'" + revision(number - 1) + "'") +
                                    "\ndef upgrade():\n    op.execute(\"" + up + "\")\ndef downgrade():\n    " +
                                    (down.empty() ? "pass" : "op.execute(\"" + down + "\")") + "\n");
                },
            .all_in_one_transaction = true};
}

Project dbmate_project() {
    const auto name = [](int number) { return "2026010100000" + std::to_string(number) + "_" + slug(number); };
    return {.framework = "dbmate",
            .names = named(name),
            .begin =
                [](FrameworkWorld& world) {
                    world.settings.program = {LASTGOOD_SOURCE
                                              "/tests/support/tools/node_modules/@dbmate/linux-x64/bin/dbmate"};
                    // Go's driver demands TLS unless it is told otherwise.
                    world.use_url(world.url.url().reveal() + "?sslmode=disable");
                },
            .add =
                [name](FrameworkWorld& world, int number, const std::string& up, const std::string& down) {
                    world.write("db/migrations/" + name(number) + ".sql",
                                "-- migrate:up\n" + up + ";\n\n-- migrate:down\n" + (down.empty() ? "" : down + ";\n"));
                },
            .makes_ledger_first = true};
}

Project sqitch_project() {
    return {.framework = "sqitch",
            .names = named(slug),
            .begin =
                [](FrameworkWorld& world) {
                    world.write("sqitch.conf", "[core]\n\tengine = pg\n");
                    std::string plan = "%syntax-version=1.0.0\n%project=shop\n\n";
                    for (const auto& name : k_slugs)
                        plan += name + " 2026-01-01T00:00:00Z Test <test@localhost> # A change\n";
                    world.write("sqitch.plan", plan);
                },
            .add =
                [](FrameworkWorld& world, int number, const std::string& up, const std::string& down) {
                    world.write("deploy/" + slug(number) + ".sql", "BEGIN;\n" + up + ";\nCOMMIT;\n");
                    world.write("revert/" + slug(number) + ".sql",
                                "BEGIN;\n" + down + (down.empty() ? "" : ";\n") + "COMMIT;\n");
                },
            .makes_ledger_first = true};
}

Project rails_project() {
    const auto version = [](int number) { return "2026010100000" + std::to_string(number); };
    return {.framework = "rails",
            .names = named(version),
            .begin =
                [](FrameworkWorld& world) {
                    world.settings.program = {"rake"};
                    world.write("Rakefile", R"rb(
require 'active_record'
require 'logger'
include ActiveRecord::Tasks
DatabaseTasks.env = 'production'
DatabaseTasks.database_configuration = { 'production' => { 'url' => ENV['DATABASE_URL'] } }
DatabaseTasks.db_dir = 'db'
DatabaseTasks.migrations_paths = ['db/migrate']
DatabaseTasks.root = Dir.pwd
ActiveRecord::Base.configurations = DatabaseTasks.database_configuration
ActiveRecord::Base.dump_schema_after_migration = false
task(:environment) { ActiveRecord::Base.establish_connection(:production) }
load 'active_record/railties/databases.rake'
)rb");
                },
            .add =
                [version](FrameworkWorld& world, int number, const std::string& up, const std::string& down) {
                    const std::string name = slug(number);
                    const std::string type(1, static_cast<char>(name[0] - 'a' + 'A'));
                    world.write("db/migrate/" + version(number) + "_" + name + ".rb",
                                "class " + type + name.substr(1) +
                                    " < ActiveRecord::Migration[6.1]\n  def up\n    execute \"" + up + "\"\n  end\n" +
                                    (down.empty() ? "" : "  def down\n    execute \"" + down + "\"\n  end\n") +
                                    "end\n");
                },
            .prints_sql = false,
            .makes_ledger_first = true};
}

Project command_project() {
    const auto name = [](int number) { return std::to_string(number) + "-" + slug(number); };
    return {.framework = "command",
            .names = named(name),
            .begin =
                [](FrameworkWorld& world) {
                    world.write("pending.sh", R"sh(
have=$(psql -XAtq -d "$DATABASE_URL" -c "select name from done" 2>/dev/null)
cd steps && for file in *; do grep -qxF "${file%.sql}" <<<"$have" || echo "${file%.sql}"; done
)sh");
                    world.write("migrate.sh", R"sh(
set -e
echo "migrating"
psql -XAtq -d "$DATABASE_URL" -c "create table if not exists done (name text)"
for name in $(bash pending.sh); do
    psql -XAtq -v ON_ERROR_STOP=1 -1 -d "$DATABASE_URL" -f "steps/$name.sql" -c "insert into done values ('$name')"
done
)sh");
                    world.settings.program = {"bash", "migrate.sh"};
                    world.settings.heads = "select name from done order by name desc";
                    world.settings.pending = {"bash", "pending.sh"};
                },
            .add = [name](FrameworkWorld& world, int number, const std::string& up,
                          const std::string&) { world.write("steps/" + name(number) + ".sql", up + ";\n"); },
            .prints_sql = false,
            .guard_seen = false,
            .goes_down = false,
            .promises_nothing = true};
}

}  // namespace lastgood::test
