#include "database/losses.hpp"

#include "core/failure.hpp"
#include "database/server.hpp"
#include "owned_databases.hpp"

#include <algorithm>
#include <atomic>

namespace lastgood {
namespace {

using namespace std::chrono_literals;

class Losses : public OwnedDatabases {
  protected:
    void SetUp() override {
        static int made = 0;
        m_database = create_owned("losses " + std::to_string(++made), "");
        m_user.emplace(open(m_database, k_owner, "user"));
        m_migrator.emplace(open(m_database, k_owner, "migrator"));
        m_user->execute(
            "CREATE TABLE orders (id serial, amount int); INSERT INTO orders (amount) SELECT 1 FROM generate_series(1, "
            "1000);"
            "CREATE TABLE \"Quiet \"\"Ä\" (id int)");
    }
    void capture() {
        m_question.snapshot = current_snapshot(*m_user);
        m_question.then = read_catalogue(*m_user).tables;
    }
    void begin_migrate() {
        RowCounts counts =
            count_rows({m_migrator->url(), "migrator", 2, m_migrator->interruption()}, m_question.snapshot);
        m_question.before_migrate = std::move(counts.tables);
        m_question.window_begin = std::move(counts.position);
    }
    void end_migrate() { m_question.window_end = current_snapshot(*m_migrator); }
    void user_writes(int rows, const std::string& table = "orders (amount)") {
        m_user->execute("INSERT INTO " + table + " SELECT 7 FROM generate_series(1, " + std::to_string(rows) + ")");
    }
    /// As the `sql` framework does: a transaction that is noted as the migration's own.
    void migrate(const std::string& statements) {
        m_migrator->execute("BEGIN");
        const auto first = *m_migrator->value("SELECT pg_current_xact_id()");
        m_migrator->execute(statements);
        m_migrator->execute("COMMIT");
        m_question.own_transactions.push_back(first + ":" +
                                              *m_migrator->value("SELECT pg_snapshot_xmax(pg_current_snapshot())"));
    }
    TableLoss loss(const std::string& table = "public.orders") {
        Session looking = open(m_database, k_owner);
        m_report = count_losses(looking, m_question);
        for (const auto& one : m_report.tables) {
            if (one.table == table) return one;
        }
        return {};
    }
    static std::pair<std::uint64_t, std::uint64_t> numbers(const TableLoss& loss) {
        return {loss.certain, loss.possible};
    }
    using Numbers = std::pair<std::uint64_t, std::uint64_t>;

