#pragma once

#include "database/connection_url.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace lastgood {

class Interruption;

/// What a watchdog on the server looks after: something that is put up after it was armed and must come down again.
struct WatchdogDuty {
    std::string is_up;                   ///< SQL, boolean: it is up
    std::string lift;                    ///< PL/pgSQL statements that take it down; run again until is_up is false
    std::string owner_lives;             ///< SQL, boolean: whoever put it up is still there
    std::chrono::milliseconds grace{0};  ///< how long the owner may be gone
    std::chrono::milliseconds deadline{0};
    std::chrono::milliseconds slice{100};  ///< between two looks
};

/// A backend of the server that does its duty in a DO block without talking to its client, so that it goes on when the
/// client is killed. It ends by itself: when it has seen the thing up and then down, or when there is nothing to lift
/// at its deadline.
class ServerWatchdog {
  public:
    /// Returns once the server runs the block. Failure (3) if it does not.
    ServerWatchdog(const ConnectionUrl& url, const std::string& application_name, const WatchdogDuty& duty,
                   Interruption& interruption);
    ~ServerWatchdog();  ///< closes the connection, no more
    ServerWatchdog(const ServerWatchdog&) = delete;
    ServerWatchdog& operator=(const ServerWatchdog&) = delete;

    bool alive();  ///< false once the block has ended
    int backend_pid() const;

  private:
    struct Connection;
    std::unique_ptr<Connection> m_connection;
};

/// `application_name` with `suffix`, which is never lost to the limit of 63 bytes.
std::string watchdog_name(const std::string& application_name, const std::string& suffix);

}  // namespace lastgood
