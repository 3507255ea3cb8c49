#include "step/options.hpp"

#include "core/exit_code.hpp"
#include "core/version.hpp"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace lastgood {
namespace {

const ProgramText k_text{"lastgood-migrate", "migrate", "Migrates the database of the open run."};

/// What one call of a program came to.
struct Call {
    Parsed parsed;
    CommonOptions options;
    std::string out;
    std::string err;
};

Call call(std::vector<std::string> arguments, const std::function<void(CLI::App&)>& add = {}) {
    arguments.insert(arguments.begin(), k_text.executable);
    std::vector<char*> argv;
    argv.reserve(arguments.size());
    for (auto& argument : arguments) argv.push_back(argument.data());
    Call made;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    made.parsed = parse_options(static_cast<int>(argv.size()), argv.data(), k_text, made.options, add);
    made.out = testing::internal::GetCapturedStdout();
    made.err = testing::internal::GetCapturedStderr();
    return made;
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Options, HaveDefaults) {
    const Call made = call({});
    EXPECT_TRUE(made.parsed.go_on);
    EXPECT_EQ(made.options.pipeline, "lastgood.yaml");
    EXPECT_EQ(made.options.run_id, "");
    EXPECT_FALSE(made.options.dry_run);
    EXPECT_FALSE(made.options.json);
    EXPECT_EQ(made.options.log_level, LogLevel::info);
    EXPECT_EQ(made.out + made.err, "");
}

TEST(Options, AreRead) {
    const Call made =
        call({"--pipeline", "other.yaml", "--run-id=github-7", "--dry-run", "--json", "--log-level", "Debug"});
    EXPECT_TRUE(made.parsed.go_on) << made.err;
    EXPECT_EQ(made.options.pipeline, "other.yaml");
    EXPECT_EQ(made.options.run_id, "github-7");
    EXPECT_TRUE(made.options.dry_run);
    EXPECT_TRUE(made.options.json);
    EXPECT_EQ(made.options.log_level, LogLevel::debug);
}

TEST(Options, AreReadBehindASubcommandToo) {
    const Call made =
        call({"list", "--json", "--pipeline", "other.yaml"}, [](CLI::App& app) { app.add_subcommand("list"); });
    EXPECT_TRUE(made.parsed.go_on) << made.err;
    EXPECT_TRUE(made.options.json);
    EXPECT_EQ(made.options.pipeline, "other.yaml");
}

TEST(Help, ListsEveryExitStatus) {
    const Call made = call({"--help"});
    EXPECT_FALSE(made.parsed.go_on);
    EXPECT_EQ(made.parsed.status, 0);
    const auto section = made.out.find("EXIT STATUS\n");
    ASSERT_NE(section, std::string::npos) << made.out;
    int count = 0;
    const ExitCodeHelp* table = exit_code_table(count);
    EXPECT_EQ(count, 13);
    for (int i = 0; i < count; ++i) {
        const std::string status = std::to_string(table[i].status);
        const std::string line = std::string(5 - status.size(), ' ') + status + "  " + std::string(table[i].meaning);
        EXPECT_NE(made.out.find(line, section), std::string::npos) << line << "\n" << made.out;
    }
}

TEST(Help, BeginsWithTheManualAndNamesEveryOption) {
    std::string confirm;
    std::string again;
    const Call made = call({"--help"}, [&](CLI::App& app) {
        add_option_confirm(app, confirm);
        add_option_again(app, again);
    });
    EXPECT_EQ(made.out.find(k_text.manual), 0U) << made.out;
    for (const auto* option : {"--pipeline FILE", "--run-id ID", "--dry-run", "--json", "--log-level LEVEL",
                               "--confirm ENVIRONMENT", "--again COMMIT", "--help", "--version"})
        EXPECT_TRUE(says(made.out, option)) << option << "\n" << made.out;
}

TEST(Version, IsSaidOnStandardOutput) {
    const Call made = call({"--version"});
    EXPECT_FALSE(made.parsed.go_on);
    EXPECT_EQ(made.parsed.status, 0);
    EXPECT_EQ(made.out, "lastgood-migrate " + std::string(k_version) + "\n");
}

TEST(BadUsage, EndsWithTwoAndANextCommand) {
    const std::vector<std::vector<std::string>> calls{
        {"--no-such-option"},    {"surplus"},           {"--pipeline"}, {"--log-level"},
        {"--log-level", "loud"}, {"--dry-run=perhaps"},
    };
    for (const auto& arguments : calls) {
        const Call made = call(arguments);
        EXPECT_FALSE(made.parsed.go_on) << arguments[0];
        EXPECT_EQ(made.parsed.status, status_of(ExitCode::usage)) << arguments[0];
        EXPECT_EQ(made.err.find("migrate: error: "), 0U) << made.err;
        EXPECT_TRUE(says(made.err, "\n  changed: nothing\n")) << made.err;
        EXPECT_TRUE(says(made.err, "\n  next: lastgood-migrate --help\n")) << made.err;
        EXPECT_EQ(made.out, "") << arguments[0];
    }
}

/// The program of the other tests, with commands: list, and backups with show.
void add_commands(CLI::App& app) {
    app.require_subcommand(1);
    app.add_subcommand("list", "all of them");
    CLI::App* backups = app.add_subcommand("backups", "the restore points");
    backups->require_subcommand(1);
    backups->add_subcommand("show", "one of them")->add_option("ID")->required();
}

TEST(Commands, ThatAreMistypedAreAnsweredWithTheNearest) {
    const Call made = call({"lst", "--json"}, add_commands);
    EXPECT_EQ(made.parsed.status, status_of(ExitCode::usage));
    EXPECT_EQ(made.err,
              "migrate: error: lastgood-migrate has no command \"lst\"; \"list\" is near\n"
              "  detail: the commands of lastgood-migrate: list, backups\n"
              "  changed: nothing\n"
              "  next: lastgood-migrate list\n");
    const Call inner = call({"backups", "shwo"}, add_commands);
    EXPECT_TRUE(says(inner.err, "lastgood-migrate backups has no command \"shwo\"; \"show\" is near")) << inner.err;
    EXPECT_TRUE(says(inner.err, "  next: lastgood-migrate backups show\n")) << inner.err;
    const Call far = call({"frobnicate"}, add_commands);
    EXPECT_TRUE(says(far.err, "has no command \"frobnicate\"\n")) << far.err;
    EXPECT_TRUE(says(far.err, "  next: lastgood-migrate --help\n")) << far.err;
}

TEST(Commands, ThatAreMissingAreListed) {
    for (const auto& [arguments, list] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{}, "the commands of lastgood-migrate: list, backups\n"},
             {{"backups"}, "the commands of lastgood-migrate backups: show\n"}}) {
        const Call made = call(arguments, add_commands);
        EXPECT_EQ(made.parsed.status, status_of(ExitCode::usage));
        EXPECT_TRUE(says(made.err, list)) << made.err;
    }
    const Call incomplete = call({"backups", "show"}, add_commands);
    EXPECT_TRUE(says(incomplete.err, "ID is required")) << incomplete.err;
    EXPECT_TRUE(says(incomplete.err, "  next: lastgood-migrate backups show --help\n")) << incomplete.err;
}

TEST(Help, OfACommandNamesTheOptionsOfItsProgramToo) {
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"list", "--help"}, {"backups", "show", "--help"}}) {
        const Call made = call(arguments, add_commands);
        EXPECT_EQ(made.parsed.status, 0);
        for (const auto* option : {"--pipeline FILE", "--run-id ID", "--dry-run", "--json", "--log-level LEVEL"})
            EXPECT_TRUE(says(made.out, option)) << option << "\n" << made.out;
        EXPECT_EQ(made.out.find("--version"), std::string::npos) << made.out;
    }
}

}  // namespace
}  // namespace lastgood
