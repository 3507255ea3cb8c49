#include "host/host.hpp"

#include "outside/environment.hpp"
#include "outside/files.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using Variables = std::map<std::string, std::string>;

std::unique_ptr<Host> host_of(Variables variables) {
    return make_host(Environment(std::move(variables)));
}

Variables github(Variables more = {}) {
    more.insert({{"GITHUB_ACTIONS", "true"}, {"GITHUB_RUN_ID", "42"}});
    return more;
}

Variables gitlab(Variables more = {}) {
    more.insert({{"GITLAB_CI", "true"}, {"CI_PIPELINE_ID", "7"}});
    return more;
}

std::string content(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(Hosts, AreKnownByTheirVariables) {
    EXPECT_EQ(host_of({})->name(), "terminal");
    EXPECT_EQ(host_of(github())->name(), "github");
    EXPECT_EQ(host_of(gitlab())->name(), "gitlab");
    EXPECT_EQ(host_of({{"GITHUB_ACTIONS", "false"}, {"CI", "true"}})->name(), "terminal");
}

TEST(Hosts, SayWhoseRunItIs) {
    const auto on_github = host_of(github({{"GITHUB_RUN_ATTEMPT", "2"},
                                           {"GITHUB_ACTOR", "first"},
                                           {"GITHUB_TRIGGERING_ACTOR", "again"},
                                           {"GITHUB_SERVER_URL", "https://git.example"},
                                           {"GITHUB_REPOSITORY", "o/r"}}));
    EXPECT_EQ(on_github->run_id(), "github-42");
    EXPECT_EQ(on_github->attempt(), 2);
    EXPECT_EQ(on_github->actor(), "again");
    EXPECT_EQ(on_github->page(), "https://git.example/o/r/actions/runs/42");
    const auto on_gitlab =
        host_of(gitlab({{"GITLAB_USER_LOGIN", "ada"}, {"CI_JOB_URL", "https://l.example/-/jobs/1"}}));
    EXPECT_EQ(on_gitlab->run_id(), "gitlab-7");
    EXPECT_EQ(on_gitlab->actor(), "ada");
    EXPECT_EQ(on_gitlab->page(), "https://l.example/-/jobs/1");
    EXPECT_EQ(host_of({{"USER", "bob"}})->actor(), "bob");
    EXPECT_EQ(host_of({})->run_id(), "");
}

TEST(Hosts, AreAskedToDebugByTheirOwnSwitch) {
    EXPECT_FALSE(host_of(github())->is_debugging());
    EXPECT_TRUE(host_of(github({{"RUNNER_DEBUG", "1"}}))->is_debugging());
    EXPECT_TRUE(host_of(gitlab({{"CI_DEBUG_TRACE", "true"}}))->is_debugging());
    EXPECT_NE(host_of(gitlab({{"CI_DEBUG_TRACE", "true"}}))->exposure(), "");
    EXPECT_EQ(host_of(gitlab())->exposure(), "");
}

TEST(Hosts, ThatOnlyLendUsTheirVariablesAreNotSpokenTo) {
    const auto lent = host_of({{"GITHUB_RUN_ID", "42"}});
    EXPECT_EQ(lent->run_id(), "github-42");
    EXPECT_EQ(lent->mask("secret"), "");
    EXPECT_EQ(lent->open_section("migrate", "migrate"), "");
    EXPECT_EQ(lent->annotate({Severity::error, "t", "x"}), "");
    EXPECT_FALSE(lent->shows_colour());
    EXPECT_EQ(host_of({{"CI_PIPELINE_ID", "7"}})->open_section("migrate", "migrate"), "");
}

TEST(Github, TakesCommandsWhoseDataCannotEndThem) {
    const auto host = host_of(github());
    EXPECT_EQ(host->mask("100%\nsecond"), "::add-mask::100%25%0Asecond");
    EXPECT_EQ(host->open_section("migrate", "migrate\r\n::error::x"), "::group::migrate%0D%0A::error::x");
    EXPECT_EQ(host->close_section("migrate"), "::endgroup::");
    Annotation annotation{Severity::error, "migrate: exit 5", "two\nlines", "a,b.yaml", 3, 7};
    EXPECT_EQ(host->annotate(annotation), "::error title=migrate%3A exit 5,file=a%2Cb.yaml,line=3,col=7::two%0Alines");
}

TEST(Github, IsNotGivenMoreAnnotationsThanItShows) {
    const auto host = host_of(github());
    int shown = 0;
    for (int i = 0; i < 30; ++i) shown += host->annotate({Severity::warning, "t", "x"}).empty() ? 0 : 1;
    EXPECT_GT(shown, 0);
    EXPECT_LE(shown, 10);
    EXPECT_NE(host->annotate({Severity::error, "t", "x"}), "");
}

TEST(Github, ShortensAMessageAtACharacter) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "\xc3\xa4";
    const std::string line = host_of(github())->annotate({Severity::error, "t", text});
    EXPECT_LT(line.size(), 4200U);
    const auto end = line.find(" ...");
    ASSERT_NE(end, std::string::npos);
    EXPECT_EQ(line[end - 1], '\xa4');
}

