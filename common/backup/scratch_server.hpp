#pragma once

#include "backup/engine.hpp"
#include "database/connection_url.hpp"
#include "outside/process.hpp"
#include "pipeline/pipeline.hpp"

#include <functional>
#include <string>

namespace lastgood {

/// Whose a scratch server is, and who looks at it.
struct ScratchAccess {
    std::string scope;
    std::string role;      ///< may connect
    std::string database;  ///< to this
};

/// A cluster that was restored on this machine to be looked at: reached by a private socket, by our user of the
/// operating system alone, cut off from everything that the original was connected to (no archiving, no replication, no
/// preloaded libraries, no settings but its own). Stopped and removed with the object; what a killed program left is
/// removed by the next one of the same scope.
class ScratchServer {
  public:
    /// `restore` fills the data directory that it is given, and may put tablespaces below the second. Failure (4) with
    /// the server's own words if it does not start, or does not end its recovery within the settings' timeout.
    ScratchServer(const PgBackRestSettings& settings, const EngineContext& context, ScratchAccess access,
                  const std::function<void(const std::string& data, const std::string& tablespaces)>& restore);
    ~ScratchServer();
    ScratchServer(const ScratchServer&) = delete;
    ScratchServer& operator=(const ScratchServer&) = delete;

    ConnectionUrl url() const;

  private:
    std::string must(std::vector<std::string> argv, const std::string& what, const std::string& input = "") const;
    bool try_to(std::vector<std::string> argv) const;
    ProcessResult run(std::vector<std::string> argv, const std::string& input = "") const;
    std::string pg_ctl() const { return (m_context.programs.server_directory() / "pg_ctl").string(); }
    void clear() const;
    std::string write(const std::string& name, const std::string& text) const;
    std::string settings() const;
    void start() const;
    void wait_until_ready() const;
    std::string last_words() const;

    const PgBackRestSettings& m_settings;
    EngineContext m_context;
    ScratchAccess m_access;
    std::string m_place;  ///< below the scratch directory, of this scope alone
    std::string m_data;
    std::string m_sockets;  ///< and its configuration
};

}  // namespace lastgood
