#include "outside/files.hpp"
#include "pipeline/literal_password.hpp"
#include "pipeline_text.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

std::string everything(const Failure& failure) {
    return failure.what_happened() + failure.detail() + failure.changed() + failure.next();
}

std::string cleaned(const std::string& yaml, const std::map<std::string, std::string>& variables,
                    const std::string& text) {
    Redaction redaction;
    read_pipeline_text(yaml, "lastgood.yaml", Environment(variables), redaction);
    return redaction.clean(text);
}

class LiteralPassword : public testing::TestWithParam<std::pair<int, std::string>> {};

TEST_P(LiteralPassword, IsRefusedAndNotPrinted) {
    const auto& [line, replacement] = GetParam();
    auto variables = small_environment();
    variables["HOST"] = "db";
    const Failure failure = refusal(replace_line(line, replacement), variables);
    EXPECT_EQ(failure.code(), ExitCode::usage) << replacement;
    EXPECT_EQ(everything(failure).find("hunter2"), std::string::npos) << everything(failure);
}

INSTANTIATE_TEST_SUITE_P(
    Everywhere, LiteralPassword,
    testing::Values(std::pair{6, "  url: postgres://app:hunter2@db/app"},
                    std::pair{6, "  url: \"postgres://app:hunter2@${HOST}/app\""},
                    std::pair{6, "  url: postgresql:///app?user=a&password=hunter2"},
                    std::pair{6, "  url: postgresql:///app?%70assword=hunter2"},
                    std::pair{6, "  url: host=db password = 'hunter2'"},
                    std::pair{6, "  url: host=db PassWord=hunter2"},
                    std::pair{6, "  url: \"postgres://app:hunter2${HOST}@db/app\""},
                    std::pair{6, "  url: \"postgres://app:${hunter2@db/app\""}, std::pair{6, "  url: hunter2"},
                    std::pair{6, "  url: ${DATABASE_URL}\n  admin_url: postgres://a:hunter2@db/app"},
                    std::pair{8, "  - backup-capture: { prove: { url: \"postgres://a:hunter2@db/app\" } }"},
                    std::pair{4, "store: file:/s\ngit: { token: hunter2 }"},
                    std::pair{4, "store: file:/s\ngit: { token: \"${HOST}hunter2\" }"},
                    std::pair{4, "store: file:/s\ngit: { remote: \"https://me:hunter2@host/x\" }"},
                    std::pair{4, "store: file:/s\ndeploy: { run: [./d, \"postgres://a:hunter2@db/x\"] }"},
                    std::pair{2, "name: postgres://app:hunter2@db/app"},
                    std::pair{13, "        - http: { url: \"https://me:hunter2@host/x\" }"},
                    std::pair{13, "        - \"http://me:hunter2@host\""},
                    std::pair{2, "\"http://me:hunter2@host\": x"}));

TEST(LiteralPasswords, AreToldFromReferences) {
    EXPECT_FALSE(holds_literal_password("postgres://app:${PW}@db/app"));
    EXPECT_FALSE(holds_literal_password("host=db password='${PW}' dbname=x"));
    EXPECT_FALSE(holds_literal_password("postgres://app@db:5432/app?application_name=x@y:z"));
    EXPECT_FALSE(holds_literal_password("postgres://app:@db/app"));
    EXPECT_FALSE(holds_literal_password("host=db passfile=/x"));
    EXPECT_TRUE(holds_literal_password("postgres://app:$${PW}@db/app"));
    EXPECT_TRUE(holds_literal_password("postgres://app:p@ss@db/app"));
    EXPECT_TRUE(holds_literal_password("x http://a/b then http://u:p@h"));
    EXPECT_FALSE(holds_url_password("select 1 where password = 'x'"));
}

TEST(Secrets, FromAQueryAreNoPasswords) {
    EXPECT_NO_THROW(
        read(replace_line(13, "        - sql: { query: \"select count(*) from u where password = 'x'\", expect: 0 }")));
}

TEST(Secrets, AreHiddenFromThenOn) {
    auto variables = small_environment();
    variables["DATABASE_URL"] = "postgres://app@db/quiet-name";
    variables["GIT"] = "ghs_0123456789";
    const std::string yaml = replace_line(4, "store: file:/s\ngit: { token: \"${GIT}\" }");
    EXPECT_EQ(cleaned(yaml, variables, "to postgres://app@db/quiet-name with ghs_0123456789"), "to *** with ***");
}

TEST(Secrets, AreKnownByTheNameOfTheirVariableOrAPasswordInside) {
    auto variables = small_environment();
    variables["DJANGO_SECRET_KEY"] = "abcdefgh";
    variables["CACHE"] = "redis://:opensesame@cache/0";
    variables["COLOUR"] = "chartreuse";
    variables["PART"] = "partofurl";
    const std::string yaml = replace_line(4,
                                          "store: file:/s\ndeploy: { run: [x, \"${DJANGO_SECRET_KEY}\", \"${CACHE}\", "
                                          "\"${COLOUR}\", \"http://u:${PART}@h/\"] }");
    EXPECT_EQ(cleaned(yaml, variables, "abcdefgh chartreuse"), "*** chartreuse");
    EXPECT_EQ(cleaned(yaml, variables, "auth opensesame").find("opensesame"), std::string::npos);
    EXPECT_EQ(cleaned(yaml, variables, "auth partofurl").find("partofurl"), std::string::npos);
}

TEST(Secrets, AreHiddenEvenWhereTheyAreRefused) {
    Redaction redaction;
    const Environment environment(std::map<std::string, std::string>{{"DATABASE_URL", "mysql-secret-word"}});
    EXPECT_THROW(read_pipeline_text(small_pipeline(), "lastgood.yaml", environment, redaction), Failure);
    EXPECT_EQ(redaction.clean("mysql-secret-word"), "***");
}

TEST(Secrets, OfAVariableThatHoldsAFilesPathAreExplained) {
    const TemporaryDirectory directory("lastgood-pipeline");
    const std::string file = (directory.path() / "DATABASE_URL").string();
    replace_file(file, "postgres://db/app");
    const Failure failure = refusal(small_pipeline(), {{"DATABASE_URL", file}});
    EXPECT_EQ(failure.code(), ExitCode::usage);
    EXPECT_NE(failure.what_happened().find("variable DATABASE_URL is the path of a file"), std::string::npos);
    EXPECT_NE(failure.next().find("${file:PATH}"), std::string::npos);
}

TEST(Headers, FromAReferenceAreRedactedAsAWholeAndByTheirLastWord) {
    const std::string yaml = replace_line(
        13, "        - http: { url: 'https://a', headers: { X-Who: 'Bearer ${WHO}', Accept: text/plain } }");
    auto variables = small_environment();
    variables["WHO"] = "0123abcd";
    EXPECT_EQ(cleaned(yaml, variables, "Bearer 0123abcd, 0123abcd, text/plain"), "***, ***, text/plain");
}

}  // namespace
}  // namespace lastgood::test
