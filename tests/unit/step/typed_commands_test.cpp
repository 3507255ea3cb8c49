#include "platform/typed_commands.hpp"

#include "pipeline/pipeline.hpp"
#include "platform/platform.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;

const Revision k_revision{"9c1e2aa49c1e2aa49c1e2aa49c1e2aa49c1e2aa4", ""};

Pipeline on_heroku() {
    Pipeline pipeline;
    pipeline.heroku = HerokuSettings{};
    pipeline.heroku->app = "shop";
    pipeline.heroku->git = "https://git.heroku.com/shop.git";
    return pipeline;
}

Pipeline on_beanstalk() {
    Pipeline pipeline;
    pipeline.beanstalk = BeanstalkSettings{};
    pipeline.beanstalk->environment = "shop-production";
    pipeline.beanstalk->workers = {"shop-workers"};
    pipeline.beanstalk->region = "eu-central-1";
    return pipeline;
}

}  // namespace

TEST(TypedCommands, APlainServerHasNone) {
    EXPECT_EQ(typed_commands(Pipeline{}), nullptr);
}

TEST(TypedCommands, HerokuGetsItsFormationBackBeforeRequests) {
    const Pipeline pipeline = on_heroku();
    const Json traffic{{"maintenance", false}, {"formation", {{"web", 2}, {"worker", 1}, {"idle", 0}}}};
    const auto commands = typed_commands(pipeline);
    EXPECT_EQ(commands->let_in(traffic),
              "heroku ps:scale web=2 worker=1 --app shop && heroku maintenance:off --app shop");
    EXPECT_EQ(commands->hold(traffic), "heroku maintenance:on --app shop && heroku ps:scale web=0 worker=0 --app shop");
}

TEST(TypedCommands, MaintenanceThatWasOnBeforeStaysOn) {
    const Pipeline pipeline = on_heroku();
    EXPECT_EQ(typed_commands(pipeline)->let_in({{"maintenance", true}, {"formation", {{"web", 1}}}}),
              "heroku ps:scale web=1 --app shop");
}

TEST(TypedCommands, HerokuReturnsToAReleaseOrElseBuildsTheRevision) {
    const Pipeline pipeline = on_heroku();
    const auto commands = typed_commands(pipeline);
    EXPECT_EQ(commands->return_to("v12", k_revision), "heroku releases:rollback v12 --app shop");
    EXPECT_EQ(commands->return_to("", k_revision),
              "git push --force https://git.heroku.com/shop.git " + k_revision.commit + ":refs/heads/main");
}

TEST(TypedCommands, BeanstalkGetsVersionAndDatabaseInOneChangeTheWorkersLast) {
    const Pipeline pipeline = on_beanstalk();
    const std::string command =
        typed_commands(pipeline)->repoint({"it's", "db.example", "5432", "shop", Secret("never")}, "", k_revision);
    EXPECT_NE(
        command.find("--environment-name shop-production --version-label lastgood-9c1e2aa49c1e --option-settings"),
        std::string::npos)
        << command;
    EXPECT_NE(command.find(R"("OptionName":"DATABASE_NAME","Value":"it'\''s")"), std::string::npos) << command;
    EXPECT_NE(command.find("wait environment-updated --region eu-central-1 --environment-names shop-production"),
              std::string::npos)
        << command;
    EXPECT_LT(command.find("shop-production"), command.find("shop-workers"));
    EXPECT_EQ(command.find("never"), std::string::npos);
}

TEST(TypedCommands, AwsIsToldWhereItsServicesAre) {
    Pipeline pipeline = on_beanstalk();
    EXPECT_EQ(typed_aws(*pipeline.beanstalk, {"rds", "wait", "it's"}, "$more"),
              R"(aws rds wait 'it'\''s' --region eu-central-1 $more)");
    pipeline.beanstalk->region.clear();
    pipeline.beanstalk->endpoint = "http://127.0.0.1:1";
    EXPECT_EQ(typed_aws(*pipeline.beanstalk, {"rds"}), "aws rds --endpoint-url http://127.0.0.1:1");
}

TEST(TypedCommands, BeanstalksWorkersComeBackAtTheirSizes) {
    const Pipeline pipeline = on_beanstalk();
    const Json traffic{{"workers", {{"shop-workers", {{"MinSize", "2"}, {"MaxSize", "4"}}}}}};
    const auto commands = typed_commands(pipeline);
    EXPECT_NE(commands->let_in(traffic).find(R"("OptionName":"MaxSize","Value":"4")"), std::string::npos);
    EXPECT_NE(commands->hold(traffic).find(R"("OptionName":"MaxSize","Value":"0")"), std::string::npos);
    EXPECT_EQ(commands->let_in(nullptr), "");
}

}  // namespace lastgood
