#include "command_line/arguments.hpp"

#include "core/exit_code.hpp"
#include "core/version.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

const ProgramText k_text{"lastgood-migrate", "migrate", "Migrates the database of the open run."};
const CommandRow k_row{"lastgood-migrate",
                       "migrates",
                       {{"--confirm", "the environment's name", "ENVIRONMENT"},
                        {"--strategy", "how", "HOW", {"restore", "down"}},
                        {"--undo", "swap back"}}};
const CommandRow k_driver{
    "lastgood-migrate",
    "drives",
    {},
    {},
    {{"list", "all of them"},
     {"backups", "the restore points", {}, {}, {{"show", "one of them", {}, {{"ID", "which", true}}}}}}};

/// What one call of a program came to.
struct Call {
    Parsed parsed;
    std::string out;
    std::string err;
};

Call call(std::vector<std::string> arguments, const CommandRow& row = k_row) {
    arguments.insert(arguments.begin(), k_text.executable);
    std::vector<char*> argv;
    argv.reserve(arguments.size());
    for (auto& argument : arguments) argv.push_back(argument.data());
    Call made;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    made.parsed = parse_arguments(static_cast<int>(argv.size()), argv.data(), k_text, row);
    made.out = testing::internal::GetCapturedStdout();
    made.err = testing::internal::GetCapturedStderr();
    return made;
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Arguments, AreFoundByTheNamesOfTheTable) {
    const Call made = call({"--pipeline", "other.yaml", "--run-id=github-7", "--undo", "--log-level", "Debug"});
    ASSERT_TRUE(made.parsed.go_on) << made.err;
    const Arguments& given = made.parsed.arguments;
    EXPECT_EQ(given.command(), "");
    EXPECT_EQ(given.value("--pipeline"), "other.yaml");
    EXPECT_EQ(given.value("--run-id"), "github-7");
    EXPECT_EQ(given.value("--log-level"), "debug");
    EXPECT_TRUE(given.has("--undo"));
    EXPECT_FALSE(given.has("--dry-run"));
    EXPECT_EQ(given.value("--confirm"), "");
    EXPECT_EQ(made.out + made.err, "");
}

TEST(Arguments, StandBehindACommandToo) {
    const Call made = call({"backups", "show", "rp-1", "--json"}, k_driver);
    ASSERT_TRUE(made.parsed.go_on) << made.err;
    EXPECT_EQ(made.parsed.arguments.command(), "backups show");
    EXPECT_EQ(made.parsed.arguments.value("ID"), "rp-1");
    EXPECT_TRUE(made.parsed.arguments.has("--json"));
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

TEST(Help, BeginsWithTheManualAndNamesEveryOptionAndChoice) {
    const Call made = call({"--help"});
    EXPECT_EQ(made.out.find(k_text.manual), 0U) << made.out;
    for (const auto* option :
         {"--pipeline FILE", "--environment NAME", "--run-id ID", "--dry-run", "--json", "--log-level LEVEL",
          "--confirm ENVIRONMENT", "--strategy HOW", "(restore or down)", "--undo", "--help", "--version"})
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
        {"--no-such-option"},
        {"surplus"},
        {"--pipeline"},
        {"--log-level"},
        {"--log-level", "loud"},
        {"--dry-run=perhaps"},
        {"--strategy", "sideways"},
        {"--run-id", ""},
        {"--environment="},
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

TEST(BadUsage, IsRepeatedHarmlessly) {
    const Call made = call({"\x1b[2J##[add-mask]x"});
    EXPECT_FALSE(says(made.err, "\x1b")) << made.err;
    EXPECT_FALSE(says(made.err, "##[")) << made.err;
}

TEST(Commands, ThatAreMistypedAreAnsweredWithTheNearest) {
    const Call made = call({"lst", "--json"}, k_driver);
    EXPECT_EQ(made.parsed.status, status_of(ExitCode::usage));
    EXPECT_EQ(made.err,
              "migrate: error: lastgood-migrate has no command \"lst\"; \"list\" is near\n"
              "  detail: the commands of lastgood-migrate: list, backups\n"
              "  changed: nothing\n"
              "  next: lastgood-migrate list\n");
    const Call inner = call({"backups", "shwo"}, k_driver);
    EXPECT_TRUE(says(inner.err, "lastgood-migrate backups has no command \"shwo\"; \"show\" is near")) << inner.err;
    EXPECT_TRUE(says(inner.err, "  next: lastgood-migrate backups show\n")) << inner.err;
    const Call far = call({"frobnicate"}, k_driver);
    EXPECT_TRUE(says(far.err, "has no command \"frobnicate\"\n")) << far.err;
    EXPECT_TRUE(says(far.err, "  next: lastgood-migrate --help\n")) << far.err;
}

TEST(Commands, ThatAreMissingAreListed) {
    for (const auto& [arguments, list] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{}, "the commands of lastgood-migrate: list, backups\n"},
             {{"backups"}, "the commands of lastgood-migrate backups: show\n"}}) {
        const Call made = call(arguments, k_driver);
        EXPECT_EQ(made.parsed.status, status_of(ExitCode::usage));
        EXPECT_TRUE(says(made.err, list)) << made.err;
    }
    const Call incomplete = call({"backups", "show"}, k_driver);
    EXPECT_TRUE(says(incomplete.err, "ID is required")) << incomplete.err;
    EXPECT_TRUE(says(incomplete.err, "  next: lastgood-migrate backups show --help\n")) << incomplete.err;
}

TEST(Help, OfACommandNamesTheOptionsOfItsProgramToo) {
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"list", "--help"}, {"backups", "show", "--help"}}) {
        const Call made = call(arguments, k_driver);
        EXPECT_EQ(made.parsed.status, 0);
        for (const auto* option : {"--pipeline FILE", "--run-id ID", "--dry-run", "--json", "--log-level LEVEL"})
            EXPECT_TRUE(says(made.out, option)) << option << "\n" << made.out;
        EXPECT_EQ(made.out.find("--version"), std::string::npos) << made.out;
    }
}

}  // namespace
}  // namespace lastgood
