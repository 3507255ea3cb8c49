#include "outside/isolation.hpp"

#include "gate_world.hpp"

namespace lastgood {
namespace {

constexpr std::uint16_t k_port = 5432;

/// A program that must reach a clone, and never the production database beside it.
class IsolatedPrograms : public GateWorld {
  protected:
    void SetUp() override {
        if (const std::string reason = m_processes.why_no_isolation(); !reason.empty()) GTEST_SKIP() << reason;
        m_cluster.sql(m_database, "create table here (n int)");
    }
    ProcessResult run_isolated(Gate& gate, const std::string& script) {
        Command command;
        command.argv = {"sh", "-c", script};
        command.environment = gate.url(k_port).environment();
        command.environment["PRODUCTION"] = m_cluster.url(m_production);
        command.environment["SOCKET"] = m_cluster.data().parent_path().string();
        command.only = {{"PATH", "HOME"}};
        command.isolation = Isolation{k_port, [&gate](Descriptor listener) { gate.serve(std::move(listener)); }};
        return m_processes.run(command);
    }

    std::string m_production = m_cluster.create_database();
};

TEST_F(IsolatedPrograms, ReachTheCloneAndNothingBeside) {
    Gate gate(order(), m_listener, m_interruption);
    const ProcessResult result =
        run_isolated(gate, R"(
        psql -X -A -t -c 'select current_database()' -c 'insert into here values (1)'
        psql -X -d "$PRODUCTION" -c 'create table reached (n int)' 2>&1 | grep -o 'Connection refused'
        psql -X -h "$SOCKET" -p )" +
                               std::to_string(m_cluster.port()) + R"( -d )" + m_production +
                               R"( -c 'create table reached (n int)' 2>&1 | grep -o 'not supported by protocol'
        psql -X -A -t -d "host=localhost port=5432 dbname=)" +
                               m_production + R"( user=x password=" -c 'select current_database()'
    )");
    EXPECT_EQ(result.out,
              m_database + "\nINSERT 0 1\nConnection refused\nnot supported by protocol\n" + m_database + "\n")
        << result.err;
    EXPECT_EQ(m_cluster.sql(m_production, "select to_regclass('reached') is null"), "t");
    EXPECT_EQ(m_cluster.sql(m_database, "select count(*) from here"), "1");
}

TEST_F(IsolatedPrograms, AreServedOneAfterTheOther) {
    Gate gate(order(), m_listener, m_interruption);
    for (const char* n : {"1", "2", "3"}) {
        const ProcessResult result =
            run_isolated(gate, std::string("psql -X -q -c 'insert into here values (") + n + ")'");
        EXPECT_EQ(result.exit_code, 0) << result.err;
    }
    gate.close();
    EXPECT_EQ(m_cluster.sql(m_database, "select sum(n) from here"), "6");
    EXPECT_EQ(m_listener.count("ended"), 3U);
    EXPECT_EQ(backends(), 0);
}

}  // namespace
}  // namespace lastgood
