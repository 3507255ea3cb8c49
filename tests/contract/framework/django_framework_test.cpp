#include "framework/guard.hpp"
#include "framework_world.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using Names = std::vector<std::string>;

constexpr const char* k_manage = R"py(
import os, sys
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'project.settings')
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
)py";

constexpr const char* k_settings = R"py(
import os
from urllib.parse import urlsplit, unquote, parse_qsl
url = urlsplit(os.environ['DATABASE_URL'])
DATABASES = {'default': {
    'ENGINE': 'django.db.backends.postgresql', 'HOST': url.hostname, 'PORT': url.port, 'USER': unquote(url.username),
    'NAME': unquote(url.path[1:]), 'OPTIONS': dict(parse_qsl(url.query))}}
INSTALLED_APPS = ['shop']
SECRET_KEY = 'x'
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'
print('settings are noisy')
)py";

std::string migration(const std::string& depends, const std::string& operation, bool atomic = true) {
    return "from django.db import migrations\nclass Migration(migrations.Migration):\n    atomic = " +
           std::string(atomic ? "True" : "False") + "\n    dependencies = [" +
           (depends.empty() ? "" : "('shop', '" + depends + "')") + "]\n    operations = [migrations.RunSQL(\"" +
           operation + "\")]\n";
}

class DjangoFramework : public testing::Test {
  protected:
    void SetUp() override {
        m_world.settings.framework = "django";
        m_world.settings.program = {"/usr/bin/python3", "manage.py"};
        m_world.write("manage.py", k_manage);
        m_world.write("project/__init__.py", "");
        m_world.write("project/settings.py", k_settings);
        m_world.write("shop/__init__.py", "");
        m_world.write("shop/migrations/__init__.py", "");
        m_world.write("shop/migrations/0001_person.py", migration("", "create table person (id int primary key)"));
        m_world.write("shop/migrations/0002_name.py",
                      migration("0001_person", "alter table person add column name text"));
    }
    std::unique_ptr<Framework> django() { return m_world.framework("django"); }
    MigrateResult migrate() { return m_world.migrate("django").result; }

    FrameworkWorld m_world;
};

TEST_F(DjangoFramework, ReadsAppliedAndPendingFromDjangoWithoutChangingAnything) {
    const auto migrations = django()->migrations();
    EXPECT_TRUE(migrations.applied.empty());
    EXPECT_EQ(migrations.pending, (Names{"shop.0001_person", "shop.0002_name"}));
    EXPECT_EQ(m_world.sql("select count(*) from pg_tables where schemaname = 'public'"), "0");
    EXPECT_FALSE(std::filesystem::exists(m_world.directory() / "project/__pycache__"));
}

TEST_F(DjangoFramework, Migrates) {
    const auto result = migrate();
    EXPECT_EQ(result.done, (Names{"shop.0001_person", "shop.0002_name"}));
    EXPECT_TRUE(result.own_transactions.empty());
    const auto migrations = django()->migrations();
    EXPECT_EQ(migrations.applied, (Names{"shop.0001_person", "shop.0002_name"}));
    EXPECT_TRUE(migrations.pending.empty());
    EXPECT_TRUE(migrate().done.empty());
}

TEST_F(DjangoFramework, SaysHowFarAFailingMigrationCame) {
    m_world.write("shop/migrations/0002_name.py", migration("0001_person", "alter table missing add column name text"));
    m_world.write("shop/migrations/0003_more.py", migration("0002_name", "select 1"));
    auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
    EXPECT_TRUE(failure.what_happened().starts_with("1 of 3 migrations applied, then \"shop.0002_name\" failed: "))
        << failure.what_happened();
    EXPECT_NE(failure.what_happened().find("relation \"missing\" does not exist"), std::string::npos)
        << failure.what_happened();

    failure = failure_of([&] { migrate(); });  // again: this time nothing is applied
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_EQ(failure.changed(), "nothing");

    m_world.write("shop/migrations/0002_name.py",
                  migration("0001_person", "alter table missing add column name text", false));
    failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
    EXPECT_EQ(failure.changed(), "\"shop.0002_name\" may be applied in part");
}

