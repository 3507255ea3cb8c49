#include "database/fence.hpp"

#include "core/failure.hpp"
#include "database/backends.hpp"
#include "owned_databases.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace lastgood {
namespace {

using namespace std::chrono_literals;

constexpr const char* k_prefix = "lastgood/11111111/";
constexpr const char* k_watchdog = "lastgood/11111111/22222222/watchdog";
constexpr const char* k_keeper = "keeps roles";

class Fence : public OwnedDatabases {
  protected:
    static void SetUpTestSuite() {
        OwnedDatabases::SetUpTestSuite();
        test::PostgresCluster::shared().sql(
            "postgres", "CREATE ROLE \"keeps roles\" LOGIN CREATEROLE; GRANT pg_signal_backend TO \"keeps roles\"");
    }
    void TearDown() override { m_cluster.sql("postgres", "ALTER ROLE \"the app's role\" LOGIN"); }

    Session admin() { return open("postgres", k_keeper, "lastgood/11111111/22222222/lock"); }
    bool app_can_login() {
        return m_cluster.sql("postgres", "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'the app''s role'")
            .starts_with("t");
    }
    static int watchdogs(Session& session) {
        return std::stoi(
            *session.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", {k_watchdog}));
    }
    Failure refused(Session& session, const std::string& role, const std::string& own = "nobody") {
        try {
            plan_closed_fence(session, "postgres", {role}, own);
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), ExitCode::refused);
            EXPECT_FALSE(failure.next().empty());
            return failure;
        }
        throw std::logic_error("not refused: " + role);
    }
};

TEST_F(Fence, ClosedKeepsTheRolesOutAndLetsThemInAgain) {
    const std::string database = m_cluster.create_database("fence Ä \"1\"");
    Session keeper = admin();
    const RaisedFence fence = plan_closed_fence(keeper, database, {k_app, k_app}, k_owner);
    Session app = open(database, k_app);
    Session other = open(database, k_owner);
    EXPECT_FALSE(fence_is_up(keeper, fence));
    raise_fence(keeper, fence);
    EXPECT_TRUE(fence_is_up(keeper, fence));
    EXPECT_TRUE(comes_true([&] { return !app.alive(); }));
    EXPECT_TRUE(other.alive());
    EXPECT_THROW(open(database, k_app), Failure);
    EXPECT_TRUE(lift_fence(keeper, fence, k_prefix));
    EXPECT_FALSE(lift_fence(keeper, fence, k_prefix));
    EXPECT_FALSE(fence_is_up(keeper, fence));
    EXPECT_TRUE(open(database, k_app).alive());
}

TEST_F(Fence, ClosedLeavesRolesAloneThatCouldNotLogInBefore) {
    m_cluster.sql("postgres", "CREATE ROLE never_in NOLOGIN");
    Session keeper = admin();
    const RaisedFence fence = plan_closed_fence(keeper, "postgres", {k_app, "never_in"}, k_owner);
    EXPECT_EQ(fence.roles, std::vector<std::string>{k_app});
}

TEST_F(Fence, ClosedIsRefusedWhereItWouldLockUsOutOrCannotHold) {
    Session keeper = admin();
    EXPECT_NE(refused(keeper, "no such role").what_happened().find("no such role"), std::string::npos);
    EXPECT_NE(refused(keeper, k_keeper).what_happened().find("work as"), std::string::npos);
    EXPECT_NE(refused(keeper, k_app, k_app).what_happened().find("work as"), std::string::npos);
    EXPECT_NE(refused(keeper, "postgres").what_happened().find("superuser"), std::string::npos);
    Session powerless = open("postgres", k_owner);
    EXPECT_NE(refused(powerless, k_app).next().find("CREATEROLE"), std::string::npos);
    m_cluster.sql("postgres", "CREATE ROLE cannot_signal LOGIN CREATEROLE");
    Session app = open("postgres", k_app);
    Session cannot = open("postgres", "cannot_signal");
    EXPECT_NE(refused(cannot, k_app).next().find("pg_signal_backend"), std::string::npos);
    EXPECT_TRUE(app.alive());
}

TEST_F(Fence, ReadOnlyHoldsForNewSessionsAndPutsBackWhatWas) {
    for (const std::string before : {"", "off", "on"}) {
        const std::string database = create_owned("fence_ro_" + before, "");
        Session owner = open("postgres", k_owner);
        if (!before.empty()) {
            owner.execute("ALTER DATABASE \"" + database + "\" SET default_transaction_read_only TO " + before);
        }
        const RaisedFence fence = plan_read_only_fence(owner, database);
        EXPECT_EQ(fence.read_only_before.value_or(""), before);
        Session app = open(database, k_app);
        Session ours = open(database, k_owner, "lastgood/11111111/22222222/digest");
        Session monitoring = open(database, "postgres");
        raise_fence(owner, fence);
        EXPECT_TRUE(comes_true([&] { return !app.alive(); }));
        EXPECT_TRUE(ours.alive());
        EXPECT_TRUE(monitoring.alive());
        EXPECT_EQ(open(database, k_app).value("SHOW transaction_read_only"), "on");
        EXPECT_TRUE(fence_is_up(owner, fence));
        EXPECT_EQ(lift_fence(owner, fence, k_prefix), before != "on");
        EXPECT_EQ(plan_read_only_fence(owner, database).read_only_before.value_or(""), before);
    }
}

