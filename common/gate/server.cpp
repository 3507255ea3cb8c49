#include "gate/server.hpp"

#include "database/canceller.hpp"
#include "database/server_options.hpp"
#include "database/session.hpp"
#include "gate/messages.hpp"
#include "outside/bell.hpp"
#include "outside/tls_stream.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <poll.h>

#include <libpq-fe.h>

namespace lastgood {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds k_longest_farewell{10};
constexpr std::chrono::milliseconds k_cancel_again{100};
/// Between two looks at the time, however much the server sends.
constexpr int k_blocks_at_once = 64;
constexpr const char* k_connect_timeout = "10";

/// What servers report of themselves (GUC_REPORT; the last two from 16 and 18 on).
constexpr std::array<const char*, 15> k_reported{"server_version",
                                                 "server_encoding",
                                                 "client_encoding",
                                                 "application_name",
                                                 "is_superuser",
                                                 "session_authorization",
                                                 "DateStyle",
                                                 "IntervalStyle",
                                                 "TimeZone",
                                                 "integer_datetimes",
                                                 "standard_conforming_strings",
                                                 "default_transaction_read_only",
                                                 "in_hot_standby",
                                                 "scram_iterations",
                                                 "search_path"};

bool is_ours(const std::string& parameter) {
    static constexpr std::array<std::string_view, 5> k_ours{"user", "database", "application_name", "replication",
                                                            "options"};
    return std::find(k_ours.begin(), k_ours.end(), parameter) != k_ours.end() || parameter.starts_with("_pq_.");
}

ConnectionUrl completed(const ConnectionUrl& target, const std::string& application_name,
                        const GateServer::Parameters& wished) {
    const ConnectionUrl url = target.with("application_name", application_name)
                                  .with("replication", "")
                                  .with("client_encoding", "")
                                  // Its octets would be libpq's alone.
                                  .with("gssencmode", "disable")
                                  .with_weaker_options(wished_options(wished));
    return url.part("connect_timeout").empty() ? url.with("connect_timeout", k_connect_timeout) : url;
}

std::string trimmed(std::string words) {
    while (!words.empty() && words.back() == '\n') words.pop_back();
    return words;
}

std::unique_ptr<Stream> stream_of(PGconn* connection) {
    if (PQsslInUse(connection) == 0) return std::make_unique<SocketStream>(PQsocket(connection));
    void* ssl = PQsslStruct(connection, "OpenSSL");
    if (ssl == nullptr) throw DatabaseError("this libpq encrypts by another library than OpenSSL", "", false);
    return std::make_unique<TlsStream>(ssl, PQsocket(connection));
}

/// Reads of what nobody wants any more; true at the end of the stream.
bool drain(Stream& stream) {
    std::array<char, 65536> block;  // NOLINT: read() fills it
    try {
        for (int blocks = 0; blocks < k_blocks_at_once && stream.read(block.data(), block.size()) > 0; ++blocks)
            continue;
    } catch (const StreamEnded&) {
        return true;
    }
    return false;
}

}  // namespace

std::string wished_options(const GateServer::Parameters& wished) {
    std::string options;
    GateServer::Parameters settings;
    for (const auto& [name, value] : wished) {
        if (name == "options") options = value;
        if (!is_ours(name)) settings.emplace_back(name, value);
    }
    return merge_options(options, options_text(settings));
}

struct GateServer::Connection {
    explicit Connection(const ConnectionUrl& url)
        : connection(PQconnectdb(url.conninfo().reveal().c_str()), &PQfinish) {
        if (PQstatus(connection.get()) != CONNECTION_OK)
            throw DatabaseError(trimmed(PQerrorMessage(connection.get())), "", true);
        cancel = {PQgetCancel(connection.get()), &PQfreeCancel};
    }

    std::unique_ptr<PGconn, decltype(&PQfinish)> connection;
    std::shared_ptr<PGcancel> cancel;
    bool ended = false;
};

GateServer::GateServer(const ConnectionUrl& target, const std::string& application_name, const Parameters& wished)
    : m_connection(std::make_unique<Connection>(completed(target, application_name, wished))),
      m_stream(stream_of(m_connection->connection.get())) {}

GateServer::~GateServer() {
    Bell hurry;
    hurry.ring();
    end(Farewell::broken, hurry);
}

int GateServer::pid() const {
    return PQbackendPID(m_connection->connection.get());
}

GateServer::Parameters GateServer::reported() const {
    Parameters parameters;
    for (const char* name : k_reported) {
        const char* value = PQparameterStatus(m_connection->connection.get(), name);
        if (value != nullptr) parameters.emplace_back(name, value);
    }
    return parameters;
}

std::function<void()> GateServer::canceller() const {
    return [cancel = m_connection->cancel] {
        returns_within(k_longest_silence, [cancel] {
            std::array<char, 256> words{};
            if (cancel) PQcancel(cancel.get(), words.data(), static_cast<int>(words.size()));
        });
    };
}

void GateServer::end(Farewell farewell, const Bell& hurry) {
    if (m_connection->ended) return;
    m_connection->ended = true;
    try {
        if (farewell == Farewell::in_order) m_stream->write(GateMessage('X').octets());
    } catch (const StreamEnded&) {  // it was the first to leave
    }
    m_stream->end_writing();
    std::array<pollfd, 2> waits{{{m_stream->number(), POLLIN, 0}, {hurry.number(), POLLIN, 0}}};
    while (farewell == Farewell::in_order && waits[1].revents == 0) {
        if (drain(*m_stream)) return;
        ::poll(waits.data(), waits.size(), -1);
    }
    const auto cancel = canceller();
    const auto patience = Clock::now() + k_longest_farewell;
    for (auto next = Clock::now(); Clock::now() < patience; ::poll(waits.data(), 1, k_cancel_again.count())) {
        if (drain(*m_stream)) return;
        if (Clock::now() < next) continue;
        cancel();
        next = Clock::now() + k_cancel_again;
    }
}

}  // namespace lastgood
