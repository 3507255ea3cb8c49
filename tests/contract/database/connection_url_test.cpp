#include "database/connection_url.hpp"

#include "core/failure.hpp"
#include "database/session.hpp"
#include "outside/interruption.hpp"
#include "support/postgres_cluster.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

ConnectionUrl url_of(const std::string& text) {
    return ConnectionUrl(Secret(text));
}

TEST(ConnectionUrls, AreTakenApartByLibpq) {
    const ConnectionUrl url = url_of("postgres://app:p%40ss%2Fw@db.example:6432/shop?sslmode=require");
    EXPECT_EQ(url.part("user"), "app");
    EXPECT_EQ(url.part("password"), "p@ss/w");
    EXPECT_EQ(url.part("sslmode"), "require");
    EXPECT_EQ(url.part("options"), "");
    EXPECT_EQ(url.database(), "shop");
    EXPECT_EQ(url.say(), "app@db.example:6432/shop");
    EXPECT_EQ(url.address(), "db.example:6432");
}

TEST(ConnectionUrls, MayBeKeysAndValues) {
    const ConnectionUrl url = url_of(R"(host=/run/pg user=o\'brien password='a b\\c')");
    EXPECT_EQ(url.part("password"), "a b\\c");
    EXPECT_EQ(url.database(), "o'brien");
}

TEST(ConnectionUrls, ComeBackWholeInEveryForm) {
    const ConnectionUrl url =
        url_of(R"(host=/run/pg port=5433 user=o\'brien password='a b\\:@/?ü' dbname='a=b c' options='-c x=1')");
    for (const Secret& form : {url.conninfo(), url.url()}) {
        const ConnectionUrl again(form);
        EXPECT_EQ(again.environment(), url.environment()) << form.reveal();
    }
    EXPECT_TRUE(url.url().reveal().ends_with("/a%3Db%20c?host=%2Frun%2Fpg&options=-c%20x%3D1&port=5433"))
        << url.url().reveal();
    EXPECT_EQ(url_of("postgres://u@[::1]:5432/d").url().reveal(), "postgres://u@[::1]:5432/d");
}

TEST(ConnectionUrls, AreNeverShownWhenTheyCannotBeRead) {
    for (const std::string text : {"postgres://u:geheim@[bad/db", "password=geheim geheimer",
                                   "postgres://u:geheim@h/d?geheim=1", "postgres://u:ge%zzheim@h/d", "host='geheim"}) {
        try {
            url_of(text);
            ADD_FAILURE() << text;
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), ExitCode::usage);
            EXPECT_EQ(failure.what_happened().find("geheim"), std::string::npos) << failure.what_happened();
            EXPECT_EQ(failure.what_happened().find("zzheim"), std::string::npos) << failure.what_happened();
        }
    }
}

TEST(ConnectionUrls, HintAtTheKeywordThatWasMeant) {
    try {
        url_of("postgres://u@h/d?sslmod=require");
        ADD_FAILURE();
    } catch (const Failure& failure) {
        EXPECT_NE(failure.what_happened().find("\"sslmode\" is near"), std::string::npos) << failure.what_happened();
    }
}

TEST(ConnectionUrls, GoToProgramsThroughTheirEnvironment) {
    const auto variables =
        url_of(
            "postgres://u:p@h:1/d?sslmode=verify-full&sslrootcert=/c&connect_timeout=3&target_session_attrs=read-write"
            "&application_name=a&options=-c%20x%3D1&passfile=/f&channel_binding=require&hostaddr=127.0.0.1")
            .environment();
    const std::map<std::string, std::string> expected{{"PGHOST", "h"},
                                                      {"PGHOSTADDR", "127.0.0.1"},
                                                      {"PGPORT", "1"},
                                                      {"PGUSER", "u"},
                                                      {"PGPASSWORD", "p"},
                                                      {"PGDATABASE", "d"},
                                                      {"PGSSLMODE", "verify-full"},
                                                      {"PGSSLROOTCERT", "/c"},
                                                      {"PGCONNECT_TIMEOUT", "3"},
                                                      {"PGAPPNAME", "a"},
                                                      {"PGOPTIONS", "-c x=1"},
                                                      {"PGPASSFILE", "/f"},
                                                      {"PGCHANNELBINDING", "require"},
                                                      {"PGTARGETSESSIONATTRS", "read-write"}};
    EXPECT_EQ(variables, expected);
}

TEST(ConnectionUrls, MergeSettingsWithThoseTheyHave) {
    const ConnectionUrl url = url_of(R"(options='-c lock_timeout=1s -cwork_mem=4MB --search-path=a\\ b -c geqo=off')");
    EXPECT_EQ(url.with_setting("lock_timeout", "2s").part("options"),
              R"(-cwork_mem=4MB --search-path=a\ b -c geqo=off -c lock_timeout=2s)");
    EXPECT_EQ(url.with_setting("search_path", "x, y").part("options"),
              R"(-c lock_timeout=1s -cwork_mem=4MB -c geqo=off -c search_path=x,\ y)");
    EXPECT_EQ(url.with_setting("work_mem", "1MB").with_setting("work_mem", "2MB").part("options"),
              R"(-c lock_timeout=1s --search-path=a\ b -c geqo=off -c work_mem=2MB)");
}

TEST(ConnectionUrls, AreTypedAsPsqlWithoutASecret) {
    EXPECT_EQ(url_of("postgres://me:hidden@db.example:5433/shop").psql_command(),
              "psql -h db.example -p 5433 -U me -d shop");
    EXPECT_EQ(url_of("postgres://me:hidden@db/shop?sslmode=require&sslrootcert=/etc/our%20ca.pem&sslpassword=hidden"
                     "&options=-cwork_mem%3D4MB&application_name=x")
                  .psql_command(),
              R"(psql -h db -U me -d 'dbname=shop sslmode=require sslrootcert='\''/etc/our ca.pem'\''')");
    EXPECT_EQ(url_of("service=production dbname=shop").psql_command(), "psql -d 'dbname=shop service=production'");
    EXPECT_EQ(url_of("dbname='a b' host=/run/pg").psql_command(), "psql -h /run/pg -d 'a b'");
}

TEST(ConnectionUrls, CarrySettingsToTheServer) {
    Interruption interruption;
    const ConnectionUrl url = url_of(test::PostgresCluster::shared().url())
                                  .with_setting("search_path", "\"a b\", c")
                                  .with_setting("lock_timeout", "7s");
    Session session(ConnectionUrl(url.url()), "test", interruption);
    EXPECT_EQ(session.value("show search_path"), "\"a b\", c");
    EXPECT_EQ(session.value("show lock_timeout"), "7s");
}

TEST(SettingsInOptionsForm, AreEscaped) {
    EXPECT_EQ(options_text({{"a", "b"}, {"c", "d e\\f"}}), R"(-c a=b -c c=d\ e\\f)");
    EXPECT_EQ(options_text({}), "");
}

}  // namespace
}  // namespace lastgood
