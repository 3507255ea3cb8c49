#include "pipeline_text.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

struct BadInput {
    std::string title;
    int line;  ///< of the small pipeline, see replace_line
    std::string replacement;
    std::string place;  ///< "line:column"
    std::string what;   ///< a part of the message
    std::string next{};
};

void PrintTo(const BadInput& input, std::ostream* out) {
    *out << input.title;
}

std::string title(const testing::TestParamInfo<BadInput>& info) {
    return info.param.title;
}

const std::vector<BadInput> k_documents{
    {"Empty", k_everything, "", "1:1", "the pipeline is empty", "format: 1"},
    {"OnlyAComment", k_everything, "# nothing\n", "1:1", "the pipeline is empty"},
    {"OpenBracket", k_everything, "format: 1\nname: [a\n", "3:1", "not YAML: "},
    {"Tab", k_everything, "format: 1\ngit:\n\tbranch: main\n", "3:8", "not YAML: "},
    {"List", k_everything, "- format: 1\n", "1:1", "the pipeline wants a map"},
    {"Scalar", k_everything, "format\n", "1:1", "the pipeline wants a map"},
    {"TwoDocuments", 14, "  - rollback\n---\nformat: 1", "15:1", "behind the end of the pipeline"},
    {"CommaAlone", k_everything, ",\n", "1:1", "behind the end of the pipeline"},
    {"BracketTooMany", 14, "  - rollback\n]", "15:1", ""},
    {"AliasOfItself", k_everything, "format: 1\nname: &a { b: *a }\n", "1:1", "no key"},
    {"UnknownAlias", 2, "name: *other", "2:7", "not YAML: "},
    {"FormatOfTheFuture", 1, "format: 2\nfuture_key: 1", "1:9", "format \"2\" is not known", "install"},
    {"FormatMissing", 1, "", "2:1", "no key \"format\"", "add there format: 1"},
    {"FormatIsAList", 1, "format: [1]", "1:9", "format wants a whole number", "format: 1"},
};

const std::vector<BadInput> k_keys{
    {"UnknownTopKey", 2, "name: api\nenvronment: x", "3:1", "unknown key \"envronment\"", "write environment there"},
    {"UnknownFarKey", 2, "name: api\nzzzzzzzz: x", "3:1", "unknown key \"zzzzzzzz\"", "one of: format, name"},
    {"UnknownStepKey", 10, "      framework: sql\n      lock_timeut: 2s", "11:7",
     "unknown key \"lock_timeut\" in migrate", "write lock_timeout there"},
    {"UnknownCheckKey", 13, "        - sql: { query: select 1, expect: 1, timout: 2s }", "13:46",
     "unknown key \"timout\" in sql", "write timeout there"},
    {"UnknownGitKey", 4, "store: file:/s\ngit: { brnch: main }", "5:8", "unknown key \"brnch\" in git", "write branch"},
    {"UnknownKeepKey", 8, "  - backup-capture: { keep: { lst: 2 } }", "8:31", "unknown key \"lst\" in keep",
     "write last"},
    {"UnknownDeployKey", 4, "store: file:/s\ndeploy: { run: [x], whn: after_migrate }", "5:21", "unknown key \"whn\"",
     "write when"},
    {"UnknownProveKey", 8, "  - backup-capture: { prove: { job: 2 } }", "8:32", "unknown key \"job\" in prove",
     "write jobs"},
    {"MergeKey", 10, "      framework: sql\n      <<: {}", "11:7", "unknown key \"<<\""},
    {"KeyTwice", 10, "      framework: sql\n      framework: django", "11:7", "\"framework\" is given twice", "remove"},
    {"TopKeyTwice", 2, "name: a\nname: b", "3:1", "key \"name\" is given twice", "remove"},
    {"KeyIsAList", 2, "name: a\n? [x]\n: y", "3:3", "a key wants to be a word, not a list"},
    {"NameMissing", 2, "", "1:1", "no key \"name\"", "add there name: "},
    {"StepsMissing", k_from_line_6, "", "1:1", "no key \"steps\"", "add there steps: "},
    {"UrlMissing", 6, "  maintenance_database: postgres", "6:3", "database wants url", "${DATABASE_URL}"},
    {"FrameworkMissing", 10, "      directory: .", "9:5", "migrate has no key \"framework\"", "framework: django"},
    {"MigrateAsAWord", k_from_line_6, "steps: [migrate]\n", "6:9", "migrate has no key \"framework\""},
    {"ChecksMissing", k_from_line_6, "steps:\n  - verify: { on_failure: stop }\n", "7:5",
     "verify has no key \"checks\""},
    {"ExpectMissing", 13, "        - sql: { query: select 1 }", "13:11", "sql says nothing that it expects",
     "expect: 0"},
};

