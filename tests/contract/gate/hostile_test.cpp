#include "gate_world.hpp"
#include "raw_client.hpp"

namespace lastgood {
namespace {

/// Whatever somebody sends, the gate stays, and so does whoever else goes through it.
class HostileClients : public GateWorld {
  protected:
    static constexpr std::chrono::milliseconds k_impatient{200};
    /// Of a gate that does not wait long for a login.
    Gate::Order impatient() {
        Gate::Order hurried = order();
        hurried.login_within = k_impatient;
        return hurried;
    }
    /// What a client that is not let in yet hears when it has sent this.
    std::string answer(const std::string& octets) { return answer(m_url, octets); }
    static std::string answer(const ConnectionUrl& url, const std::string& octets) {
        RawClient client(url);
        client.send(octets);
        const std::string heard = client.hear('Z');
        return heard + (client.error.empty() ? "" : " " + client.error);
    }
    std::string number(std::uint32_t value) { return GateMessage('x').int32(value).octets().substr(5); }
    void TearDown() override {
        EXPECT_EQ(through(m_url).value("select 1"), "1");
        m_gate.close();
        EXPECT_EQ(backends(), 0);
    }

    Gate m_gate{order(), m_listener, m_interruption};
    ConnectionUrl m_url = m_gate.listen_on_loopback();
};

TEST_F(HostileClients, LieAboutTheLengthOfTheirStartup) {
    const std::string version = number(3U << 16U);
    for (const std::uint32_t length : {0U, 7U, 10'001U, 0x7fffffffU, 0xffffffffU}) {
        EXPECT_EQ(answer(number(length) + version), "E:08P01 end invalid length of startup packet") << length;
    }
    Gate hurried(impatient(), m_listener, m_interruption);
    const ConnectionUrl url = hurried.listen_on_loopback();
    for (const std::string& unfinished : {number(9'000) + version + "user", std::string(), std::string("\x16\x03\x01")})
        EXPECT_EQ(answer(url, unfinished), "end") << "it is not waited for longer than for a login";
    EXPECT_EQ(answer("GET / HTTP/1.1\r\n\r\n"), "E:08P01 end invalid length of startup packet");
}

TEST_F(HostileClients, SendStartupsThatAreNone) {
    EXPECT_EQ(answer(number(8) + number(2U << 16U)),
              "E:08P01 end unsupported frontend protocol: only version 3 is spoken");
    EXPECT_EQ(answer(number(12) + number(3U << 16U) + "user"), "E:08P01 end invalid string in message");
    EXPECT_EQ(answer(number(13) + number(3U << 16U) + std::string("user\0", 5)),
              "E:08P01 end invalid string in message");
    EXPECT_EQ(answer(number(10) + number(3U << 16U) + std::string("\0x", 2)),
              "E:08P01 end invalid startup packet layout: expected terminator as last byte");
    const std::string tls = number(8) + number(80'877'103);
    EXPECT_EQ(answer(tls + tls + tls), "end") << "the answer N is no message";
}

TEST_F(HostileClients, GuessThePassword) {
    const std::string startup = RawClient::startup("user=x");
    const std::string refused = "R E:28P01 end password authentication failed at the gate to the database";
    const std::string password = m_gate.password().reveal();
    for (const std::string& guess : {std::string(), std::string("x"), password.substr(1), password + "x"}) {
        EXPECT_EQ(answer(startup + GateMessage('p').text(guess).octets()), refused) << guess;
    }
    EXPECT_EQ(answer(startup + GateMessage('p').octets()), "R E:08P01 end invalid string in message");
    EXPECT_EQ(answer(startup + "p" + number(0x7fffffff)), "R E:08P01 end invalid message length");
    EXPECT_EQ(answer(startup + query_message("select 1")), "R E:08P01 end expected a password");
    EXPECT_TRUE(m_listener.notes().empty());
}

TEST_F(HostileClients, AskForAProtocolThatIsNotSpokenYet) {
    RawClient client(m_url);
    client.send(RawClient::startup("_pq_.nonsense=1", (3U << 16U) | 2U));
    EXPECT_EQ(client.hear('R'), "v R");
    client.send(GateMessage('p').text(m_gate.password().reveal()).octets());
    EXPECT_EQ(client.hear('Z'), "R Z:I");
}

TEST_F(HostileClients, BreakTheProtocolOnceTheyAreIn) {
    const std::vector<std::pair<std::string, std::string>> broken{
        {"Q" + number(3), "invalid message length"},
        {"Q" + number(0x40000000), "invalid message length"},
        {"S" + number(10'001), "invalid message length"},
        {"~" + number(4), "invalid message type"},
        {GateMessage('p').text("x").octets(), "invalid message type"},
        {GateMessage('Q').octet('x').octets(), "invalid string in message"},
        {GateMessage('P').text("").octets(), "invalid string in message"},
        {GateMessage('B').text("").octets(), "invalid string in message"},
        {GateMessage('C').octets(), "invalid message format"},
        {GateMessage('E').octets(), "invalid string in message"},
    };
    for (const auto& [octets, words] : broken) {
        RawClient client(m_url);
        client.log_in(m_url);
        client.send(octets);
        EXPECT_EQ(client.hear('Z'), "E:08P01 end");
        EXPECT_EQ(client.error, words);
    }
}

TEST_F(HostileClients, LeaveInTheMiddle) {
    m_cluster.sql(m_database, "create table t (n int)");
    for (const std::string& octets :
         {std::string("Q") + number(1'000'000) + "select",
          query_message("copy t from stdin") + "d" + number(100) + "1\n",
          query_message("begin; insert into t values (1)") + "B" + number(1'000'000) + std::string(100'000, '\0'),
          query_message("select pg_sleep(600)"), run_message("lock table t") + run_message("commit")}) {
        RawClient client(m_url);
        client.log_in(m_url);
        client.send(octets);
        client.hang_up();
    }
    EXPECT_TRUE(comes_true([&] { return m_listener.count("ended") == 5; }));
    EXPECT_EQ(backends(), 0);
    EXPECT_EQ(m_cluster.sql(m_database, "select count(*) from t"), "0");
}

TEST_F(HostileClients, CancelWhatIsNotTheirs) {
    RawClient client(m_url);
    client.log_in(m_url);
    client.send(query_message("select pg_sleep(600)"));
    const auto cancel = [&](std::uint32_t pid, std::uint32_t key) {
        RawClient other(m_url);
        other.send(number(16) + number(80'877'102) + number(pid) + number(key));
        EXPECT_EQ(other.hear('Z'), "end");
    };
    ASSERT_TRUE(falls_asleep(static_cast<int>(client.pid)));
    cancel(client.pid, client.key + 1);
    cancel(client.pid + 1, client.key);
    cancel(0, 0);
    EXPECT_EQ(m_cluster.sql("postgres", "select state from pg_stat_activity where pid = " + std::to_string(client.pid)),
              "active");
    cancel(client.pid, client.key);
    EXPECT_EQ(client.hear('Z'), "T E:57014 Z:I");
}

TEST_F(HostileClients, DoNotReadWhatTheyAskedFor) {
    RawClient deaf(m_url);
    deaf.log_in(m_url);
    deaf.send(query_message("select repeat('x', 1000000) from generate_series(1, 100)"));
    RawClient greedy(m_url);
    greedy.log_in(m_url);
    greedy.send(query_message("select repeat('x', 1000000) from generate_series(1, 20)"));
    EXPECT_TRUE(greedy.hear('Z').ends_with("C:SELECT_20 Z:I"));
}

TEST_F(HostileClients, ComeInGreatNumbersWithoutAWord) {
    Gate hurried(impatient(), m_listener, m_interruption);
    const ConnectionUrl url = hurried.listen_on_loopback();
    std::vector<std::unique_ptr<RawClient>> crowd;
    for (int i = 0; i < 100; ++i) crowd.push_back(std::make_unique<RawClient>(url));
    EXPECT_TRUE(comes_true([&] { return psql(url, "select 1").out == "1\n"; })) << "they are let go after a while";
}

}  // namespace
}  // namespace lastgood
