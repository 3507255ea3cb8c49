#include "database/session.hpp"

#include "core/interrupted_in_doubt.hpp"
#include "outside/interruption.hpp"
#include "support/postgres_cluster.hpp"
#include "support/trouble_proxy.hpp"

#include <chrono>
#include <csignal>
#include <future>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using namespace std::chrono_literals;

class Sessions : public testing::Test {
  protected:
    Session open(const std::string& name = "test") {
        return {ConnectionUrl(Secret(m_cluster.url())), name, m_interruption};
    }

    /// Until another session sees `pid` run a statement.
    void wait_until_active(int pid) {
        while (m_cluster.sql("postgres",
                             "select query ~ 'pg_sleep' and state = 'active' from pg_stat_activity where pid = " +
                                 std::to_string(pid)) != "t") {
        }
    }

    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    Interruption m_interruption;
};

TEST_F(Sessions, BindParametersAndKeepNullApartFromEmpty) {
    Session session = open();
    const Rows rows = session.query("select $1::text, null::text, ''", {"it's \"$2\" \\ \xc3\xbc"});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0], (Rows::Row{"it's \"$2\" \\ \xc3\xbc", std::nullopt, ""}));
    EXPECT_EQ(session.value("select null"), std::nullopt);
    EXPECT_THROW(session.value("select 1 where false"), std::logic_error);
}

TEST_F(Sessions, QuoteWhatTheServerReadsBackTheSame) {
    Session session = open();
    for (const std::string text : {"a", "it's", "back\\slash", "\"", "\\'", "\n\xc3\xbc"}) {
        EXPECT_EQ(session.value("select " + session.quote_literal(text)), text);
        session.execute("create temp table t (" + session.quote_name(text) + " int); insert into t values (1)");
        EXPECT_EQ(session.value("select " + session.quote_name(text) + " from t"), "1");
        session.execute("drop table t");
    }
}

TEST_F(Sessions, TellRowsThatAStatementTouched) {
    Session session = open();
    session.execute("create temp table t as select generate_series(1, 5) as n; set work_mem = '5MB'");
    EXPECT_EQ(session.query("delete from t where n > $1", {"2"}).affected(), 3);
    EXPECT_EQ(session.value("show work_mem"), "5MB");
}

TEST_F(Sessions, AreNamedForThoseWhoLook) {
    Session session = open("lastgood/x/y/z");
    EXPECT_EQ(session.value("select application_name from pg_stat_activity where pid = $1",
                            {std::to_string(session.backend_pid())}),
              "lastgood/x/y/z");
    EXPECT_EQ(session.value("show client_encoding"), "UTF8");
}

TEST_F(Sessions, SayWhyAStatementFailed) {
    Session session = open();
    try {
        session.execute("create temp table t (n int check (n > 0)); insert into t values (-1)");
        FAIL();
    } catch (const DatabaseError& error) {
        EXPECT_EQ(error.sqlstate(), "23514");
        EXPECT_FALSE(error.connection_lost());
        EXPECT_EQ(error.primary(), "new row for relation \"t\" violates check constraint \"t_n_check\"");
        EXPECT_NE(std::string(error.what()).find("DETAIL:"), std::string::npos);
    }
    EXPECT_EQ(session.value("select 1"), "1");
}

TEST_F(Sessions, KeepTheSqlstateWhateverTheLibraryMakesOfIt) {
    Session session = open();
    for (const std::string state : {"42501", "40001", "40P01", "53100", "23505", "42P01", "0A000", "22012", "57014"}) {
        try {
            session.execute("do $$ begin raise exception using errcode = '" + state + "'; end $$");
            ADD_FAILURE();
        } catch (const DatabaseError& error) {
            EXPECT_EQ(error.sqlstate(), state);
            EXPECT_FALSE(error.connection_lost());
        }
    }
}

TEST_F(Sessions, AreRefusedWithTheServersWords) {
    try {
        Session session(ConnectionUrl(Secret(
                            "postgres://postgres:geheim@127.0.0.1:" + std::to_string(m_cluster.port()) + "/nowhere")),
                        "test", m_interruption);
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::refused);
        EXPECT_NE(failure.what_happened().find("database \"nowhere\" does not exist"), std::string::npos)
            << failure.what_happened();
        EXPECT_NE(failure.what_happened().find("postgres@127.0.0.1:"), std::string::npos);
        EXPECT_EQ((failure.what_happened() + failure.detail() + failure.next()).find("geheim"), std::string::npos);
    }
}

