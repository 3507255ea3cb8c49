#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace lastgood::test {

/// Stands between a client and an HTTP server of the loopback, and makes the trouble of a network.
class TroubleProxy {
  public:
    enum class Mode {
        clean,   ///< forwards everything
        random,  ///< connections are reset, cut after some octets of either side, or answered 500 or 503, as the seed
                 ///< says
        silent,  ///< takes everything, forwards nothing, and holds the connection
    };
    TroubleProxy(int server_port, unsigned seed);
    ~TroubleProxy();
    TroubleProxy(const TroubleProxy&) = delete;
    TroubleProxy& operator=(const TroubleProxy&) = delete;

    std::string endpoint() const;  ///< http://127.0.0.1:<port>
    /// Of what is forwarded from now on; connections that are open keep their random fate.
    void set(Mode mode) { m_mode = mode; }
    /// The answer to the next request that has `words` in its head does not arrive: the connection is reset when it
    /// begins.
    void lose_answer_to(const std::string& words);
    /// Is there still an answer to be lost?
    bool has_one_to_lose() const;
    /// Has something come that silence keeps back?
    bool holds_back() const { return m_holds_back; }
    /// How many connections met trouble.
    int troubles() const { return m_troubles; }

  private:
    /// Octets that may still pass to the server and to the client; an answer instead of the server's, if there is one.
    struct Fate {
        std::int64_t to_server;
        std::int64_t to_client;
        std::string answer;
    };
    Fate next_fate();
    bool takes_away_answer(std::string_view request);
    void accept_all();
    void serve(int client, const Fate& fate);
    void forward(int client, int server, Fate fate);

    int m_server_port;
    int m_socket;
    int m_port = 0;
    std::mt19937 m_generator;
    std::atomic<Mode> m_mode{Mode::clean};
    mutable std::mutex m_mutex;
    std::string m_answer_to_lose;
    std::atomic<int> m_troubles{0};
    std::atomic<bool> m_holds_back{false};
    std::atomic<bool> m_ended{false};
    std::vector<std::jthread> m_connections;
    std::jthread m_acceptor;
};

}  // namespace lastgood::test
