#include "steps/lastgood/first_pipeline.hpp"

#include "core/failure.hpp"
#include "outside/environment.hpp"
#include "outside/redaction.hpp"
#include "pipeline/from_text.hpp"
#include "steps/lastgood/yaml_lines.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

RepositoryFacts plain_facts() {
    RepositoryFacts facts;
    facts.name = {"shop", "remote origin"};
    facts.branch = {"main", "the default branch of origin"};
    facts.remote = "origin";
    facts.migrators = {{"sql", "migrations", "migrations/0001_a.sql", {}, "", {}, ""}};
    return facts;
}

/// The program reads it, with the variables set that it says and with no others.
Pipeline read(const FirstPipeline& pipeline) {
    std::map<std::string, std::string> variables;
    for (const auto& [name, meaning] : pipeline.variables) {
        variables[name] = name == "DISK_LIMIT" ? "40GB" : name.ends_with("URL") ? "postgres://owner@db/shop" : "/srv/x";
        EXPECT_NE(pipeline.text.find("#   " + name + " "), std::string::npos) << name;
    }
    Redaction redaction;
    return read_pipeline_text(pipeline.text, "lastgood.yaml", Environment(variables), redaction);
}

bool says(const FirstPipeline& pipeline, const std::string& words) {
    return pipeline.text.find(words) != std::string::npos;
}

TEST(FirstPipeline, OfAPlainServerIsReadByTheProgram) {
    const FirstPipeline written = first_pipeline(plain_facts());
    const Pipeline pipeline = read(written);
    EXPECT_EQ(pipeline.scope(), "shop/production");
    EXPECT_EQ(pipeline.git.branch, "main");
    EXPECT_EQ(pipeline.git.on_rollback, OnRollback::revert);
    EXPECT_EQ(pipeline.migrate.framework, "sql");
    EXPECT_EQ(pipeline.migrate.directory, "migrations");
    EXPECT_EQ(pipeline.steps.size(), 4U);
    EXPECT_TRUE(written.text.starts_with("# yaml-language-server: $schema="));
    EXPECT_TRUE(says(written, "framework: sql                        # migrations/0001_a.sql\n")) << written.text;
}

TEST(FirstPipeline, HasNoWayBackForCodeWithoutARemote) {
    RepositoryFacts facts = plain_facts();
    facts.remote = "";
    EXPECT_EQ(read(first_pipeline(facts)).git.on_rollback, OnRollback::none);
    facts.remote = "upstream";
    EXPECT_EQ(read(first_pipeline(facts)).git.remote, "upstream");
}

TEST(FirstPipeline, StartsTheMigratorAsTheRepositoryDoes) {
    RepositoryFacts facts = plain_facts();
    facts.migrators = {{"django",
                        "api",
                        "api/manage.py",
                        {"poetry", "run", "python", "manage.py"},
                        "poetry.lock",
                        {"poetry", "install"},
                        "poetry.lock"}};
    facts.django_sessions = true;
    const Pipeline pipeline = read(first_pipeline(facts));
    EXPECT_EQ(pipeline.migrate.program, (Argv{"poetry", "run", "python", "manage.py"}));
    EXPECT_EQ(pipeline.migrate.prepare, (Argv{"poetry", "install"}));
    EXPECT_EQ(std::get<RowsNotLostCheck>(pipeline.verify.checks.at(1).what).except, ObjectNames{"django_session"});
}

TEST(FirstPipeline, OfHerokuUsesItsBackupsAndItsDynos) {
    RepositoryFacts facts = plain_facts();
    facts.heroku = HerokuSigns{{"shop-app", "remote heroku"}, ""};
    const Pipeline one_off = read(first_pipeline(facts));
    EXPECT_EQ(one_off.heroku->app, "shop-app");
    EXPECT_EQ(one_off.capture.engine, "heroku");
    EXPECT_EQ(one_off.migrate.runs_on, RunsOn::one_off);
    facts.heroku->release_phase = "python manage.py migrate";
    EXPECT_EQ(read(first_pipeline(facts)).migrate.runs_on, RunsOn::deploy);
}

TEST(FirstPipeline, OfElasticBeanstalkAsksForTheNamesThatNobodyTold) {
    RepositoryFacts facts = plain_facts();
    facts.beanstalk = BeanstalkSigns{".ebextensions", "", "", "", ".ebextensions/db.config"};
    const Pipeline asked = read(first_pipeline(facts));
    EXPECT_EQ(asked.beanstalk->application, "/srv/x");
    EXPECT_EQ(asked.migrate.runs_on, RunsOn::deploy);
    facts.beanstalk = BeanstalkSigns{".elasticbeanstalk/config.yml", "shop", "shop-prod", "eu-west-1", ""};
    const Pipeline told = read(first_pipeline(facts));
    EXPECT_EQ(told.beanstalk->environment, "shop-prod");
    EXPECT_EQ(told.beanstalk->region, "eu-west-1");
    EXPECT_EQ(told.migrate.runs_on, RunsOn::here);
}

TEST(FirstPipeline, SaysWhatItLeavesAside) {
    RepositoryFacts facts = plain_facts();
    facts.migrators.push_back({"sql", "other", "other/0001_b.sql", {}, "", {}, ""});
    facts.github = ".github";
    facts.local_python = ".venv";
    const FirstPipeline written = first_pipeline(facts);
    EXPECT_EQ(written.found,
              (std::vector<std::string>{"sql migrates (migrations/0001_a.sql)", "left aside: sql (other/0001_b.sql)",
                                        "branch main, the default branch of origin", "GitHub (.github)"}));
    EXPECT_TRUE(says(written, "pipelines/github"));
    EXPECT_FALSE(says(written, ".venv"));
}

TEST(FirstPipeline, ReadsOddNamesAsTheyAre) {
    for (const std::string odd : {"1.0", "release: 2 # x", "yes", "a \"b\"", "${HOME}", "-x", ".5", "~", "näh"}) {
        RepositoryFacts facts = plain_facts();
        facts.migrators.front().directory = odd;
        facts.remote = odd;
        const Pipeline pipeline = read(first_pipeline(facts));
        EXPECT_EQ(pipeline.migrate.directory, odd);
        EXPECT_EQ(pipeline.git.remote, odd);
    }
    RepositoryFacts facts = plain_facts();
    facts.migrators.front().sign = "x\nsteps: [evil]\n#/migrations/0001_a.sql";
    EXPECT_FALSE(says(first_pipeline(facts), "\nsteps: [evil]"));
    EXPECT_EQ(yaml_list({"a-b", "1", "./x", "."}), "[a-b, \"1\", ./x, .]");
}

}  // namespace
}  // namespace lastgood::test