const std::vector<BadInput> k_kinds{
    {"MapForAText", 2, "name: { a: b }", "2:7", "name wants 1 to 64 letters", "name: learning"},
    {"ListForAMap", 5, "git: [main]\ndatabase:", "5:6", "git wants a map, not a list", "revision, branch"},
    {"NothingForAMap", 4, "store: file:/s\ndeploy:", "5:1", "deploy wants a map, not nothing", "run, when"},
    {"TextForAList", 4, "store: file:/s\ndeploy: { run: ./deploy.sh }", "5:16", "run wants a program and its arguments",
     "run: [./deploy.sh]"},
    {"EmptyList", 4, "store: file:/s\ndeploy: { run: [] }", "5:16", "run wants a program", "run: ["},
    {"EmptyProgram", 4, "store: file:/s\ndeploy: { run: [\"\"] }", "5:16", "run names no program", "run: ["},
    {"ListInAnArgv", 4, "store: file:/s\ndeploy: { run: [a, [b]] }", "5:20", "run wants a program", "run: ["},
    {"MapForTexts", 13, "        - rows_not_lost: { except: { a: b } }", "13:36", "except wants a list of texts"},
    {"NothingForADuration", 10, "      framework: sql\n      timeout:", "11:7",
     "timeout wants a duration such as 500ms", "timeout: 0s"},
    {"DurationWithoutUnit", 10, "      framework: sql\n      lock_timeout: 2", "11:21",
     "lock_timeout wants a duration such as 500ms, 2s or 5m, not \"2\"", "lock_timeout: 500ms"},
    {"FlagOfAnotherWord", 10, "      framework: sql\n      remove_invalid_indexes: yes", "11:31",
     "remove_invalid_indexes wants true or false, not \"yes\"", "remove_invalid_indexes: false"},
    {"DurationTooShort", 4, "store: file:/s\nexpires: 0s", "5:10", "expires is too short", "at least 1 s"},
    {"DurationTooLong", 10, "      framework: sql\n      lock_timeout: 30d", "11:21", "lock_timeout is too long",
     "at most"},
    {"DurationPastAllBounds", 4, "store: file:/s\nexpires: 99999999999999999999d", "5:10", "expires "},
    {"SizeWithoutUnit", 8, "  - backup-capture: { disk_limit: 40 }", "8:35", "disk_limit wants a size", "40GB"},
    {"SizeOfNothing", 8, "  - backup-capture: { disk_limit: 0GB }", "8:35", "disk_limit wants a size", "40GB"},
    {"NotANumber", 8, "  - backup-capture: { jobs: two }", "8:29",
     "jobs wants a whole number from 1 to 64, not \"two\"", "jobs: 2"},
    {"NumberTooSmall", 8, "  - backup-capture: { jobs: 0 }", "8:29", "jobs wants a whole number from 1 to 64"},
    {"NumberTooLarge", 8, "  - backup-capture: { compress: 10 }", "8:33", "compress wants a whole number from 0 to 9"},
    {"NegativeNumber", 14, "  - rollback: { max_lost: -1 }", "14:27", "max_lost wants a whole number", "max_lost: 0"},
    {"NumberPastAllBounds", 14, "  - rollback: { max_lost: 99999999999999999999 }", "14:27", "max_lost wants"},
    {"ToleranceAsAWord", 13, "        - rows_not_lost: { tolerance: some }", "13:39", "tolerance wants a whole number"},
    {"ToleranceOfATable", 13, "        - rows_not_lost: { tolerance: { a: x } }", "13:44",
     "tolerance wants a whole number"},
    {"ToleranceTwice", 13, "        - rows_not_lost: { tolerance: { a: 1, a: 2 } }", "13:47",
     "table \"a\" is given twice"},
    {"TwoExpectations", 13, "        - sql: { query: select 1, expect: 1, expect_empty: true }", "13:60",
     "expect_empty excludes expect", "remove one"},
    {"NothingIsExpected", 13, "        - sql: { query: select 1, expect_empty: false }", "13:49", "expects nothing",
     "expect_empty: true"},
    {"RowsThatAreNone", 13, "        - sql: { query: select 1, expect_rows: [] }", "13:48",
     "expect_rows wants a list of rows", "expect_rows: [[1"},
    {"RowThatIsNoList", 13, "        - sql: { query: select 1, expect_rows: [1] }", "13:49",
     "expect_rows wants a list of rows"},
    {"MapInARow", 13, "        - sql: { query: select 1, expect_rows: [[{ a: b }]] }", "13:50",
     "expect_rows wants a list of rows"},
    {"FlagThatIsNone", 13, "        - no_invalid_indexes: { all: maybe }", "13:38",
     "all wants true or false, not \"maybe\"", "all: false"},
    {"TablesMissing", 13, "        - unchanged", "13:11", "unchanged has no key \"tables\"", "tables: [accounts"},
    {"SchemaOfNothing", 13, "        - schema_is", "13:11", "schema_is says nothing that it expects",
     "file: db/schema"},
    {"SchemaOfTwo", 13, "        - schema_is: { file: a, fingerprint: b }", "13:46", "fingerprint excludes file"},
    {"FingerprintThatIsNone", 13, "        - schema_is: { fingerprint: ABC }", "13:37", "64 lower-case hex digits"},
    {"SchemaOutside", 13, "        - schema_is: { file: ../a }", "13:30", "file wants a path within"},
    {"ExtensionsAsAList", 13, "        - extensions: { expect: [a] }", "13:33", "expect wants a map", "pgcrypto"},
    {"ExtensionTwice", 13, "        - extensions: { expect: { a: 1, a: 2 } }", "13:41", "name \"a\" is given twice"},
    {"ExtensionWithoutVersion", 13, "        - extensions: { expect: { a: } }", "13:35", "expect wants a map"},
    {"HeaderThatSpellsOutASecret", 13, "        - http: { url: \"https://a\", headers: { Authorization: Basic eDp5 } }",
     "13:63", "header Authorization spells out a secret", "Authorization: ${NAME}"},
    {"HeaderThatIsNone", 13, "        - http: { url: \"https://a\", headers: { \"A b\": c } }", "13:55",
     "is no name of a header"},
    {"HeaderOfTwoLines", 13, "        - http: { url: \"https://a\", headers: { A: \"b\\nc\" } }", "13:51",
     "line break"},
    {"TlsWithoutTls", 13, "        - http: { url: \"http://a\", tls: { min_days_left: 3 } }", "13:41",
     "tls means nothing to a URL"},
    {"StatusesAsWords", 13, "        - http: { url: \"https://a\", expect_status: [200, ok] }", "13:58",
     "expect_status wants a whole number from 100 to 599, or a list"},
    {"QueryThatWrites", 13, "        - queries_not_slower: { queries: { a: delete from t } }", "13:42",
     "query \"a\" is no SELECT"},
    {"RatioBelowOne", 13, "        - queries_not_slower: { queries: { a: select 1 }, ratio: 0.5 }", "13:66",
     "ratio wants a number from 1", "ratio: 2"},
    {"RatioAsAWord", 13, "        - queries_not_slower: { queries: { a: select 1 }, ratio: 2x }", "13:66",
     "ratio wants a number from 1"},
    {"LagOfNothing", 13, "        - replication_lag", "13:11", "says nothing that it expects", "max: 10s"},
    {"SlotsWithoutBytes", 13, "        - replication_lag: { max: 1s, slots: true }", "13:46", "wants max_bytes"},
    {"LocksMissing", 13, "        - no_long_locks", "13:11", "no key \"max\"", "max: 5s"},
    {"EveryWithoutAWindow", 13, "        - sql: { query: select 1, expect: 1, every: 5s }", "13:53",
     "every means nothing", "add for: 2m"},
    {"NoChecksAtATime", 12, "      jobs: 0\n      checks:", "12:13", "jobs wants a whole number from 1 to 64"},
    {"EvidenceOfAllKinds", 12, "      evidence: all\n      checks:", "12:17", "evidence wants one of keys or rows"},
    {"AnswerThatTakesMonths", 13, "        - http: { url: \"http://a\", timeout: 60d }", "13:45",
     "timeout is too long"},
    {"StatusPastHttp", 13, "        - http: { url: \"http://a\", expect_status: 20 }", "13:51", "expect_status wants"},
    {"UnknownChoice", 4, "store: file:/s\nwrites: half", "5:9", "writes wants one of open, read_only or closed",
     "writes: open"},
    {"ChoiceAsAList", 4, "store: file:/s\nwrites: [open]", "5:9", "writes wants one of"},
    {"MapForAChoice", 4, "store: file:/s\nwrites: { a: b }", "5:9", "writes wants one of"},
    {"EmptyText", 4, "store: file:/s\ngit: { branch: '' }", "5:16", "branch is empty", "branch: main"},
    {"NulCharacter", 4, "store: file:/s\ngit: { branch: \"a\\0b\" }", "5:16", "NUL"},
};

