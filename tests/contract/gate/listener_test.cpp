#include "gate/listener.hpp"

#include "gate/statements.hpp"
#include "gate_world.hpp"
#include "raw_client.hpp"

namespace lastgood {
namespace {

using Notes = std::vector<std::string>;

class GateListeners : public GateWorld {
  protected:
    void SetUp() override {
        m_cluster.sql(m_database, "create table a (n int); create table b (n int); insert into a values (1)");
        m_listener.at_commit = [this](int pid) { m_locked.push_back(locked_by(pid)); };
    }
    /// The tables that a backend has locked.
    std::string locked_by(int pid) {
        return m_cluster.sql(m_database,
                             "select string_agg(relation::regclass || ' ' || mode, ', ' order by relation::regclass, "
                             "mode) from pg_locks where locktype = 'relation' and relation > 16383 and pid = " +
                                 std::to_string(pid));
    }
    Notes notes_between() {
        Notes notes = m_listener.notes();
        if (!notes.empty() && notes.front() == "connected") notes.erase(notes.begin());
        return notes;
    }

    std::vector<std::string> m_locked;
};

TEST_F(GateListeners, SeeTheLocksOfATransactionThatIsAboutToCommit) {
    Gate gate(order(), m_listener, m_interruption);
    psql(gate.listen_on_loopback(),
         "begin;\nalter table a add m int;\ninsert into b values (1);\ncommit;\n"
         "start transaction; lock table b in share mode;\n/* done */ end;\n"
         "begin; update a set n = 2 where n = 1; rollback;\nupdate b set n = 3;\n");
    EXPECT_TRUE(comes_true([&] { return m_listener.count("ended") == 1; }));
    EXPECT_EQ(m_locked, (std::vector<std::string>{"a AccessExclusiveLock, b RowExclusiveLock", "b ShareLock"}));
    EXPECT_EQ(m_listener.notes(),
              (Notes{"connected", "BEGIN <- begin", "ALTER TABLE <- alter table a add m int",
                     "INSERT 0 1 <- insert into b values (?)", "before_commit", "COMMIT <- commit",
                     "START TRANSACTION <- start transaction", "LOCK TABLE <- lock table b in share mode",
                     "before_commit", "COMMIT <- end", "BEGIN <- begin", "UPDATE 1 <- update a set n = ? where n = ?",
                     "ROLLBACK <- rollback", "UPDATE 1 <- update b set n = ?", "ended"}));
}

TEST_F(GateListeners, HearOfACommitAmongOtherStatementsBeforeTheQueryRuns) {
    Gate gate(order(), m_listener, m_interruption);
    Session session = through(gate.listen_on_loopback());
    session.execute("begin; update a set n = 4; -- commit\n commit; select 'it''s; commit'");
    session.execute("select 'a;b'; select 2;");
    EXPECT_EQ(m_locked.size(), 1U);
    EXPECT_EQ(notes_between(),
              (Notes{"before_commit", "BEGIN <- begin", "UPDATE 1 <- update a set n = ?", "COMMIT <- commit",
                     "SELECT 1 <- select ?", "SELECT 1 <- select ?", "SELECT 1 <- select ?"}));
}

TEST_F(GateListeners, HearOfCommitsByTheExtendedProtocol) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    RawClient client(url);
    client.log_in(url);
    client.send(parse_message("commit", "done") + parse_message("update a set n = n + 1", "add") + sync_message());
    EXPECT_EQ(client.hear('Z'), "1 1 Z:I");
    client.send(run_message("begin") + bind_message("add", "p") + execute_message("p") + sync_message());
    EXPECT_EQ(client.hear('Z'), "1 2 C:BEGIN 2 C:UPDATE_1 Z:T");
    client.send(bind_message("done") + execute_message() + sync_message());
    EXPECT_EQ(client.hear('Z'), "2 C:COMMIT Z:I");
    EXPECT_EQ(m_locked, (std::vector<std::string>{"a RowExclusiveLock"}));
    EXPECT_EQ(notes_between(),
              (Notes{"BEGIN <- begin", "UPDATE 1 <- update a set n = n + ?", "before_commit", "COMMIT <- commit"}));
}

TEST_F(GateListeners, SeeTheLocksAlsoWhenEverythingWasSentAtOnce) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    RawClient client(url);
    client.log_in(url);
    client.send(run_message("begin") + run_message("lock table a") + run_message("commit") + run_message("select 1") +
                sync_message());
    EXPECT_EQ(client.hear('Z'), "1 2 C:BEGIN 1 2 C:LOCK_TABLE 1 2 C:COMMIT 1 2 D:1 C:SELECT_1 Z:I");
    client.send(query_message("begin") + query_message("lock table b") + query_message("commit"));
    for (const char* answer : {"C:BEGIN Z:T", "C:LOCK_TABLE Z:T", "C:COMMIT Z:I"}) EXPECT_EQ(client.hear('Z'), answer);
    EXPECT_EQ(m_locked, (std::vector<std::string>{"a AccessExclusiveLock", "b AccessExclusiveLock"}));
}

TEST_F(GateListeners, AreNotHeldUpByAnErrorBeforeTheCommit) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    RawClient client(url);
    client.log_in(url);
    client.send(run_message("begin") + run_message("select 1/0") + run_message("commit") + sync_message() +
                run_message("commit") + sync_message());
    EXPECT_EQ(client.hear('Z'), "1 2 C:BEGIN 1 E:22012 Z:E");
    EXPECT_EQ(client.hear('Z'), "1 2 C:ROLLBACK Z:I");
    client.send(run_message("copy b from stdin") + sync_message());
    EXPECT_EQ(client.hear('G'), "1 2 G");
    client.send(GateMessage('d').octets() + sync_message() + GateMessage('c').octets() + sync_message() +
                run_message("commit") + sync_message());
    EXPECT_EQ(client.hear('Z'), "C:COPY_0 Z:I");
    EXPECT_EQ(client.hear('Z'), "1 2 N:25P01 C:COMMIT Z:I");
}

TEST(StatementsSeen, CommitWhereTheServerWould) {
    for (const char* text :
         {"commit", "COMMIT AND CHAIN", "end", "-- x\n/* /* y */ */ end work;", "select 1; commit",
          "prepare transaction 'x'", "select 'a' from; commit; \\x", ";commit", "select 'x; commit"}) {
        EXPECT_TRUE(statements_of(text).commits) << text;
    }
    for (const char* text :
         {"select 'commit'", "/* commit */ select 1", "rollback", "select 1; select 'commit;'", "prepare x as select 1",
          "endless", "\"commit\"", "", "copy t from stdin; select 1", "do $$ begin commit; end $$"}) {
        EXPECT_FALSE(statements_of(text).commits) << text;
    }
}

}  // namespace
}  // namespace lastgood