TEST(Github, GetsOutputsWithADelimiterThatNoValueKnows) {
    const TemporaryDirectory scratch("host-");
    const auto file = scratch.path() / "output";
    const auto host = host_of(github({{"GITHUB_OUTPUT", file}}));
    host->publish({"github-42", "good\nEOF\nrun-id=evil", "abc", "rp-1", false});
    const std::string text = content(file);
    const auto end = text.substr(8, text.find('\n') - 8);
    EXPECT_EQ(text.find("run-id<<" + end + "\ngithub-42\n" + end + "\n"), 0U) << text;
    EXPECT_NE(text.find("outcome<<"), std::string::npos);
    EXPECT_NE(text.find("\nfalse\n"), std::string::npos);
}

TEST(Gitlab, FoldsSectionsAsItsRunnerReadsThem) {
    const auto host = host_of(gitlab());
    const std::string open = host->open_section("lastgood-migrate", "migrate");
    EXPECT_TRUE(open.starts_with("\x1b[0Ksection_start:")) << open;
    EXPECT_TRUE(open.ends_with(":lastgood-migrate\r\x1b[0Kmigrate")) << open;
    const std::string close = host->close_section("lastgood-migrate");
    EXPECT_TRUE(close.ends_with(":lastgood-migrate\r\x1b[0K")) << close;
    EXPECT_EQ(host->mask("secret"), "") << "GitLab has no mask at run time";
}

TEST(Gitlab, GetsDotenvLinesOfOneWordEach) {
    const TemporaryDirectory scratch("host-");
    const auto file = scratch.path() / "lastgood.env";
    const auto host = host_of(gitlab({{"LASTGOOD_DOTENV", file}}));
    host->publish({"gitlab-7", "rolled-back", "abc", "two words\nX=1", true});
    EXPECT_EQ(content(file),
              "LASTGOOD_RUN_ID=gitlab-7\nLASTGOOD_OUTCOME=rolled-back\nLASTGOOD_REVISION=abc\n"
              "LASTGOOD_RESTORE_POINT=two_words_X=1\nLASTGOOD_ROLLED_BACK=true\n");
    for (int i = 0; i < 200; ++i) host->publish({"gitlab-7", "good", "abc", "rp", false});
    EXPECT_LT(std::filesystem::file_size(file), 5U * 1024);
}

TEST(Summaries, AreCutWithAWordAtTheHostsLimit) {
    const TemporaryDirectory scratch("host-");
    const auto file = scratch.path() / "summary.md";
    const auto host = host_of(github({{"GITHUB_STEP_SUMMARY", file}}));
    ASSERT_TRUE(host->room_for_summary());
    std::string line(99, 'x');
    line += '\n';
    std::string text;
    for (int i = 0; i < 20000; ++i) text += line;
    host->summarise(text);
    EXPECT_LE(std::filesystem::file_size(file), 1024U * 1024);
    EXPECT_TRUE(content(file).find("Cut: the host shows no more") != std::string::npos);
    host->summarise("more\n");
    EXPECT_LE(std::filesystem::file_size(file), 1024U * 1024);
    EXPECT_EQ(host_of(github())->room_for_summary(), std::nullopt);
}

TEST(Summaries, GoToAnyFileThatIsNamed) {
    const TemporaryDirectory scratch("host-");
    const auto file = scratch.path() / "summary.md";
    for (const auto& variables : {gitlab({{"LASTGOOD_SUMMARY", file}}), Variables{{"LASTGOOD_SUMMARY", file}}})
        host_of(variables)->summarise("# one\n");
    EXPECT_EQ(content(file), "# one\n# one\n");
}

TEST(Summaries, ThatCannotBeWrittenAreSaid) {
    const auto host = host_of({{"LASTGOOD_SUMMARY", "/proc/no/such/file"}});
    EXPECT_THROW(host->summarise("x"), std::system_error);
}

}  // namespace
}  // namespace lastgood
