#include "step/options.hpp"

#include "command_line/arguments.hpp"
#include "host/host.hpp"
#include "outside/environment.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

CommonOptions options_of(const std::map<std::string, std::string>& given,
                         const std::map<std::string, std::string>& variables = {}) {
    const Environment environment(variables);
    return common_options_of(Arguments("", given), environment, *make_host(environment));
}

TEST(CommonOptions, HaveDefaults) {
    const CommonOptions options = options_of({});
    EXPECT_EQ(options.pipeline, "lastgood.yaml");
    EXPECT_EQ(options.environment, "");
    EXPECT_EQ(options.run_id, "");
    EXPECT_FALSE(options.dry_run);
    EXPECT_FALSE(options.json);
    EXPECT_EQ(options.log_level, LogLevel::info);
    EXPECT_EQ(words_to_type(options), "");
}

TEST(CommonOptions, ComeBeforeVariables) {
    const std::map<std::string, std::string> variables{{"LASTGOOD_PIPELINE", "ci.yaml"},
                                                       {"LASTGOOD_ENVIRONMENT", "staging"},
                                                       {"GITHUB_ACTIONS", "true"},
                                                       {"RUNNER_DEBUG", "1"}};
    const CommonOptions found = options_of({}, variables);
    EXPECT_EQ(found.pipeline, "ci.yaml");
    EXPECT_EQ(found.environment, "staging");
    EXPECT_EQ(found.log_level, LogLevel::debug);
    EXPECT_EQ(words_to_type(found), "--pipeline ci.yaml --environment staging");
    const CommonOptions given =
        options_of({{"--pipeline", "a b.yaml"}, {"--environment", "blue"}, {"--log-level", "warning"}}, variables);
    EXPECT_EQ(given.pipeline, "a b.yaml");
    EXPECT_EQ(given.environment, "blue");
    EXPECT_EQ(given.log_level, LogLevel::warning);
    EXPECT_EQ(words_to_type(given), "--pipeline 'a b.yaml' --environment blue");
}

TEST(CommonOptions, AreHandedToTheSteps) {
    const CommonOptions options =
        options_of({{"--environment", "blue"}, {"--json", ""}, {"--dry-run", ""}, {"--log-level", "trace"}});
    EXPECT_EQ(words_of(options), (std::vector<std::string>{"--pipeline", "lastgood.yaml", "--log-level", "trace",
                                                           "--environment", "blue", "--json", "--dry-run"}));
}

}  // namespace
}  // namespace lastgood