    std::string m_database;
    std::optional<Session> m_user;
    std::optional<Session> m_migrator;
    LossQuestion m_question;
    LossReport m_report;
};

TEST_F(Losses, AreNoneWhereNobodyWrote) {
    capture();
    begin_migrate();
    end_migrate();
    loss();
    EXPECT_TRUE(m_report.tables.empty());
}

TEST_F(Losses, AreCertainBeforeTheWindowAndAfterItAndPossibleInside) {
    capture();
    user_writes(10);
    begin_migrate();
    user_writes(200);
    end_migrate();
    user_writes(3000);
    EXPECT_EQ(numbers(loss()), Numbers(3010, 200));
    EXPECT_FALSE(m_report.tables[0].upper_bound);
    EXPECT_EQ(m_report.tables.size(), 1U);
    EXPECT_EQ(m_report.certain(), 3010U);
    m_question.writes_open = false;
    EXPECT_EQ(numbers(loss()), Numbers(3010, 0));
    m_question.window_end.clear();
    EXPECT_EQ(numbers(loss()), Numbers(10, 0));
    m_question.writes_open = true;
    EXPECT_EQ(numbers(loss()), Numbers(10, 3200));
    m_question.window_known = false;
    EXPECT_EQ(numbers(loss()), Numbers(0, 3210));
}

TEST_F(Losses, AreAllCertainIfMigrateNeverBegan) {
    capture();
    user_writes(10);
    m_user->execute("UPDATE orders SET amount = 2 WHERE id <= 5; DELETE FROM orders WHERE id BETWEEN 900 AND 950");
    EXPECT_EQ(numbers(loss()), Numbers(15, 0));
}

TEST_F(Losses, AreJudgedByTheNotedTransactions) {
    capture();
    user_writes(10);
    begin_migrate();
    migrate(
        "CREATE TABLE ledger (name text); INSERT INTO ledger VALUES ('0001'); INSERT INTO orders (amount) SELECT 9 "
        "FROM generate_series(1, 40)");
    user_writes(200);
    migrate(
        "SAVEPOINT s; INSERT INTO orders (amount) SELECT 9 FROM generate_series(1, 5); RELEASE s; INSERT INTO ledger "
        "VALUES ('0002')");
    end_migrate();
    EXPECT_EQ(numbers(loss()), Numbers(210, 5));
    EXPECT_EQ(m_report.tables.size(), 1U) << "the ledger is no loss";
    m_question.writes_open = false;
    EXPECT_EQ(numbers(loss()), Numbers(210, 0));
}

TEST_F(Losses, InsideATransactionOfTheMigrationArePossible) {
    capture();
    begin_migrate();
    m_migrator->execute("BEGIN");
    const auto first = *m_migrator->value("SELECT pg_current_xact_id()");
    user_writes(7);
    m_migrator->execute("INSERT INTO orders (amount) VALUES (9); COMMIT");
    m_question.own_transactions = {first + ":" + *m_migrator->value("SELECT pg_snapshot_xmax(pg_current_snapshot())")};
    end_migrate();
    EXPECT_EQ(numbers(loss()), Numbers(0, 7));
}

TEST_F(Losses, InATransactionThatWasOpenAtTheSnapshotAreCounted) {
    m_user->execute("BEGIN; INSERT INTO orders (amount) VALUES (1), (2)");
    m_question.snapshot = current_snapshot(*m_migrator);
    m_question.then = read_catalogue(*m_migrator).tables;
    m_user->execute("COMMIT");
    begin_migrate();
    m_user->execute("BEGIN; INSERT INTO orders (amount) VALUES (1)");
    end_migrate();
    m_user->execute("COMMIT");
    EXPECT_EQ(numbers(loss()), Numbers(3, 0));
}

TEST_F(Losses, InASavepointThatWasOpenAtTheSnapshotAreCounted) {
    m_user->execute("BEGIN; INSERT INTO orders (amount) VALUES (1)");
    Session nested = open(m_database, k_owner, "nested");
    nested.execute(
        "BEGIN; SELECT pg_current_xact_id(); SAVEPOINT a; INSERT INTO orders (amount) VALUES (1), (2); SAVEPOINT b; "
        "INSERT INTO orders (amount) VALUES (1), (2), (3); RELEASE b; SAVEPOINT c; INSERT INTO orders (amount) VALUES "
        "(9); ROLLBACK TO c");
    m_question.snapshot = current_snapshot(*m_migrator);
    m_question.then = read_catalogue(*m_migrator).tables;
    m_user->execute("COMMIT");
    nested.execute("SAVEPOINT d; INSERT INTO orders (amount) SELECT 4 FROM generate_series(1, 10); COMMIT");
    begin_migrate();
    end_migrate();
    EXPECT_EQ(numbers(loss()), Numbers(1 + 2 + 3 + 10, 0));
}

TEST_F(Losses, OfASavepointWhoseTransactionEndedMeanwhileArePossible) {
    m_user->execute(
        "BEGIN; INSERT INTO orders (amount) VALUES (1); SAVEPOINT a; INSERT INTO orders (amount) VALUES (1), (2)");
    Session seen = open(m_database, k_owner, "seen");
    seen.execute("INSERT INTO orders (amount) VALUES (5)");
    // As pg_current_snapshot() tells it: without the savepoint.
    m_question.snapshot = *m_migrator->value("SELECT pg_current_snapshot()");
    m_question.then = read_catalogue(*m_migrator).tables;
    m_user->execute("COMMIT");
    seen.execute("INSERT INTO orders (amount) VALUES (5), (6), (7)");
    begin_migrate();
    EXPECT_EQ(m_question.before_migrate.back().perhaps_newer, 3U);
    migrate("UPDATE orders SET amount = 0");
    end_migrate();
    EXPECT_EQ(numbers(loss()), Numbers(1 + 3, 2 + 1));
    EXPECT_NE(loss().note.find("may be of transactions that were open"), std::string::npos) << loss().note;
    m_question.writes_open = false;
    migrate("ALTER TABLE orders ALTER amount TYPE text");
    end_migrate();
    EXPECT_EQ(numbers(loss()), Numbers(1 + 3, 2 + 1)) << "the ids are gone, the count before migrate is not";
    migrate("DROP TABLE orders");
    end_migrate();
    EXPECT_EQ(numbers(loss()), Numbers(1 + 3, 2 + 1));
}

TEST_F(Losses, AreNotEvenPossibleIfNothingWasOpenAtTheSnapshot) {
    user_writes(10);
    capture();
    begin_migrate();
    EXPECT_EQ(m_question.before_migrate.back().perhaps_newer, 0U);
    end_migrate();
    EXPECT_EQ(numbers(loss()), Numbers(0, 0));
}

TEST_F(Losses, OfARewrittenTableAreAnUpperBound) {
    capture();
    user_writes(10);
    begin_migrate();
    m_migrator->execute("ALTER TABLE orders ALTER amount TYPE text");
    end_migrate();
    user_writes(3);
    const TableLoss open = loss();
    EXPECT_EQ(numbers(open), Numbers(13, 1010));
    EXPECT_TRUE(open.upper_bound);
    m_question.writes_open = false;
    EXPECT_EQ(numbers(loss()), Numbers(13, 0));
}

TEST_F(Losses, OfATruncatedAndAnEmptiedTableAreKnownFromTheCountBefore) {
    capture();
    user_writes(10);
    begin_migrate();
    migrate("DELETE FROM orders");
    end_migrate();
    EXPECT_EQ(numbers(loss()), Numbers(10, 0));
    EXPECT_TRUE(loss().upper_bound);
    migrate("TRUNCATE orders");
    end_migrate();
    EXPECT_EQ(numbers(loss()), Numbers(10, 0));
}

TEST_F(Losses, ThatTheMigrationUpdatedAreStillCounted) {
    capture();
    user_writes(10);
    begin_migrate();
    migrate("UPDATE orders SET amount = amount * 100");
    end_migrate();
    EXPECT_EQ(numbers(loss()), Numbers(10, 0));
}

TEST_F(Losses, OfADroppedTableAreCertain) {
    m_user->execute("CREATE TABLE gone (id int)");
    capture();
    user_writes(10, "gone");
    m_user->execute("CREATE TABLE \"new and Gone\" (id int)");
    user_writes(4, "\"new and Gone\"");
    begin_migrate();
    m_migrator->execute("DROP TABLE gone, \"new and Gone\"");
    end_migrate();
    m_question.writes_open = false;
    const TableLoss gone = loss("public.gone");
    EXPECT_EQ(numbers(gone), Numbers(10, 0));
    EXPECT_TRUE(gone.upper_bound);
    EXPECT_NE(gone.note.find("dropped"), std::string::npos);
    EXPECT_EQ(loss("public.new and Gone").certain, 4U);
    EXPECT_EQ(m_report.tables.size(), 2U);
}

TEST_F(Losses, OfARenamedTableGoByItsNewName) {
    capture();
    user_writes(10);
    begin_migrate();
    migrate("ALTER TABLE orders RENAME TO \"Order's Ä\"");
    end_migrate();
    user_writes(2, "\"Order's Ä\" (amount)");
    EXPECT_EQ(numbers(loss("public.Order's Ä")), Numbers(12, 0));
    EXPECT_EQ(m_report.tables.size(), 1U);
}

TEST_F(Losses, OfANewTableFollowTheSameRules) {
    capture();
    m_user->execute("CREATE TABLE by_user (id int)");
    user_writes(3, "by_user");
    begin_migrate();
    migrate("CREATE TABLE by_migration (id int); INSERT INTO by_migration SELECT 1 FROM generate_series(1, 50)");
    user_writes(20, "by_migration");
    end_migrate();
    user_writes(100, "by_migration");
    EXPECT_EQ(numbers(loss("public.by_user")), Numbers(3, 0));
    EXPECT_EQ(numbers(loss("public.by_migration")), Numbers(120, 0));
}

TEST_F(Losses, AreRightWithTwoWritersAtOnce) {
    capture();
    std::atomic<int> before{0};
    std::atomic<int> inside{0};
    std::atomic<int> after{0};
    std::atomic<std::atomic<int>*> phase{&before};
    const auto write = [&](const std::stop_token& over) {
        Session session = open(m_database, k_owner, "writer");
        while (!over.stop_requested()) {
            session.execute("INSERT INTO orders (amount) VALUES (5)");
            ++*phase.load();
        }
    };
    std::jthread one(write);
    std::jthread two(write);
    ASSERT_TRUE(comes_true([&] { return before > 200; }));
    const int before_begin = before;
    begin_migrate();
    phase = &inside;
    ASSERT_TRUE(comes_true([&] { return inside > 200; }));
    migrate("INSERT INTO orders (amount) SELECT 9 FROM generate_series(1, 500)");
    end_migrate();
    phase = &after;
    ASSERT_TRUE(comes_true([&] { return after > 200; }));
    for (auto* writer : {&one, &two}) {
        writer->request_stop();
        writer->join();
    }
    const int written = before + inside + after;
    const TableLoss noted = loss();
    EXPECT_EQ(noted.certain + noted.possible, static_cast<unsigned>(written));
    EXPECT_LT(noted.possible, static_cast<unsigned>(inside))
        << "only what came between the noted transaction's id and its end";
    m_question.own_transactions.clear();
    const TableLoss window = loss();
    EXPECT_EQ(window.certain + window.possible, static_cast<unsigned>(written + 500));
    // The window begins with the snapshot of the count, the phase when it is done; and a writer can be between its
    // commit and its count when the phase changes.
    EXPECT_GE(window.possible + 4, static_cast<unsigned>(inside + 500));
    EXPECT_LE(window.possible, static_cast<unsigned>(before - before_begin + inside + 500 + 4));
}

TEST_F(Losses, ThatCannotBeCountedAreAFailureThatNamesTheGrant) {
    capture();
    m_cluster.sql(m_database, "CREATE TABLE secret (id int)");
    try {
        loss();
        FAIL() << "counted";
    } catch (const Failure& failure) {
        EXPECT_NE(failure.next().find("GRANT SELECT ON \"public\".\"secret\""), std::string::npos) << failure.next();
    }
    m_cluster.sql(m_database, "GRANT SELECT ON secret TO PUBLIC; ALTER TABLE secret ENABLE ROW LEVEL SECURITY");
    EXPECT_THROW(loss(), Failure);
}

TEST_F(Losses, OfTemporaryTablesDoNotCount) {
    capture();
    m_user->execute("CREATE TEMP TABLE mine (id int); INSERT INTO mine VALUES (1)");
    loss();
    EXPECT_TRUE(m_report.tables.empty());
}

}  // namespace
}  // namespace lastgood
