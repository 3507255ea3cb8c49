#include "outside/files.hpp"
#include "pipeline_text.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

/// What `git.revision: "<text>"` becomes.
std::string expanded(const std::string& text) {
    auto variables = small_environment();
    variables.insert({{"A", "one"}, {"B", "two"}, {"EMPTY", ""}, {"DOLLAR", "${A}"}});
    return read(replace_line(4, "store: file:/s\ngit: { revision: '" + text + "' }"), variables).git.revision;
}

TEST(Expansion, ReplacesVariablesAnywhereInAScalar) {
    EXPECT_EQ(expanded("${A}"), "one");
    EXPECT_EQ(expanded("x${A}-${B}${EMPTY}y"), "xone-twoy");
}

TEST(Expansion, LeavesOtherDollarsAlone) {
    EXPECT_EQ(expanded("$A $1 $"), "$A $1 $");
    EXPECT_EQ(expanded("$${A} $$"), "${A} $");
    EXPECT_EQ(expanded("$$${A}"), "$one");
}

TEST(Expansion, DoesNotExpandWhatAVariableHolds) {
    EXPECT_EQ(expanded("${DOLLAR}"), "${A}");
}

TEST(Expansion, WorksForNumbersAndDurations) {
    auto variables = small_environment();
    variables.insert({{"JOBS", "5"}, {"LIMIT", "7s"}, {"HOW", "list"}});
    const Pipeline pipeline =
        read(replace_line(8, "  - backup-capture: { jobs: \"${JOBS}\", prove: \"${HOW}\" }"), variables);
    EXPECT_EQ(pipeline.capture.jobs, 5);
    EXPECT_EQ(pipeline.capture.prove, Prove::list);
    EXPECT_EQ(
        read(replace_line(10, "      framework: sql\n      lock_timeout: ${LIMIT}"), variables).migrate.lock_timeout,
        std::chrono::seconds(7));
}

TEST(Expansion, NamesTheVariableOfAWholeSecretOnly) {
    auto variables = small_environment();
    variables["PW"] = "opensesame";
    const Pipeline pipeline = read(replace_line(6, "  url: \"postgres://app:${PW}@db/app\""), variables);
    EXPECT_EQ(pipeline.database.url.value.reveal(), "postgres://app:opensesame@db/app");
    EXPECT_EQ(pipeline.database.url.variable, "");
    EXPECT_EQ(read(small_pipeline()).database.url.variable, "DATABASE_URL");
}

struct BadReference {
    std::string text;
    std::string what;
};

class BadReferences : public testing::TestWithParam<BadReference> {};

TEST_P(BadReferences, AreRefusedWithPlaceAndNext) {
    auto variables = small_environment();
    variables["EMPTY"] = "";
    const Failure failure =
        refusal(replace_line(4, "store: file:/s\ngit: { revision: '" + GetParam().text + "' }"), variables);
    EXPECT_EQ(failure.code(), ExitCode::usage);
    EXPECT_EQ(failure.what_happened().rfind("lastgood.yaml:5:18: ", 0), 0U) << failure.what_happened();
    EXPECT_NE(failure.what_happened().find(GetParam().what), std::string::npos) << failure.what_happened();
    EXPECT_FALSE(failure.next().empty());
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, BadReferences,
    testing::Values(BadReference{"${GONE}", "environment variable GONE, named by revision, is not set"},
                    BadReference{"x${", "has no \"}\""}, BadReference{"${}", "names no environment variable"},
                    BadReference{"${A B}", "names no environment variable"},
                    BadReference{"${1A}", "names no environment variable"},
                    BadReference{"${EMPTY}", "revision is empty, as \"${EMPTY}\" holds nothing"},
                    BadReference{"${file:}", "file \"\", named by revision, does not exist"},
                    BadReference{"${file:/no/such}", "file \"/no/such\", named by revision, does not exist"},
                    BadReference{"${file:/dev/zero}", "does not exist"}, BadReference{"${file:/}", "does not exist"}));

class ReferencedFile : public testing::Test {
  protected:
    Pipeline read_beside(const std::string& yaml) {
        replace_file(m_directory.path() / "lastgood.yaml", yaml);
        Redaction redaction;
        return read_pipeline((m_directory.path() / "lastgood.yaml").string(), Environment(small_environment()),
                             redaction);
    }
    TemporaryDirectory m_directory{"lastgood-pipeline"};
};

TEST_F(ReferencedFile, LosesOneNewlineAndKeepsTheRest) {
    replace_file(m_directory.path() / "url", "postgres://app:pw@db/app\n");
    replace_file(m_directory.path() / "two", "a\n\n");
    const Pipeline pipeline =
        read_beside(replace_line(6, "  url: \"${file:" + (m_directory.path() / "url").string() + "}\""));
    EXPECT_EQ(pipeline.database.url.value.reveal(), "postgres://app:pw@db/app");
    EXPECT_EQ(pipeline.database.url.variable, "");
    EXPECT_EQ(read_beside(replace_line(4, "store: file:/s\ngit: { revision: \"${file:two}\" }")).git.revision, "a\n");
}

TEST_F(ReferencedFile, IsLookedForBesideThePipeline) {
    replace_file(m_directory.path() / "secrets/url", "postgres://db/app");
    EXPECT_EQ(read_beside(replace_line(6, "  url: \"${file:secrets/url}\"")).database.url.value.reveal(),
              "postgres://db/app");
}

TEST_F(ReferencedFile, MayNotBeHuge) {
    replace_file(m_directory.path() / "huge", std::string(2 << 20, 'x'));
    EXPECT_THROW(read_beside(replace_line(6, "  url: \"${file:huge}\"")), Failure);
}

TEST_F(ReferencedFile, PipelinesThatAreNoneAreRefused) {
    Redaction redaction;
    const Environment environment(small_environment());
    for (const auto& path : {m_directory.path() / "none.yaml", m_directory.path()}) {
        try {
            read_pipeline(path.string(), environment, redaction);
            ADD_FAILURE() << path;
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), ExitCode::usage);
            EXPECT_NE(failure.next().find("--pipeline"), std::string::npos);
        }
    }
}

}  // namespace
}  // namespace lastgood::test
