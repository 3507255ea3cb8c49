#pragma once

#include "database/connection_url.hpp"
#include "outside/stream.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lastgood {

class Bell;

/// The gate's own connection to the server, made by libpq, which knows every authentication and TLS; after the login
/// its octets are ours.
class GateServer {
  public:
    using Parameters = std::vector<std::pair<std::string, std::string>>;

    /// `wished`: the parameters of a client's startup packet. They become settings of the session where the target's
    /// options have none of their own; user, database and application_name are the target's and ours. Its
    /// client_encoding is not: what octets mean is the client's to say. DatabaseError with libpq's words.
    GateServer(const ConnectionUrl& target, const std::string& application_name, const Parameters& wished);
    /// Ends it, if that was not done.
    ~GateServer();
    GateServer(const GateServer&) = delete;
    GateServer& operator=(const GateServer&) = delete;

    Stream& stream() const { return *m_stream; }
    int pid() const;
    /// What the server has said of its settings.
    Parameters reported() const;
    /// Cancels what runs. It may outlive this, and be called from any thread.
    std::function<void()> canceller() const;

    enum class Farewell {
        in_order,  ///< between two messages: the server may finish what it has been told to do
        broken,    ///< what runs is cancelled
    };
    /// Returns when the server has closed the connection: then the backend is gone. Once `hurry` rings, what runs is
    /// cancelled, again and again; after 10 s more nobody waits for a backend that does not end.
    void end(Farewell farewell, const Bell& hurry);

  private:
    struct Connection;
    std::unique_ptr<Connection> m_connection;
    std::unique_ptr<Stream> m_stream;
};

/// The settings among the parameters of a startup packet, in PGOPTIONS form. As the server has it, the parameters win
/// over what stands in `options`.
std::string wished_options(const GateServer::Parameters& wished);

}  // namespace lastgood
