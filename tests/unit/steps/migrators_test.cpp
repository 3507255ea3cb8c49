#include "steps/lastgood/migrators.hpp"

#include "made_up_checkout.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using Argv = std::vector<std::string>;

constexpr const char* k_manage = "from django.core.management import execute_from_command_line";

/// "django in api by api/manage.py" of each.
std::vector<std::string> found_in(const Checkout& checkout) {
    std::vector<std::string> found;
    for (const auto& each : find_migrators(checkout))
        found.push_back(each.framework + " in " + each.directory + " by " + each.sign);
    return found;
}

TEST(Migrators, AreFoundByWhatTheirProjectsHold) {
    const std::vector<std::pair<Checkout, std::string>> projects{
        {checkout_of({{"manage.py", k_manage}}), "django in . by manage.py"},
        {checkout_of({{"api/manage.py", k_manage}}), "django in api by api/manage.py"},
        {checkout_of({{"alembic.ini", ""}}), "alembic in . by alembic.ini"},
        {checkout_of({{"Rakefile", ""}, {"bin/rails", ""}, {"db/migrate/1_a.rb", ""}}), "rails in . by db/migrate"},
        {checkout_of({{"db/sqitch.conf", ""}, {"db/sqitch.plan", ""}, {"db/deploy/a.sql", ""}}),
         "sqitch in db by db/sqitch.conf"},
        {checkout_of({{"db/migrations/2026_a.sql", "-- migrate:up\nselect 1"}}), "dbmate in . by db/migrations"},
        {checkout_of({{"api/db/migrations/2026_a.sql", "-- migrate:up\n"}}), "dbmate in api by api/db/migrations"},
        {checkout_of({{"sql/0001_a.sql", ""}, {"sql/0001_a.down.sql", ""}}), "sql in sql by sql/0001_a.down.sql"},
        {checkout_of({{"0001_a.sql", ""}}), "sql in . by 0001_a.sql"}};
    for (const auto& [checkout, wanted] : projects) EXPECT_EQ(found_in(checkout), std::vector<std::string>{wanted});
}

TEST(Migrators, AreNotSeenInWhatOnlyLooksLikeThem) {
    const std::vector<Checkout> projects{checkout_of({{"manage.py", "print('of ours')"}}),
                                         checkout_of({{"tests/project/manage.py", k_manage}}),
                                         checkout_of({{"node_modules/x/0001_a.sql", ""}}),
                                         checkout_of({{"examples/alembic.ini", ""}}),
                                         checkout_of({{"Rakefile", ""}}),
                                         checkout_of({{"queries/0001_a.sql", ""}, {"queries/report.sql", ""}}),
                                         checkout_of({{"db/000001_a.up.sql", ""}, {"db/000001_a.down.sql", ""}}),
                                         checkout_of({}),
                                         checkout_of({}, {{"manage.py", k_manage}})};
    for (const auto& checkout : projects) EXPECT_EQ(found_in(checkout), std::vector<std::string>{});
}

TEST(Migrators, ComeByFrameworkAndThenByTheWayToTheTop) {
    EXPECT_EQ(found_in(checkout_of(
                  {{"0001_a.sql", ""}, {"a/b/manage.py", k_manage}, {"alembic.ini", ""}, {"z/manage.py", k_manage}})),
              (std::vector<std::string>{"django in z by z/manage.py", "django in a/b by a/b/manage.py",
                                        "alembic in . by alembic.ini", "sql in . by 0001_a.sql"}));
}

TEST(Migrators, AreStartedAndPreparedAsTheLockFilesSay) {
    const auto only = [](std::map<std::string, std::string> files) {
        return find_migrators(checkout_of(std::move(files))).at(0);
    };
    const Migrator plain = only({{"manage.py", k_manage}});
    EXPECT_EQ(plain.program, Argv{});
    EXPECT_EQ(plain.prepare, Argv{});
    const Migrator pip = only({{"api/manage.py", k_manage}, {"requirements.txt", ""}});
    EXPECT_EQ(pip.program, Argv{});
    EXPECT_EQ(pip.prepare, (Argv{"pip", "install", "--quiet", "-r", "requirements.txt"}));
    const Migrator beside = only({{"api/manage.py", k_manage}, {"requirements.txt", ""}, {"api/requirements.txt", ""}});
    EXPECT_EQ(beside.prepare.back(), "api/requirements.txt");
    const Migrator poetry = only({{"api/manage.py", k_manage}, {"api/poetry.lock", ""}});
    EXPECT_EQ(poetry.program, (Argv{"poetry", "run", "python", "manage.py"}));
    EXPECT_EQ(poetry.prepare, (Argv{"poetry", "--directory=api", "install", "--quiet"}));
    EXPECT_EQ(poetry.program_sign, "api/poetry.lock");
    EXPECT_EQ(only({{"alembic.ini", ""}, {"uv.lock", ""}}).program, (Argv{"uv", "run", "alembic"}));
    EXPECT_EQ(only({{"alembic.ini", ""}, {"Pipfile.lock", ""}}).prepare, (Argv{"pipenv", "sync"}));
    const Migrator rake = only({{"Rakefile", ""}, {"db/migrate/1_a.rb", ""}, {"Gemfile.lock", ""}});
    EXPECT_EQ(rake.program, (Argv{"bundle", "exec", "rake"}));
    EXPECT_EQ(rake.prepare, (Argv{"bundle", "install", "--quiet", "--gemfile=Gemfile"}));
    EXPECT_EQ(only({{"sql/1_a.sql", "-- migrate:up"}}).program, (Argv{"dbmate", "--migrations-dir", "sql"}));
}

}  // namespace
}  // namespace lastgood::test
