#pragma once

#include "database/server_watchdog.hpp"
#include "database/session.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace lastgood {

/// How much later than we the watchdog loses its patience: at its turn we must have given up.
constexpr std::chrono::milliseconds k_watchdog_delay{1000};

/// What a watchdog does for a database without connections: opens it again when its owner, the session `admin`, is gone
/// or `deadline` has passed.
WatchdogDuty duty_to_open(Session& admin, const std::string& application_name, const std::string& database,
                          std::uint32_t oid, std::chrono::milliseconds deadline);

/// A database that nobody else is in and nobody can get into, for some seconds. A watchdog on the server opens it again
/// if we die. The destructor opens it, unless the server was told to stop.
class ClosedDatabase {
  public:
    /// Closes it and ends the others' backends. Failure (4), with the database open again, if that is not done within
    /// `limit`. The watchdog opens it after `deadline`, whatever we do.
    ClosedDatabase(const ConnectionUrl& maintenance, const std::string& application_name, const std::string& database,
                   std::uint32_t oid, std::chrono::milliseconds limit, std::chrono::milliseconds deadline,
                   Interruption& interruption);
    ~ClosedDatabase();
    ClosedDatabase(const ClosedDatabase&) = delete;
    ClosedDatabase& operator=(const ClosedDatabase&) = delete;

    Session& live() { return *m_live; }  ///< in the database, opened before it was closed
    /// Whether nobody has opened it meanwhile.
    bool holds();
    /// Lets everybody in again.
    void open();
    /// The server is being stopped: there is nothing to open any more.
    void let_go();

  private:
    void close(std::chrono::milliseconds limit);

    std::string m_database;
    Interruption& m_interruption;
    std::optional<Session> m_admin;
    std::optional<Session> m_live;
    std::optional<ServerWatchdog> m_watchdog;
};

}  // namespace lastgood