const std::vector<BadInput> k_values{
    {"NameWithABlank", 2, "name: my api", "2:7", "name wants 1 to 64 letters", "name: "},
    {"NameThatClimbs", 2, "name: ..", "2:7", "name wants 1 to 64 letters"},
    {"NameTooLong", 2, "name: " + std::string(65, 'a'), "2:7", "name wants 1 to 64 letters"},
    {"EnvironmentEmpty", 3, "environment: ''", "3:14", "environment is empty", "environment: production"},
    {"StoreRelative", 4, "store: file:backups", "4:8", "store wants a store with an absolute path", "file:/var/lib"},
    {"StoreWithoutScheme", 4, "store: /var/lib", "4:8", "store wants a store with an absolute path"},
    {"StoreOnAHost", 4, "store: file://host/path", "4:8", "store wants a store with an absolute path"},
    {"StoreWithoutBucket", 4, "store: s3:///prefix", "4:8", "or with a bucket such as s3://bucket/prefix"},
    {"HerokuWithoutApp", 4, "store: file:/s\nplatform: heroku", "5:11", "platform: heroku wants the section heroku",
     "heroku: { app: NAME }"},
    {"BeanstalkWithoutItsNames", 4, "store: file:/s\nplatform: elastic_beanstalk", "5:11",
     "platform: elastic_beanstalk wants the section elastic_beanstalk", "application: NAME"},
    {"HerokuOnAPlainServer", 4, "store: file:/s\nheroku: { app: shop }", "5:9",
     "heroku: means nothing to platform plain", "platform: heroku"},
    {"ReadOnlyOnHeroku", 4, "store: file:/s\nwrites: read_only\nplatform: heroku\nheroku: { app: shop }", "5:9",
     "does not keep anybody out", "writes: closed"},
    {"OtherPlatform", 4, "store: file:/s\nplatform: moon", "5:11",
     "platform wants one of plain, heroku or elastic_beanstalk, not \"moon\""},
    {"DeployOfNothing", 4, "store: file:/s\ndeploy: { when: after_migrate }", "5:9", "deploy wants run",
     "run: [./deploy.sh]"},
    {"HerokusEngineElsewhere", 8, "  - backup-capture: { engine: heroku }", "8:3",
     "engine: heroku wants platform: heroku", "engine: snapshot"},
    {"OneOffElsewhere", 10, "      framework: django\n      run: one_off", "8:3",
     "run: one_off } wants platform: heroku", "run: here"},
    {"OnDeployWithoutADeploy", 10, "      framework: django\n      run: on_deploy", "8:3", "wants a deploy",
     "deploy: { run"},
    {"WindowOfNoDay", 4, "store: file:/s\nwindow: { days: [friday], hours: 22:00-05:00 }", "5:17", "not \"friday\"",
     "days: [sat, sun]"},
    {"WindowOfNoHour", 4, "store: file:/s\nwindow: { hours: 25:00-26:00 }", "5:18", "not \"25:00-26:00\"",
     "22:00-05:00"},
    {"WindowOfNoTime", 4, "store: file:/s\nwindow: { hours: 05:00-05:00 }", "5:18", "no time between", "22:00-05:00"},
    {"OtherEngine", 8, "  - backup-capture: { engine: rsync }", "8:31",
     "engine wants one of snapshot, pg_dump, pgbackrest, heroku or rds, not \"rsync\""},
    {"HeadsOfAnotherFramework", 10, "      framework: django\n      heads: select 1", "11:14",
     "heads means nothing to framework django", "framework: command"},
    {"PendingOfAnotherFramework", 10, "      framework: sql\n      pending: [a]", "11:16",
     "pending means nothing to framework sql", "framework: command"},
    {"CommandWithoutHeads", 10, "      framework: command\n      program: [a]", "10:18",
     "framework: command wants heads", "select"},
    {"CommandWithoutProgram", 10, "      framework: command\n      heads: select 1", "10:18",
     "framework: command wants program", "what migrates"},
    {"PgBackRestWithoutItsSection", 8, "  - backup-capture: { engine: pgbackrest }", "8:31",
     "wants the section pgbackrest", "pgbackrest: { stanza"},
    {"PgBackRestOfAnotherEngine", 8,
     "  - backup-capture: { pgbackrest: { stanza: a, stop: [b], start: [c], scratch: /d } }", "8:35",
     "means nothing to engine snapshot", "engine: pgbackrest"},
    {"PgBackRestWithoutScratch", 8,
     "  - backup-capture: { engine: pgbackrest, pgbackrest: { stanza: a, stop: [b], start: [c] } }", "8:55",
     "wants a directory to restore the cluster in", "scratch"},
    {"PgBackRestWithStandby", 8,
     "  - backup-capture: { engine: pgbackrest, standby: keep, pgbackrest: { stanza: a, stop: [b], start: [c], "
     "scratch: /d } }",
     "8:52", "restores whole clusters", "remove standby"},
    {"PgBackRestWithRelativeScratch", 8,
     "  - backup-capture: { engine: pgbackrest, pgbackrest: { stanza: a, stop: [b], start: [c], scratch: d } }",
     "8:100", "not an absolute path", "from the root on"},
    {"PgBackRestWithoutStop", 8,
     "  - backup-capture: { engine: pgbackrest, pgbackrest: { stanza: a, start: [c], scratch: /d } }", "8:55",
     "has no key \"stop\""},
    {"BranchThatGitWouldNotTake", 4, "store: file:/s\ngit: { branch: \"a..b c\" }", "5:16",
     "branch wants a name that git takes", "branch: main"},
    {"GoodRefWithoutRefs", 4, "store: file:/s\ngit: { good_ref: good }", "5:18", "full name of a reference",
     "refs/lastgood"},
    {"UrlOfAnotherKind", 6, "  url: mysql://db/app", "6:8", "url wants the URL of a PostgreSQL database",
     "${DATABASE_URL}"},
    {"HttpOfAnotherKind", 13, "        - http: { url: ftp://a }", "13:24", "begins with http:// or https://"},
    {"DirectoryOutside", 10, "      framework: sql\n      directory: a/../../b", "11:18", "within the work tree"},
    {"CarryAbsolute", 10, "      framework: sql\n      carry: [/etc/passwd]", "11:15", "within the work tree"},
    {"LongWordIsCut", 4, "store: file:/s\nwrites: " + std::string(500, 'w'), "5:9", std::string(60, 'w') + "...\""},
};