TEST_F(Sessions, RollBackATransactionThatIsNotCommitted) {
    Session session = open();
    session.execute("create temp table t (n int)");
    {
        Transaction transaction(session);
        session.execute("insert into t values (1)");
    }
    EXPECT_EQ(session.value("select count(*) from t"), "0");
    Transaction transaction(session);
    session.execute("insert into t values (1)");
    transaction.commit();
    EXPECT_EQ(session.value("select count(*) from t"), "1");
}

TEST_F(Sessions, DoNotTakeTheCommitOfAFailedTransactionForSuccess) {
    Session session = open();
    {
        Transaction transaction(session);
        EXPECT_THROW(session.execute("select 1/0"), DatabaseError);
        EXPECT_THROW(transaction.commit(), DatabaseError);
    }
    EXPECT_EQ(session.value("select 1"), "1");
}

TEST_F(Sessions, NoticeThatTheirBackendWasEnded) {
    Session session = open();
    EXPECT_TRUE(session.alive());
    m_cluster.sql("postgres", "select pg_terminate_backend(" + std::to_string(session.backend_pid()) + ", 5000)");
    try {
        session.execute("select 1");
        FAIL();
    } catch (const DatabaseError& error) {
        EXPECT_TRUE(error.connection_lost());
    }
    EXPECT_FALSE(session.alive());
    EXPECT_THROW(session.execute("select 1"), DatabaseError) << "a lost session never comes back as another";
}

TEST_F(Sessions, AreNotAliveOnceEndedWhileIdle) {
    Session session = open();
    m_cluster.sql("postgres", "select pg_terminate_backend(" + std::to_string(session.backend_pid()) + ", 5000)");
    EXPECT_FALSE(session.alive());
}

TEST_F(Sessions, LeaveALostCommitInDoubt) {
    Session session = open();
    Transaction transaction(session);
    m_cluster.sql("postgres", "select pg_terminate_backend(" + std::to_string(session.backend_pid()) + ", 5000)");
    try {
        transaction.commit();
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::in_doubt);
    }
}

TEST_F(Sessions, CancelWhatRunsOnTheServerWhenASignalComes) {
    Session session = open();
    const int pid = session.backend_pid();
    auto result = std::async(std::launch::async, [&session] {
        Transaction transaction(session);
        session.query("select pg_sleep(600)");
    });
    wait_until_active(pid);
    const auto begin = std::chrono::steady_clock::now();
    m_interruption.request(SIGINT);
    EXPECT_THROW(result.get(), Interrupted);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
    EXPECT_THROW(session.execute("select 1"), Interrupted);
    const Interruption::Shield shield(m_interruption);
    EXPECT_EQ(session.value("select 1"), "1") << "the transaction was not rolled back after the signal";
}

TEST_F(Sessions, DoNotWaitForASilentServerOnceASignalHasCome) {
    test::TroubleProxy proxy(m_cluster.port(), 1);
    const ConnectionUrl url = ConnectionUrl(Secret(m_cluster.url()))
                                  .with("host", "127.0.0.1")
                                  .with("port", proxy.endpoint().substr(proxy.endpoint().rfind(':') + 1));
    Session session(url, "test", m_interruption);
    Session other(url, "test", m_interruption);
    const auto began = std::make_unique<Transaction>(other);
    auto result = std::async(std::launch::async, [&] { session.execute("select pg_sleep(600)"); });
    wait_until_active(session.backend_pid());
    proxy.set(test::TroubleProxy::Mode::silent);
    const auto begin = std::chrono::steady_clock::now();
    m_interruption.request(SIGTERM);
    EXPECT_THROW(result.get(), InterruptedInDoubt);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
    EXPECT_THROW(Session(url, "test", m_interruption), Interrupted);
    const Interruption::Shield shield(m_interruption);
    EXPECT_THROW(session.execute("select 1"), DatabaseError);
    EXPECT_THROW(other.execute("select 1"), DatabaseError) << "what cleans up waits no longer";
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

TEST_F(Sessions, DoNotTakeATimeoutForASignal) {
    Session session = open();
    session.execute("set statement_timeout = '10ms'");
    try {
        session.execute("select pg_sleep(600)");
        FAIL();
    } catch (const DatabaseError& error) {
        EXPECT_EQ(error.sqlstate(), "57014");
    }
}

TEST(TextArrays, ComeBackAsTheyWent) {
    const std::vector<std::string> values{"a", "", "b,c", "\"q\"", "\\", "NULL", "{x}", " "};
    EXPECT_EQ(parse_array(array_literal(values)), values);
    EXPECT_EQ(parse_array("{}"), std::vector<std::string>{});
    EXPECT_EQ(parse_array("{a,NULL,\"NULL\"}"), (std::vector<std::string>{"a", "", "NULL"}));
    EXPECT_THROW(parse_array("a"), std::invalid_argument);
}

}  // namespace
}  // namespace lastgood
