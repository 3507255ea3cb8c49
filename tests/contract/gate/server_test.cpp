#include "gate/server.hpp"

#include "database/server_options.hpp"
#include "gate_world.hpp"
#include "raw_client.hpp"

#include <fstream>

namespace lastgood {
namespace {

/// A server that wants TLS and a password, and the gate's credentials for it.
class GateServers : public GateWorld {
  protected:
    static test::PostgresCluster& strict() {
        static test::PostgresCluster cluster;
        static const bool demanded = (cluster.demand_tls_and_password("t0p/secret?"), true);
        return demanded ? cluster : cluster;
    }
    Gate::Order strict_order() { return {ConnectionUrl(Secret(strict().url())), k_name}; }
};

/// The most memory that this process has had since forget_peak(), in bytes.
std::size_t peak() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word && word != "VmHWM:") continue;
    std::size_t kilobytes = 0;
    status >> kilobytes;
    return kilobytes << 10U;
}
void forget_peak() {
    std::ofstream("/proc/self/clear_refs") << "5";
}

TEST_F(GateServers, LogInWithTlsAndAPasswordThatTheProgramNeverSees) {
    Gate gate(strict_order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    EXPECT_EQ(url.url().reveal().find("secret"), std::string::npos);
    const ProcessResult result =
        psql(url,
             "select ssl, version from pg_stat_ssl where pid = pg_backend_pid();\n"
             "create table t as select n, repeat('x', 1000) s from generate_series(1, 20000) n;\n"
             "create temp table u (like t);\n\\copy t to program 'cat > /dev/null'\n"
             "\\copy (select * from t) to pstdout\n");
    EXPECT_TRUE(result.out.starts_with("t|TLSv1.3\n1\txxx")) << result.err;
    EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 20001);
    const ProcessResult back = psql(url, "create temp table u (n int, s text);\ncopy u from stdin;\n" +
                                             result.out.substr(10) + "\\.\nselect count(*), sum(length(s)) from u;\n");
    EXPECT_EQ(back.out, "20000|20000000\n") << back.err;
    EXPECT_TRUE(comes_true([&] { return m_listener.count("ended") == 2; }));
}

TEST_F(GateServers, EndWhatRunsUnderTlsToo) {
    Gate gate(strict_order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    end_in("wait_event = 'PgSleep'", url, {"psql", "-X", "-c", "select pg_sleep(600)"}, strict());
    EXPECT_TRUE(comes_true([&] { return m_listener.count("ended") == 1; }));
    EXPECT_EQ(strict().sql("postgres",
                           "select count(*) from pg_stat_activity where query ~ 'pg_sleep' and pid <> "
                           "pg_backend_pid()"),
              "0");
}

TEST_F(GateServers, SayThatThePasswordIsWrong) {
    Gate::Order wrong = strict_order();
    wrong.target = wrong.target.with("password", "guessed");
    Gate gate(wrong, m_listener, m_interruption);
    const ProcessResult result = psql(gate.listen_in_directory(), "select 1");
    EXPECT_NE(result.err.find("password authentication failed for user \"postgres\""), std::string::npos) << result.err;
    EXPECT_EQ(result.err.find("guessed"), std::string::npos);
}

TEST_F(GateServers, PassLongValuesWithoutHoldingThem) {
    constexpr std::size_t k_long = 64UL << 20U;
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    psql(url, "select repeat('x', 20000000)");
    forget_peak();
    const std::size_t before = peak();
    const ProcessResult result =
        run(url, {"sh", "-c",
                  "psql -X -A -t -c \"select repeat('x', " + std::to_string(k_long) +
                      ")\" | wc -c; "
                      "head -c " +
                      std::to_string(k_long) +
                      " /dev/zero | tr '\\0' x | psql -X -q -A -t -c 'create temp "
                      "table t (s text)' -c 'copy t from stdin' -c 'select length(s) from t'"});
    EXPECT_EQ(result.out, std::to_string(k_long + 1) + "\n" + std::to_string(k_long) + "\n") << result.err;
    EXPECT_LT(peak() - before, 20UL << 20U);
}

TEST_F(GateServers, TellTheProgramWhatTheServerToldLast) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    RawClient client(url);
    client.log_in(url);
    m_cluster.sql("postgres", "select pg_terminate_backend(" + std::to_string(client.pid) + ")");
    EXPECT_EQ(client.hear('Z'), "E:57P01 end");
}

TEST(ServerOptions, AreMergedSoThatTheStrongerWin) {
    EXPECT_EQ(merge_options("-c a=1 --lock-timeout=5 -c b=x\\ y -S 4MB\\", "-c LOCK_TIMEOUT=2s -e"),
              "-c a=1 -c b=x\\ y -S 4MB\\\\ -c LOCK_TIMEOUT=2s -e");
    EXPECT_EQ(merge_options("", "-c a=1"), "-c a=1");
    EXPECT_EQ(merge_options("-c a=1", ""), "-c a=1");
}

}  // namespace
}  // namespace lastgood