TEST_F(Fence, IsLiftedByTheWatchdogAtItsDeadline) {
    Session keeper = admin();
    const RaisedFence fence = plan_closed_fence(keeper, "postgres", {k_app}, k_owner);
    FenceWatchdog watchdog(url("postgres", k_keeper), k_watchdog, fence, keeper, 3s, m_interruption);
    EXPECT_TRUE(watchdog.alive());
    raise_fence(keeper, fence);
    EXPECT_TRUE(watchdog.alive());
    EXPECT_TRUE(comes_true([&] { return app_can_login(); }));
    EXPECT_TRUE(comes_true([&] { return !watchdog.alive(); }));
}

TEST_F(Fence, ThatIsLiftedSendsTheWatchdogHome) {
    Session keeper = admin();
    const RaisedFence fence = plan_closed_fence(keeper, "postgres", {k_app}, k_owner);
    FenceWatchdog watchdog(url("postgres", k_keeper), k_watchdog, fence, keeper, 600s, m_interruption);
    raise_fence(keeper, fence);
    EXPECT_EQ(watchdogs(keeper), 1);
    EXPECT_TRUE(lift_fence(keeper, fence, k_prefix));
    EXPECT_TRUE(comes_true([&] { return watchdogs(keeper) == 0; }));
    EXPECT_TRUE(comes_true([&] { return !watchdog.alive(); }));
}

TEST_F(Fence, LiftedByAPersonSendsTheWatchdogHome) {
    Session keeper = admin();
    const RaisedFence fence = plan_closed_fence(keeper, "postgres", {k_app}, k_owner);
    FenceWatchdog watchdog(url("postgres", k_keeper), k_watchdog, fence, keeper, 600s, m_interruption);
    raise_fence(keeper, fence);
    EXPECT_TRUE(comes_true([&] { return watchdogs(keeper) == 1; }));
    // Only what the watchdog has seen up can be seen down: it looks every second.
    std::string looked = *keeper.value("SELECT clock_timestamp()");
    EXPECT_TRUE(comes_true([&] {
        return keeper.value(
                   "SELECT xact_start > $1::timestamptz + interval '1.1 s' FROM pg_stat_activity"
                   " WHERE application_name = $2",
                   {looked, k_watchdog}) == "t";
    }));
    m_cluster.sql("postgres", "ALTER ROLE \"the app's role\" LOGIN");
    EXPECT_TRUE(comes_true([&] { return !watchdog.alive(); }));
}

TEST_F(Fence, IsLiftedByTheWatchdogWhenItsOwnerIsKilled) {
    const std::string keeper_url = m_cluster.url("postgres", k_keeper);
    const pid_t child = fork();
    if (child == 0) {
        Interruption interruption;
        const ConnectionUrl url{Secret(keeper_url)};
        Session keeper(url, "lastgood/11111111/22222222/lock", interruption);
        const RaisedFence fence = plan_closed_fence(keeper, "postgres", {k_app}, k_owner);
        const FenceWatchdog watchdog(url, k_watchdog, fence, keeper, 600s, interruption, 1s);
        raise_fence(keeper, fence);
        raise(SIGKILL);
        _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_FALSE(app_can_login());
    EXPECT_TRUE(comes_true([&] { return app_can_login(); }));
    Session keeper = admin();
    EXPECT_TRUE(comes_true([&] { return watchdogs(keeper) == 0; }));
}

TEST_F(Fence, StaysUpWhileItsOwnerLivesUnderAnotherRole) {
    Session keeper = admin();
    Session owner = open("postgres", k_owner, "lastgood/11111111/22222222/lock");
    const RaisedFence fence = plan_closed_fence(keeper, "postgres", {k_app}, k_owner);
    FenceWatchdog watchdog(url("postgres", k_keeper), k_watchdog, fence, owner, 600s, m_interruption, 0s);
    raise_fence(keeper, fence);
    const std::string raised = *keeper.value("SELECT clock_timestamp()");
    EXPECT_TRUE(comes_true([&] {
        return keeper.value(
                   "SELECT xact_start > $1::timestamptz + interval '2.5 s' FROM pg_stat_activity"
                   " WHERE application_name = $2",
                   {raised, k_watchdog}) == "t";
    }));
    EXPECT_TRUE(fence_is_up(keeper, fence));
    { const Session gone = std::move(owner); }
    EXPECT_TRUE(comes_true([&] { return app_can_login(); }));
}

TEST_F(Fence, WatchdogThatCannotBeArmedIsAFailure) {
    Session keeper = admin();
    RaisedFence fence = plan_closed_fence(keeper, "postgres", {k_app}, k_owner);
    m_cluster.sql("postgres", "ALTER ROLE \"keeps roles\" CONNECTION LIMIT 1");
    EXPECT_THROW(FenceWatchdog(url("postgres", k_keeper), k_watchdog, fence, keeper, 600s, m_interruption), Failure);
    m_cluster.sql("postgres", "ALTER ROLE \"keeps roles\" CONNECTION LIMIT -1");
}

}  // namespace
}  // namespace lastgood