const std::vector<BadInput> k_steps{
    {"NoSteps", k_from_line_6, "steps: []\n", "6:8", "steps wants a list", "backup-capture"},
    {"StepsAsAMap", k_from_line_6, "steps: { rollback: {} }\n", "6:8", "steps wants a list, not a map"},
    {"UnknownStep", k_from_line_6, "steps: [rolback]\n", "6:9", "unknown entry \"rolback\" in steps", "write rollback"},
    {"StepIsAList", k_from_line_6, "steps: [[rollback]]\n", "6:9", "wants a name, not a list"},
    {"NullStep", k_from_line_6, "steps:\n  -\n", "7:3", "wants a name, not nothing"},
    {"StepTwice", k_from_line_6, "steps: [rollback, rollback]\n", "6:19", "step rollback is given twice", "remove"},
    {"StepsOutOfOrder", k_from_line_6, "steps: [rollback, backup-capture]\n", "6:19",
     "step backup-capture stands after rollback", "backup-capture, migrate, verify, rollback"},
    {"KeysBesideTheStep", 10, "    framework: sql", "9:5", "an entry of steps wants one key, not 2", "indent"},
    {"NoChecks", k_from_line_6, "steps:\n  - verify: { checks: [] }\n", "7:23", "checks wants a list"},
    {"UnknownCheck", 13, "        - no_pending: {}", "13:11", "unknown entry \"no_pending\" in checks", "one of: sql"},
    {"NearCheck", 13, "        - htp: { url: x }", "13:11", "unknown entry \"htp\" in checks", "write http there"},
};