TEST_F(DjangoFramework, NamesTheTableAndItsHolderAfterALockTimeout) {
    m_world.settings.lock_timeout = Milliseconds(600);
    m_world.write("shop/migrations/0003_more.py", migration("0002_name", "alter table other add column a int"));
    m_world.sql("create table other ()");
    Session other(m_world.url, "reports", interruption());
    other.execute("begin; lock table other in share mode");
    const auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.what_happened(),
              "2 of 3 migrations applied, then \"shop.0003_more\" failed: lock timeout on table \"other\"");
    EXPECT_NE(failure.detail().find("application \"reports\""), std::string::npos) << failure.detail();
}

TEST_F(DjangoFramework, GetsTheGuardThroughItsEnvironment) {
    const auto seen = django()->guard_seen();
    EXPECT_TRUE(seen.known);
    EXPECT_EQ(seen.lock_timeout, "500ms");
    EXPECT_EQ(seen.application_name, "lastgood/11111111/22222222/migrate");
    EXPECT_EQ(seen.database, m_world.database);
    EXPECT_NE(seen.database_oid, 0U);
    EXPECT_FALSE(seen.system_identifier.empty());
}

TEST_F(DjangoFramework, GetsTheGuardAlsoWhereTheUrlHasOptionsOfItsOwn) {
    m_world.use_url(m_world.url.url().reveal() +
                    "?options=-c%20work_mem%3D7MB%20-c%20lock_timeout%3D0&application_name=shop");
    const auto seen = django()->guard_seen();
    EXPECT_EQ(seen.lock_timeout, "500ms");
    EXPECT_EQ(seen.application_name, "lastgood/11111111/22222222/migrate");
    const auto environment = m_world.context().command({"true"}, {}).environment;
    EXPECT_EQ(environment.at("DATABASE_URL").substr(0, 11), "postgres://");
    EXPECT_NE(environment.at("DATABASE_URL").find("work_mem%3D7MB"), std::string::npos);
}

TEST_F(DjangoFramework, RefusesADirectoryWithoutManage) {
    m_world.remove("manage.py");
    const auto failure = failure_of([&] { django()->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_EQ(failure.what_happened(), "there is no manage.py in \"shop\" of revision 0123456789ab");
}

TEST_F(DjangoFramework, SaysHowToInstallDjangoWhereItIsMissing) {
    m_world.settings.program = {"/usr/bin/python3", "-S", "manage.py"};  // -S: no site-packages
    const auto failure = failure_of([&] { django()->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_NE(failure.next().find("prepare:"), std::string::npos);
}

TEST_F(DjangoFramework, EndsAQuestionThatTakesTooLong) {
    m_world.write("project/settings.py", "import time; time.sleep(60)");
    const auto framework = django();
    framework->answer_within(Milliseconds(200));
    const auto failure = failure_of([&] { framework->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_NE(failure.what_happened().find("timed out"), std::string::npos) << failure.what_happened();
}

TEST_F(DjangoFramework, IsCancelledOnTheServerWhenItsTimeIsOver) {
    m_world.settings.timeout = Milliseconds(1500);
    m_world.write("shop/migrations/0001_person.py", migration("", "select pg_sleep(60)"));
    const auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
    EXPECT_EQ(failure.changed(), "Django made its table django_migrations");
    EXPECT_NE(failure.what_happened().find("timed out"), std::string::npos) << failure.what_happened();
}

TEST(GuardedEnvironment, LeavesAUrlWithoutOptionsAlone) {
    const SecretValue secret{Secret("postgresql://me@127.0.0.1/shop"), "SHOP_URL"};
    const auto environment =
        guarded_environment(secret, {std::chrono::seconds(2), {}}, 130000, "me", "-c work_mem=9MB");
    EXPECT_EQ(environment.at("SHOP_URL"), "postgresql://me@127.0.0.1/shop");
    EXPECT_EQ(environment.at("PGAPPNAME"), "me");
    EXPECT_EQ(environment.at("PGOPTIONS"),
              "-c work_mem=9MB -c lock_timeout=2000ms -c statement_timeout=0ms "
              "-c default_transaction_read_only=off");
}

}  // namespace
}  // namespace lastgood::test