const std::vector<BadInput> k_contradictions{
    {"ClosedWithoutRoles", 4, "store: file:/s\nwrites: closed", "5:9", "wants database.app_roles", "app_roles"},
    {"ClosedWithoutAdmin", 6, "  url: ${DATABASE_URL}\n  app_roles: [app]\nwrites: closed", "8:9",
     "wants database.admin_url", "admin_url"},
    {"StandbyOfAList", 8, "  - backup-capture: { prove: list, standby: keep }", "8:45",
     "standby: keep wants prove: restore"},
    {"StandbyElsewhere", 8, "  - backup-capture: { prove: { url: \"${ADMIN_URL}\" }, standby: keep }", "8:64",
     "standby: keep wants the proof beside the original", "standby: drop"},
    {"JobsOfNoProof", 8, "  - backup-capture: { prove: { how: none, jobs: 3 } }", "8:49", "prove.jobs means nothing"},
    {"UrlOfAList", 8, "  - backup-capture: { prove: { how: list, url: \"${ADMIN_URL}\" } }", "8:48",
     "prove.url means nothing", "how: restore"},
};

class BadPipeline : public testing::TestWithParam<BadInput> {};

TEST_P(BadPipeline, IsRefusedWithPlaceAndNext) {
    const BadInput& input = GetParam();
    const Failure failure = refusal(replace_line(input.line, input.replacement));
    EXPECT_EQ(failure.code(), ExitCode::usage);
    EXPECT_EQ(failure.changed(), "nothing");
    const std::string what = failure.what_happened();
    EXPECT_EQ(what.rfind("lastgood.yaml:" + input.place + ": ", 0), 0U) << what;
    EXPECT_NE(what.find(input.what), std::string::npos) << what;
    EXPECT_EQ(std::count_if(what.begin(), what.end(), [](unsigned char c) { return c < 0x20; }), 0) << what;
    EXPECT_FALSE(failure.next().empty());
    EXPECT_NE(failure.next().find(input.next), std::string::npos) << failure.next();
}

INSTANTIATE_TEST_SUITE_P(Documents, BadPipeline, testing::ValuesIn(k_documents), title);
INSTANTIATE_TEST_SUITE_P(Keys, BadPipeline, testing::ValuesIn(k_keys), title);
INSTANTIATE_TEST_SUITE_P(Kinds, BadPipeline, testing::ValuesIn(k_kinds), title);
INSTANTIATE_TEST_SUITE_P(Values, BadPipeline, testing::ValuesIn(k_values), title);
INSTANTIATE_TEST_SUITE_P(Steps, BadPipeline, testing::ValuesIn(k_steps), title);
INSTANTIATE_TEST_SUITE_P(Contradictions, BadPipeline, testing::ValuesIn(k_contradictions), title);

TEST(BadPipelines, TheSmallPipelineTheyAreMadeFromIsGood) {
    EXPECT_NO_THROW(read(small_pipeline()));
}

}  // namespace
}  // namespace lastgood::test
